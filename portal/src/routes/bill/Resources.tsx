import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useClient, useQuery } from 'urql';

import { BillResourcesDocument, type BillResourcesQuery } from '../../gql/bill.generated';
import { Amount } from '../../ui/Amount';
import { Answer } from '../../ui/Answer';
import { grouped, sum } from '../../ui/decimal';
import { Listing, type Column } from '../../ui/Listing';
import { useText, useWord } from '../../ui/text';

type Connection = BillResourcesQuery['bill']['resources'];
type Row = Connection['nodes'][number];

function useColumns(): Column<Row>[] {
  const { t } = useTranslation();
  const text = useText();
  const word = useWord();
  return [
    {
      key: 'resource',
      title: t('bill.resource'),
      render: (row) => (
        <>
          {row.instance ? (
            <Link to={`/instances/${row.instance.id}`}>{row.name}</Link>
          ) : (
            <span>{row.name}</span>
          )}
          <div className="muted">
            <code>{row.resource}</code>
          </div>
        </>
      ),
    },
    { key: 'project', title: t('bill.project'), render: (row) => row.project?.title },
    { key: 'plan', title: t('bill.plan'), render: (row) => text(row.plan?.title) },
    { key: 'meter', title: t('bill.meter'), render: (row) => word('meter', row.meter) },
    {
      key: 'quantity',
      title: t('bill.quantity'),
      exact: true,
      render: (row) => <Amount value={row.quantity} />,
    },
    {
      key: 'price',
      title: t('bill.unitPrice'),
      exact: true,
      render: (row) => row.unitPrice !== null && <Amount value={row.unitPrice} />,
    },
    {
      key: 'per',
      title: t('bill.per'),
      exact: true,
      render: (row) => row.per !== null && <Amount value={row.per} />,
    },
    {
      key: 'amount',
      title: t('bill.amount'),
      exact: true,
      render: (row) => <Amount value={row.amount} />,
    },
  ];
}

function Loaded({ first, variables }: { first: Connection; variables: Of }) {
  const { t } = useTranslation();
  const client = useClient();
  const columns = useColumns();
  const [more, setMore] = useState<Connection[]>([]);
  const rows = [first, ...more].flatMap((connection) => connection.nodes);
  const { hasNextPage, endCursor } = (more.at(-1) ?? first).pageInfo;

  if (rows.length === 0) return <p className="muted">{t('bill.resourcesNone')}</p>;
  const load = async () => {
    const { data } = await client.query(BillResourcesDocument, { ...variables, after: endCursor });
    if (data) setMore((past) => [...past, data.bill.resources]);
  };
  const number = String(rows.length);
  return (
    <>
      <Listing
        label={t('bill.resources')}
        columns={columns}
        rows={rows}
        rowKey={(_, index) => String(index)}
        testid="bill-resources"
      />
      <p className="muted">
        {hasNextPage
          ? t('bill.resourcesMore', { number })
          : t('bill.resourcesAll', {
              number,
              sum: grouped(sum(rows.map((row) => row.amount))),
            })}{' '}
        {hasNextPage && <Button onClick={() => void load()}>{t('action.more')}</Button>}
      </p>
    </>
  );
}

interface Of {
  organization: string;
  period: string;
}

/** The same amounts again, resource by resource. */
export function Resources(variables: Of) {
  const [result, ask] = useQuery({ query: BillResourcesDocument, variables });
  return (
    <Answer
      result={result}
      retry={() => {
        ask({ requestPolicy: 'network-only' });
      }}
    >
      {({ bill }) => (
        <Loaded
          key={`${variables.organization}-${variables.period}`}
          first={bill.resources}
          variables={variables}
        />
      )}
    </Answer>
  );
}
