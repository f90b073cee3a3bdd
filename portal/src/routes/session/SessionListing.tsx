import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import type { SessionsQuery } from '../../gql/session.generated';
import { instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { useWord } from '../../ui/text';

export type Session = SessionsQuery['sessions']['nodes'][number];

/** Sessions with their last use; `by` says more of one, and whose own is looked at with is not ended. */
export function SessionListing({
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
