import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { ApprovalsDocument, type ApprovalsQuery } from '../../gql/approval.generated';
import { Amount } from '../../ui/Amount';
import { Answer } from '../../ui/Answer';
import { trimmed } from '../../ui/decimal';
import { useLive } from '../../ui/EventFeed';
import { instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page, Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { useRights } from '../../ui/Rights';
import { ApprovalBadge } from './ApprovalBadge';
import { Rules } from './Rules';

const PAGE = 25;
const folders = ['decide', 'own', 'history'] as const;
type Folder = (typeof folders)[number];

type Row = ApprovalsQuery['approvals']['nodes'][number];

const wanted = {
  decide: { state: 'OPEN', isOwn: false },
  own: { state: null, isOwn: true },
  history: { state: null, isOwn: false },
} as const;

function Rows({ rows }: { rows: Row[] }) {
  const { t } = useTranslation();
  return (
    <Listing
      label={t('approval.title')}
      rows={rows}
      rowKey={(row) => row.id}
      testid="approvals"
      columns={[
        {
          key: 'what',
          title: t('approval.what'),
          render: (row) => (
            <>
              <Link to={`/approvals/${row.id}`}>
                {t(`approval.mutation.${row.mutation}`)} {row.name}
              </Link>
              <div className="muted">
                {row.package} · {row.projectTitle ?? row.project}
              </div>
            </>
          ),
        },
        {
          key: 'state',
          title: t('approval.standing'),
          render: (row) => <ApprovalBadge state={row.state} />,
        },
        {
          key: 'price',
          title: t('approval.perMonth'),
          exact: true,
          render: ({ price }) => (
            <Amount value={trimmed(price.perMonth)} currency={price.currency} />
          ),
        },
        {
          key: 'by',
          title: t('approval.by'),
          render: (row) => (
            <>
              {row.requestedBy}
              <div className="muted">{instant(row.requestedAt)}</div>
            </>
          ),
        },
        { key: 'until', title: t('approval.until'), render: (row) => instant(row.expiresAt) },
      ]}
    />
  );
}

function Inbox({ folder }: { folder: Folder }) {
  const { t } = useTranslation();
  const pages = usePages();
  const [result, ask] = useQuery({
    query: ApprovalsDocument,
    variables: { first: PAGE, after: pages.after, ...wanted[folder] },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  useLive(refresh);
  return (
    <Answer result={result} retry={refresh}>
      {({ approvals }) =>
        approvals.nodes.length === 0 ? (
          <Nothing title={t(`approval.empty.${folder}`)} />
        ) : (
          <>
            <Rows rows={approvals.nodes} />
            <Pager pages={pages} pageInfo={approvals.pageInfo} />
          </>
        )
      }
    </Answer>
  );
}

/** What the viewer decides, what it asked for, what was decided, and the rules. */
export default function ApprovalsPage() {
  const { t } = useTranslation();
  const { canSomewhere } = useRights();
  const [params, setParams] = useSearchParams();
  const [first] = useState<Folder>(canSomewhere('APPROVE') ? 'decide' : 'own');
  const folder = folders.find((one) => one === params.get('folder')) ?? first;
  const shown = canSomewhere('APPROVE') ? folders : folders.filter((one) => one === 'own');
  return (
    <Page title={t('approval.title')}>
      <p className="muted">{t('approval.help')}</p>
      <div className="actions above" role="group" aria-label={t('approval.title')}>
        {shown.map((one) => (
          <Button
            key={one}
            type={one === folder ? 'primary' : 'default'}
            aria-pressed={one === folder}
            data-testid={`approvals-${one}`}
            onClick={() => {
              setParams({ folder: one });
            }}
          >
            {t(`approval.folder.${one}`)}
          </Button>
        ))}
      </div>
      <Inbox key={folder} folder={folder} />
      {(canSomewhere('MANAGE_APPROVALS') || canSomewhere('APPROVE')) && (
        <Section title={t('approval.rules')}>
          <Rules />
        </Section>
      )}
    </Page>
  );
}
