// The whole register of an instant as a file, page by page, so that none of it is missing.

import type { Client } from 'urql';

import {
  AssetsDocument,
  type AssetsQuery,
  type AssetsQueryVariables,
} from '../../gql/asset.generated';
import { csv } from './csv';

export type Asset = AssetsQuery['assetRegister']['assets']['nodes'][number];

// The plane limits rows times fields of a request.
const PAGE = 100;

const columns: [string, (asset: Asset, at: string) => string | null | undefined][] = [
  ['at', (_, at) => at],
  ['organization_path', (asset) => asset.path.join('/')],
  ['organization', (asset) => asset.organization],
  ['project_name', (asset) => asset.projectName],
  ['project', (asset) => asset.project],
  ['instance_name', (asset) => asset.instanceName],
  ['instance', (asset) => asset.instance],
  ['member_name', (asset) => asset.name],
  ['member', (asset) => asset.member],
  ['role', (asset) => asset.role],
  ['package', (asset) => asset.package],
  ['package_version', (asset) => asset.packageVersion],
  ['software_version', (asset) => asset.softwareVersion],
  ['installed_version', (asset) => asset.installedVersion],
  ['plan', (asset) => asset.plan?.name],
  ['millivcpu', (asset) => String(asset.size.millivcpu)],
  ['memory_mib', (asset) => String(asset.size.memoryMib)],
  ['storage_mib', (asset) => String(asset.size.storageMib)],
  ['cell', (asset) => asset.cell],
  ['endpoint', endpoint],
  ['state', (asset) => asset.state.toLowerCase()],
  ['since', (asset) => asset.since],
  ['unknown_since', (asset) => asset.unknownSince],
];

/** Where clients reach it; nothing while that is not known. */
export function endpoint({ endpoint: at }: Asset): string | undefined {
  return at ? `${at.host}:${String(at.port)}` : undefined;
}

/** The register as CSV, with the same columns as `cellplane get assets --output csv`. */
export async function register(
  client: Client,
  question: Pick<AssetsQueryVariables, 'at' | 'filter'>,
): Promise<string> {
  const rows: string[][] = [];
  let at = question.at;
  let after: string | null | undefined = null;
  do {
    const variables: AssetsQueryVariables = { ...question, at: at ?? null, first: PAGE, after };
    const { data, error } = await client
      .query(AssetsDocument, variables, { requestPolicy: 'network-only' })
      .toPromise();
    if (!data) throw error ?? new Error('no answer');
    const told = data.assetRegister;
    at = told.at;
    for (const asset of told.assets.nodes) {
      rows.push(columns.map(([, value]) => value(asset, told.at) ?? ''));
    }
    const { hasNextPage, endCursor } = told.assets.pageInfo;
    after = hasNextPage ? endCursor : null;
  } while (after);
  return csv(
    columns.map(([name]) => name),
    rows,
  );
}

/** Hands a text to the browser as a file. */
export function save(name: string, text: string, type = 'text/csv'): void {
  // The mark makes spreadsheets read UTF-8.
  const mark = type === 'text/csv' ? '\uFEFF' : '';
  const address = URL.createObjectURL(new Blob([mark, text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
