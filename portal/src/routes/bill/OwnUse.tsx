import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';

import type { BillQuery } from '../../gql/bill.generated';
import { Amount } from '../../ui/Amount';
import { isSame, sum } from '../../ui/decimal';
import { Listing, SumRow, type Column } from '../../ui/Listing';
import { useText, useWord } from '../../ui/text';

type Bill = BillQuery['bill'];
type Line = Bill['lines'][number];

function useColumns(bill: Bill): Column<Line>[] {
  const { t } = useTranslation();
  const text = useText();
  const word = useWord();
  return [
    {
      key: 'project',
      title: t('bill.project'),
      render: (line) => (
        <>
          {line.project?.title}
          {line.chargePeriod !== bill.period && (
            <div className="muted">{t('bill.correction', { period: line.chargePeriod })}</div>
          )}
        </>
      ),
    },
    { key: 'plan', title: t('bill.plan'), render: (line) => text(line.plan?.title) },
    { key: 'meter', title: t('bill.meter'), render: (line) => word('meter', line.meter) },
    {
      key: 'quantity',
      title: t('bill.quantity'),
      exact: true,
      render: (line) => (
        <>
          <Amount value={line.quantity} />{' '}
          <span className="muted">{word('meterUnit', line.meter)}</span>
        </>
      ),
    },
    {
      key: 'price',
      title: t('bill.unitPrice'),
      exact: true,
      render: (line) =>
        line.unitPrice === null ? (
          <span className="muted">{t('bill.noPrice')}</span>
        ) : (
          <Amount value={line.unitPrice} />
        ),
    },
    {
      key: 'per',
      title: t('bill.per'),
      exact: true,
      render: (line) => line.per !== null && <Amount value={line.per} />,
    },
    {
      key: 'amount',
      title: t('bill.amount'),
      exact: true,
      render: (line) => <Amount value={line.amount} />,
    },
  ];
}

/** The organization's own lines; their sum and the rounding make the own total, to the last digit. */
export function OwnUse({ bill }: { bill: Bill }) {
  const { t } = useTranslation();
  const columns = useColumns(bill);
  const lines = sum(bill.lines.map((line) => line.amount));
  const adds = isSame(sum([lines, bill.rounding]), bill.ownTotal);
  const width = columns.length;
  return (
    <>
      {!adds && <Alert type="error" showIcon role="alert" title={t('bill.doesNotAdd')} />}
      {bill.lines.length === 0 && <p className="muted">{t('bill.ownNone')}</p>}
      <Listing
        label={t('bill.own')}
        columns={columns}
        rows={bill.lines}
        rowKey={(_, index) => String(index)}
        testid="bill-lines"
        foot={
          <>
            <SumRow
              columns={width}
              label={t('bill.sumOfLines')}
              value={<Amount value={lines} testid="bill-sum" />}
            />
            <SumRow
              columns={width}
              label={t('bill.rounding')}
              value={<Amount value={bill.rounding} testid="bill-rounding" />}
            />
            <SumRow
              columns={width}
              strong
              label={t('bill.ownTotal')}
              value={
                <Amount value={bill.ownTotal} currency={bill.currency} testid="bill-own-total" />
              }
            />
          </>
        }
      />
    </>
  );
}
