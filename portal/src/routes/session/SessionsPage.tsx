import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMutation, useQuery } from 'urql';

import { newKey } from '../../gql/key';
import {
  EndOtherSessionsDocument,
  EndSessionDocument,
  ImpersonationsDocument,
  SessionsDocument,
  type SessionsQuery,
} from '../../gql/session.generated';
import { Answer } from '../../ui/Answer';
import { instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Page, Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useRights } from '../../ui/Rights';
import { useWord } from '../../ui/text';

const PAGE = 50;

type Session = SessionsQuery['sessions']['nodes'][number];

function Sessions({
  rows,
  label,
  end,
  by,
}: {
  rows: readonly Session[];
  label: string;
  end: (session: Session) => void;
  by: (session: Session) => string;
}) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <Listing
      label={label}
      rows={rows}
      rowKey={(session) => session.id}
      testid="sessions"
      columns={[
        {
          key: 'client',
          title: t('session.client'),
          render: (session) => (
            <>
              {word('session.clientOf', session.client)}{' '}
              <span className="muted">{by(session)}</span>
            </>
          ),
        },
        {
          key: 'opened',
          title: t('session.opened'),
          render: (session) => instant(session.createdAt),
        },
        {
          key: 'lastUsed',
          title: t('session.lastUsed'),
          render: (session) => instant(session.lastUsedAt),
        },
        { key: 'from', title: t('session.from'), render: (session) => session.lastAddress },
        { key: 'ends', title: t('session.ends'), render: (session) => instant(session.expiresAt) },
        {
          key: 'do',
          title: t('session.do'),
          render: (session) =>
            !session.isOwn && (
              <Button
                size="small"
                danger
                data-testid="end-session"
                onClick={() => {
                  end(session);
                }}
              >
                {t('session.end')}
              </Button>
            ),
        },
      ]}
    />
  );
}

/** Open sessions of the viewer, and for administrators those by which operators act as users. */
export default function SessionsPage() {
  const { t } = useTranslation();
  const { canSomewhere } = useRights();
  const pages = usePages();
  const [result, ask] = useQuery({
    query: SessionsDocument,
    variables: { first: PAGE, after: pages.after },
  });
  const [others, askOthers] = useQuery({
    query: ImpersonationsDocument,
    variables: { first: PAGE, after: null },
    pause: !canSomewhere('MANAGE_ACCESS'),
  });
  const [ended, endOne] = useMutation(EndSessionDocument);
  const [endedAll, endAll] = useMutation(EndOtherSessionsDocument);
  const [key, setKey] = useState(newKey);
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
    if (canSomewhere('MANAGE_ACCESS')) askOthers({ requestPolicy: 'network-only' });
  };
  const act = async (send: (key: string) => Promise<unknown>) => {
    await send(key);
    setKey(newKey());
    refresh();
  };
  const end = (session: Session) =>
    void act((idempotencyKey) => endOne({ input: { session: session.id, idempotencyKey } }));
  const error = ended.error ?? endedAll.error;
  const acting = others.data?.impersonations.nodes ?? [];

  return (
    <Page
      title={t('session.title')}
      extra={
        <Button
          data-testid="end-others"
          onClick={() => void act((idempotencyKey) => endAll({ input: { idempotencyKey } }))}
        >
          {t('session.endOthers')}
        </Button>
      }
    >
      {error && <ProblemNotice error={error} />}
      <Answer result={result} retry={refresh}>
        {({ sessions }) => (
          <>
            <Sessions
              label={t('session.title')}
              rows={sessions.nodes}
              end={end}
              by={({ isOwn, impersonatedBy, reason }) =>
                impersonatedBy
                  ? t('session.by', { name: impersonatedBy, reason: reason ?? '' })
                  : isOwn
                    ? t('session.own')
                    : ''
              }
            />
            <Pager pages={pages} pageInfo={sessions.pageInfo} byTime />
          </>
        )}
      </Answer>
      {acting.length > 0 && (
        <Section title={t('session.impersonations')} testid="impersonations">
          <Sessions
            label={t('session.impersonations')}
            rows={acting}
            end={end}
            by={({ subject, impersonatedBy, reason }) =>
              t('session.as', { name: impersonatedBy ?? '', subject, reason: reason ?? '' })
            }
          />
        </Section>
      )}
    </Page>
  );
}
