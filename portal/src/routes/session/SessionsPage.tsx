import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { useKeyed } from '../../gql/useKeyed';
import {
  EndOtherSessionsDocument,
  EndSessionDocument,
  ImpersonationsDocument,
  SessionsDocument,
} from '../../gql/session.generated';
import { Answer } from '../../ui/Answer';
import { Page, Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useRights } from '../../ui/Rights';
import { SessionListing, type Session } from './SessionListing';

const PAGE = 50;

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
  const [ended, endOne] = useKeyed(EndSessionDocument);
  const [endedAll, endAll] = useKeyed(EndOtherSessionsDocument);
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
    if (canSomewhere('MANAGE_ACCESS')) askOthers({ requestPolicy: 'network-only' });
  };
  const act = async (sent: Promise<unknown>) => {
    await sent;
    refresh();
  };
  const end = (session: Session) => void act(endOne({ input: { session: session.id } }));
  const error = ended.error ?? endedAll.error;
  const acting = others.data?.impersonations.nodes ?? [];

  return (
    <Page
      title={t('session.title')}
      extra={
        <Button data-testid="end-others" onClick={() => void act(endAll({ input: {} }))}>
          {t('session.endOthers')}
        </Button>
      }
    >
      {error && <ProblemNotice error={error} />}
      <Answer result={result} retry={refresh}>
        {({ sessions }) => (
          <>
            <SessionListing
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
          <SessionListing
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
