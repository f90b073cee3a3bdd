import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { SlowOperationsDocument } from '../../gql/cell.generated';
import { Answer } from '../../ui/Answer';
import { instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { useWord } from '../../ui/text';
import { useEachReport } from './useEachReport';

const PAGE = 50;

/** Operations of all tenants that take longer than expected, and what they wait for. */
export function SlowOperations() {
  const { t } = useTranslation();
  const word = useWord();
  const pages = usePages();
  const [result, ask] = useQuery({
    query: SlowOperationsDocument,
    variables: { first: PAGE, after: pages.after },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  useEachReport(refresh);

  return (
    <Section title={t('cell.slow')}>
      <Answer result={result} retry={refresh}>
        {({ slowOperations }) =>
          slowOperations.nodes.length === 0 ? (
            <Nothing title={t('cell.noSlow')} />
          ) : (
            <>
              <Listing
                label={t('cell.slow')}
                rows={slowOperations.nodes}
                rowKey={(row) => row.operation}
                testid="slow-operations"
                columns={[
                  {
                    key: 'operation',
                    title: t('cell.operation'),
                    render: (row) => <code>{row.operation}</code>,
                  },
                  { key: 'tenant', title: t('cell.tenant'), render: (row) => row.tenant },
                  { key: 'cell', title: t('cell.name'), render: (row) => row.cell },
                  {
                    key: 'kind',
                    title: t('operation.kind'),
                    render: (row) => t(`operationKind.${row.kind}`),
                  },
                  {
                    key: 'created',
                    title: t('cell.asked'),
                    render: (row) => instant(row.createdAt),
                  },
                  {
                    key: 'waits',
                    title: t('operation.waitsFor'),
                    render: (row) =>
                      row.waitingFor && (
                        <>
                          {word('operation.waitsForOf', row.waitingFor.code)}{' '}
                          <span className="muted">{row.waitingFor.message}</span>
                        </>
                      ),
                  },
                ]}
              />
              <Pager pages={pages} pageInfo={slowOperations.pageInfo} />
            </>
          )
        }
      </Answer>
    </Section>
  );
}
