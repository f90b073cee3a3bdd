import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { CellsDocument, type CellsQuery } from '../../gql/cell.generated';
import { Answer } from '../../ui/Answer';
import { instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page, Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { bytes } from '../../ui/size';
import { useWord } from '../../ui/text';
import { SlowOperations } from './SlowOperations';
import { useEachReport } from './useEachReport';

const PAGE = 50;

type Cell = CellsQuery['cells']['nodes'][number];

function Facts({ cell }: { cell: Cell }) {
  const { t } = useTranslation();
  const { host } = cell;
  const facts: [string, string | null | undefined][] = [
    [t('cell.agent'), cell.agentVersion],
    [t('cell.protocol'), cell.protocolVersion?.toString()],
    [
      t('cell.clock'),
      cell.clockDifferenceMs == null ? null : `${String(cell.clockDifferenceMs)} ms`,
    ],
    [t('cell.certificate'), cell.certificateExpiresAt && instant(cell.certificateExpiresAt)],
    [t('cell.sessions'), String(cell.sessionCount)],
    [t('cell.oldestUsage'), cell.oldestUsageAt && instant(cell.oldestUsageAt)],
    [t('cell.ledger'), cell.ledgerBytes && bytes(cell.ledgerBytes)],
    [t('cell.kernel'), host?.kernel],
    [t('cell.processors'), host && String(host.processors)],
    [
      t('cell.memory'),
      host &&
        t('cell.of', { some: bytes(host.memoryAvailableBytes), all: bytes(host.memoryTotalBytes) }),
    ],
    [
      t('cell.disk'),
      host && t('cell.of', { some: bytes(host.diskFreeBytes), all: bytes(host.diskTotalBytes) }),
    ],
  ];
  return (
    <dl className="facts" data-testid={`cell-facts-${cell.name}`}>
      {facts
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Alarms({ cells }: { cells: readonly Cell[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const rows = cells.flatMap((cell) => cell.alarms.map((alarm) => ({ cell: cell.name, ...alarm })));
  if (rows.length === 0) return <Nothing title={t('cell.noAlarms')} />;
  return (
    <Listing
      label={t('cell.alarms')}
      rows={rows}
      rowKey={(row) => `${row.cell} ${row.code}`}
      testid="alarms"
      columns={[
        { key: 'cell', title: t('cell.name'), render: (row) => row.cell },
        { key: 'code', title: t('cell.alarm'), render: (row) => word('cell.alarmOf', row.code) },
        { key: 'message', title: t('cell.advice'), render: (row) => row.message },
      ]}
    />
  );
}

/** Every cell as its operator needs it: how fresh, how far behind, and what is the matter. */
export default function CellsPage() {
  const { t } = useTranslation();
  const word = useWord();
  const pages = usePages();
  const [result, ask] = useQuery({
    query: CellsDocument,
    variables: { first: PAGE, after: pages.after },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  useEachReport(refresh);

  return (
    <Page title={t('cell.title')}>
      <Answer result={result} retry={refresh}>
        {({ cells }) => (
          <>
            <Listing
              label={t('cell.title')}
              rows={cells.nodes}
              rowKey={(cell) => cell.id}
              testid="cells"
              columns={[
                { key: 'name', title: t('cell.name'), render: (cell) => cell.name },
                {
                  key: 'state',
                  title: t('cell.state'),
                  render: (cell) =>
                    cell.unknownSince
                      ? t('cell.unknownSince', { at: instant(cell.unknownSince) })
                      : word('cell.stateOf', cell.state),
                },
                {
                  key: 'report',
                  title: t('cell.lastReport'),
                  render: (cell) => cell.lastReportAt && instant(cell.lastReportAt),
                },
                {
                  key: 'revision',
                  title: t('cell.revision'),
                  exact: true,
                  render: (cell) =>
                    `${String(cell.revision)} / ${String(cell.takenRevision)} / ${String(cell.madeRevision)}`,
                },
                {
                  key: 'instances',
                  title: t('cell.instances'),
                  exact: true,
                  render: (cell) => `${String(cell.instanceCount)} / ${String(cell.memberCount)}`,
                },
                {
                  key: 'open',
                  title: t('cell.open'),
                  exact: true,
                  render: (cell) => cell.openOperationCount,
                },
                {
                  key: 'spooled',
                  title: t('cell.spooled'),
                  exact: true,
                  render: (cell) => cell.spooled,
                },
                {
                  key: 'watermark',
                  title: t('cell.watermark'),
                  render: (cell) => cell.watermark && instant(cell.watermark),
                },
              ]}
            />
            <Pager pages={pages} pageInfo={cells.pageInfo} />
            <Section title={t('cell.alarms')}>
              <Alarms cells={cells.nodes} />
            </Section>
            <SlowOperations />
            {cells.nodes.map((cell) => (
              <Section
                key={cell.id}
                title={
                  cell.lastReportAt
                    ? t('cell.asAt', { name: cell.name, at: instant(cell.lastReportAt) })
                    : cell.name
                }
              >
                <Facts cell={cell} />
              </Section>
            ))}
          </>
        )}
      </Answer>
    </Page>
  );
}
