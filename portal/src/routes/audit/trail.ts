// What a question finds in the audit as a file, page by page, in the order of the page: a file that is
// cut ends with the oldest, and says so.

import type { Client } from 'urql';

import type { AuditQuery } from '../../gql/audit.generated';
import { csv } from '../asset/csv';
import type { AuditFilter } from './question';
import type { Source } from './source';

export type Entry = AuditQuery['audit']['nodes'][number];

/** The largest page that the plane answers. */
const PAGE = 200;
/**
 * Records of a file that a browser makes: half of the requests that the plane lets one person send in
 * a row. `cellplane audit export` has no such end.
 */
export const MOST = 20_000;

const columns: [string, (entry: Entry) => string | null | undefined][] = [
  ['tenant', (entry) => entry.tenant],
  ['number', (entry) => String(entry.number)],
  ['at', (entry) => entry.at],
  ['subject_id', (entry) => entry.subjectId],
  ['subject', (entry) => entry.subject],
  ['action', (entry) => entry.action],
  ['outcome', (entry) => entry.outcome],
  ['code', (entry) => entry.code],
  ['target', (entry) => entry.target],
  ['operation', (entry) => entry.operation],
  ['address', (entry) => entry.address],
  ['request_id', (entry) => entry.requestId],
  ['content', (entry) => entry.content],
  ['previous_hash', (entry) => entry.previousHash],
  ['hash', (entry) => entry.hash],
];

export interface Trail {
  text: string;
  records: number;
  /** Whether there are older ones that are not in it. */
  isCut: boolean;
}

/**
 * The records as CSV, with the same columns as `cellplane audit export --output csv`; nothing if it
 * was called off. `told` hears how many were read.
 */
export async function trail(
  client: Client,
  source: Source,
  filter: AuditFilter,
  told: (records: number) => void,
  calledOff: AbortSignal,
  most = MOST,
): Promise<Trail | undefined> {
  const rows: string[][] = [];
  let after: string | null | undefined = null;
  for (;;) {
    const first = Math.min(PAGE, most - rows.length);
    const { data, error } = await client
      .query(source.records, { filter, first, after }, { requestPolicy: 'network-only' })
      .toPromise();
    if (calledOff.aborted) return undefined;
    if (!data) throw error ?? new Error('no answer');
    const { nodes, pageInfo }: AuditQuery['audit'] = data.audit;
    rows.push(...nodes.map((entry) => columns.map(([, value]) => value(entry) ?? '')));
    told(rows.length);
    after = pageInfo.endCursor;
    const isCut = pageInfo.hasNextPage && rows.length >= most;
    if (pageInfo.hasNextPage && after && !isCut) continue;
    const text = csv(
      columns.map(([name]) => name),
      rows,
    );
    return { text, records: rows.length, isCut };
  }
}
