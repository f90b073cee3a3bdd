import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import type { BillQuery } from '../../gql/bill.generated';
import { Amount } from '../../ui/Amount';
import { trimmed } from '../../ui/decimal';
import { instant, zonedInstant } from '../../ui/instant';
import { Listing, SumRow } from '../../ui/Listing';
import { useWord } from '../../ui/text';

type Bill = BillQuery['bill'];

/** Own total, the organizations below, and what follows from both. */
export function Summary({ bill }: { bill: Bill }) {
  const { t } = useTranslation();
  const { currency } = bill;
  const figures: [string, string | null, string, boolean?][] = [
    [t('bill.ownTotal'), bill.ownTotal, 'summary-own-total'],
    [t('bill.childrenTotal'), bill.childrenTotal, 'bill-children-total'],
    [t('bill.subtreeTotal'), bill.subtreeTotal, 'bill-subtree-total', true],
    [
      bill.taxPercent === null
        ? t('bill.tax')
        : t('bill.taxOf', { percent: trimmed(bill.taxPercent, 0) }),
      bill.tax,
      'bill-tax',
    ],
    [t('bill.payable'), bill.payable, 'bill-payable', true],
  ];
  return (
    <table className="summary" data-testid="bill-summary">
      <caption className="visually-hidden">{t('bill.summary')}</caption>
      <tbody>
        {figures.map(
          ([label, value, testid, strong]) =>
            value !== null && (
              <tr key={testid} className={strong ? 'strong' : undefined}>
                <th scope="row">{label}</th>
                <td className="exact">
                  <Amount value={value} currency={currency} testid={testid} />
                </td>
              </tr>
            ),
        )}
      </tbody>
    </table>
  );
}

/** The bills of the organizations directly below; each links to its own. */
export function Children({ bill }: { bill: Bill }) {
  const { t } = useTranslation();
  if (bill.children.length === 0) return <p className="muted">{t('bill.childrenNone')}</p>;
  return (
    <Listing
      label={t('bill.children')}
      rows={bill.children}
      rowKey={(child) => child.organization.id + (child.stayStart ?? '')}
      testid="bill-children"
      columns={[
        {
          key: 'organization',
          title: t('bill.organization'),
          render: (child) => (
            <>
              <Link to={`/bills/${child.organization.id}/${bill.period}`}>
                {child.organization.title}
              </Link>
              {child.stayStart && child.stayEnd && bill.children.length > 1 && (
                <div className="muted">
                  {instant(child.stayStart)} – {instant(child.stayEnd)}
                </div>
              )}
            </>
          ),
        },
        {
          key: 'total',
          title: t('bill.subtreeTotal'),
          exact: true,
          render: (child) => <Amount value={child.subtreeTotal} />,
        },
      ]}
      foot={
        <SumRow
          columns={2}
          strong
          label={t('bill.childrenTotal')}
          value={<Amount value={bill.childrenTotal} currency={bill.currency} />}
        />
      }
    />
  );
}

/** Time that should have been metered and was not. */
export function Gaps({ gaps }: { gaps: Bill['gaps'] }) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <>
      <p className="muted">{t('bill.gapsHelp')}</p>
      <Listing
        label={t('bill.gaps')}
        rows={gaps}
        rowKey={(gap) => `${gap.resource}-${gap.start}-${gap.reason}`}
        testid="bill-gaps"
        columns={[
          { key: 'name', title: t('bill.resource'), render: (gap) => gap.name },
          { key: 'start', title: t('bill.from'), render: (gap) => zonedInstant(gap.start) },
          { key: 'end', title: t('bill.to'), render: (gap) => zonedInstant(gap.end) },
          {
            key: 'reason',
            title: t('bill.reason'),
            render: (gap) => word('bill.gapReason', gap.reason),
          },
        ]}
      />
    </>
  );
}
