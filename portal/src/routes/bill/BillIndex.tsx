import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import { BillIndexDocument, type BillIndexQuery } from '../../gql/bill.generated';
import { Answer } from '../../ui/Answer';
import { monthIn } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { useRights } from '../../ui/Rights';
import { useEvery } from '../../ui/useEvery';
import { indented } from './tree';

type Row = BillIndexQuery['organizations']['nodes'][number];

const organizationsOf = (result: BillIndexQuery) => result.organizations;

function Months({ row }: { row: Row }) {
  const { t } = useTranslation();
  const { viewer } = useRights();
  if (!row.viewerCan.includes('READ_BILL')) return null;
  const current = viewer.tenant && monthIn(viewer.tenant.zone, new Date());
  const isListed = row.billingPeriods.some((one) => one.period === current);
  // The month that runs has a provisional bill, whether or not it is listed yet.
  const periods =
    current && !isListed
      ? [{ period: current, state: 'OPEN' }, ...row.billingPeriods]
      : row.billingPeriods;
  return (
    <ul className="months">
      {periods.map(({ period, state }) => (
        <li key={period}>
          <Link to={`/bills/${row.id}/${period}`} data-testid={`bill-${row.name}-${period}`}>
            {period}
          </Link>
          {state !== 'CLOSED' && <span className="muted"> {t('bill.provisional')}</span>}
        </li>
      ))}
    </ul>
  );
}

/** The organizations as a tree, each with the months it has bills of. */
export default function BillIndex() {
  const { t } = useTranslation();
  const organizations = useEvery(BillIndexDocument, organizationsOf);
  return (
    <Page title={t('bill.list')}>
      <Answer result={organizations} retry={organizations.reload}>
        {(rows) =>
          rows.some((row) => row.viewerCan.includes('READ_BILL')) ? (
            <>
              <p className="muted">{t('bill.listHelp')}</p>
              <Listing
                label={t('bill.list')}
                rows={indented(rows)}
                rowKey={({ row }) => row.id}
                rowTestid={({ row }) => `organization-${row.name}`}
                columns={[
                  {
                    key: 'organization',
                    title: t('bill.organization'),
                    render: ({ row, depth }) => (
                      <span className={`depth depth-${String(Math.min(depth, 8))}`}>
                        {row.title}
                      </span>
                    ),
                  },
                  {
                    key: 'months',
                    title: t('bill.months'),
                    render: ({ row }) => <Months row={row} />,
                  },
                ]}
              />
            </>
          ) : (
            <Nothing title={t('bill.noRight')} help={t('bill.noRightHelp')} />
          )
        }
      </Answer>
    </Page>
  );
}
