import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';

import { InstanceOperationsDocument } from '../../gql/instance.generated';
import { Answer } from '../../ui/Answer';
import { useLive } from '../../ui/EventFeed';
import { duration, instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Pager, usePages } from '../../ui/Pager';
import { OperationBadge } from '../../ui/StateBadge';

const PAGE = 20;

/** Everything that was done with the instance, newest first. */
export function OperationsTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const pages = usePages();
  const [result, ask] = useQuery({
    query: InstanceOperationsDocument,
    variables: { id, first: PAGE, after: pages.after },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  useLive(refresh, id);
  return (
    <Answer result={result} retry={refresh}>
      {({ instance: { operations } }) =>
        operations.nodes.length === 0 ? (
          <Nothing title={t('operation.empty')} />
        ) : (
          <>
            <Listing
              label={t('instance.operations')}
              rows={operations.nodes}
              rowKey={(row) => row.id}
              testid="operations"
              columns={[
                {
                  key: 'kind',
                  title: t('operation.kind'),
                  render: (row) => (
                    <Link to={`/operations/${row.id}`}>{t(`operationKind.${row.kind}`)}</Link>
                  ),
                },
                {
                  key: 'state',
                  title: t('operation.state'),
                  render: (row) => <OperationBadge state={row.state} />,
                },
                { key: 'by', title: t('operation.by'), render: (row) => row.createdBy },
                {
                  key: 'started',
                  title: t('operation.started'),
                  render: (row) => instant(row.startedAt ?? row.createdAt),
                },
                {
                  key: 'duration',
                  title: t('operation.duration'),
                  exact: true,
                  render: (row) =>
                    row.startedAt && row.endedAt && duration(row.startedAt, row.endedAt),
                },
              ]}
            />
            <Pager pages={pages} pageInfo={operations.pageInfo} byTime />
          </>
        )
      }
    </Answer>
  );
}
