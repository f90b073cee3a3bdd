import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { EndSessionDocument, SessionsDocument } from '../../gql/session.generated';
import { Answer } from '../../ui/Answer';
import { Confirmation } from '../../ui/Confirmation';
import { instant } from '../../ui/instant';
import { Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { useWord } from '../../ui/text';
import { SessionListing, type Session } from '../session/SessionListing';

const PAGE = 20;

/** Where a person is signed in, for who manages access, and the end of it. */
export function SubjectSessions({ subject, name }: { subject: string; name: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const pages = usePages();
  const [ending, setEnding] = useState<Session>();
  const [result, ask] = useQuery({
    query: SessionsDocument,
    variables: { first: PAGE, after: pages.after, subject },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  return (
    <Section title={t('session.title')} testid="subject-sessions">
      <Answer result={result} retry={refresh}>
        {({ sessions }) =>
          sessions.nodes.length === 0 && pages.number === 1 ? (
            <p className="muted" data-testid="no-sessions">
              {t('session.none')}
            </p>
          ) : (
            <>
              <SessionListing
                label={t('session.title')}
                rows={sessions.nodes}
                end={setEnding}
                by={({ isOwn, impersonatedBy, reason }) => {
                  if (isOwn) return t('session.own');
                  if (!impersonatedBy) return '';
                  return t('session.as', {
                    name: impersonatedBy,
                    subject: name,
                    reason: reason ?? '',
                  });
                }}
              />
              <Pager pages={pages} pageInfo={sessions.pageInfo} byTime />
            </>
          )
        }
      </Answer>
      {ending && (
        <Confirmation
          title={t('session.endTitle', { name })}
          label={t('session.end')}
          testid="confirm-end-session"
          document={EndSessionDocument}
          input={{ session: ending.id }}
          close={() => {
            setEnding(undefined);
          }}
          done={() => {
            setEnding(undefined);
            refresh();
          }}
        >
          <p>
            {t('session.endHelp', {
              client: word('session.clientOf', ending.client),
              at: instant(ending.createdAt),
            })}
          </p>
          {ending.lastAddress && <p>{t('session.endFrom', { address: ending.lastAddress })}</p>}
        </Confirmation>
      )}
    </Section>
  );
}
