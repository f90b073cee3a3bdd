import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient, type Client, type CombinedError } from 'urql';

import {
  OrganizationChildrenDocument,
  OrganizationProjectsDocument,
  OrganizationTopsDocument,
  TopProjectsDocument,
  type OrganizationRowFragment,
  type ProjectRowFragment,
} from '../../gql/organization.generated';
import {
  joined,
  NOTHING,
  parentOf,
  TOP,
  type Branch,
  type Branches,
  type Part,
  type Row,
} from './branch';

export interface Tree {
  branches: Branches;
  /** Reads a branch from its beginning, if it was not read yet. */
  open: (id: string) => void;
  /** Reads the next page of a branch. */
  more: (id: string) => void;
  /** Reads branches again as far as they were read, and those above them: what is a leaf changes. */
  refresh: (ids: readonly string[]) => Promise<void>;
  /** Makes the last of a path visible, wherever it stands among its siblings. */
  reveal: (path: readonly Row[]) => Promise<void>;
}

type Kind = 'organizations' | 'projects';
interface Failed {
  error: CombinedError;
}
type Got = Part | Failed;

const EMPTY: Branch = { organizations: NOTHING, projects: NOTHING, isReading: true };
const hasFailed = (got: Got): got is Failed => 'error' in got;

export function organizationRow(one: OrganizationRowFragment): Row {
  const { id, name, title, isLeaf, viewerCan } = one;
  return { kind: 'organization', id, name, title, isLeaf, viewerCan };
}

export function projectRow({ id, name, title, viewerCan }: ProjectRowFragment): Row {
  return { kind: 'project', id, name, title, isLeaf: true, viewerCan };
}

interface Projects {
  nodes: ProjectRowFragment[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const projectsOf = ({ nodes, pageInfo }: Projects): Part => ({
  rows: nodes.map(projectRow),
  after: pageInfo.hasNextPage ? pageInfo.endCursor : null,
});

/** One page of what is directly in an organization, or of what the tree begins with. */
async function page(
  client: Client,
  id: string,
  kind: Kind,
  after: string | null,
): Promise<Got | undefined> {
  const policy = { requestPolicy: 'network-only' } as const;
  if (id === TOP) {
    if (kind === 'projects') {
      const { data, error } = await client.query(TopProjectsDocument, { after }, policy);
      return error ? { error } : data && projectsOf(data.tenant.topProjects);
    }
    const { data, error } = await client.query(OrganizationTopsDocument, {}, policy);
    if (error) return { error };
    return data && { rows: data.tenant.tops.map(organizationRow), after: null };
  }
  const variables = { id, after };
  if (kind === 'organizations') {
    const { data, error } = await client.query(OrganizationChildrenDocument, variables, policy);
    if (error) return { error };
    const found = data?.organization.children;
    const next = found?.pageInfo.hasNextPage ? found.pageInfo.endCursor : null;
    return found && { rows: found.nodes.map(organizationRow), after: next };
  }
  const { data, error } = await client.query(OrganizationProjectsDocument, variables, policy);
  return error ? { error } : data && projectsOf(data.organization.projects);
}

/** At least so many rows, unless there are fewer. */
async function pages(client: Client, id: string, kind: Kind, wanted: number): Promise<Got> {
  let part = NOTHING;
  do {
    const got = await page(client, id, kind, part.after);
    if (!got) return part;
    if (hasFailed(got)) return got;
    part = { rows: joined(part.rows, got.rows), after: got.after };
  } while (part.after !== null && part.rows.length < wanted);
  return part;
}

/** The tree as far as it was opened: branches are read page by page, and never all of it. */
export function useTree(): Tree {
  const client = useClient();
  const [branches, setBranches] = useState<Branches>(() => new Map());
  // What was read last, for what is asked between two drawings.
  const known = useRef(branches);

  const put = useCallback((id: string, change: (past: Branch) => Branch) => {
    const next = new Map(known.current);
    next.set(id, change(next.get(id) ?? EMPTY));
    known.current = next;
    setBranches(next);
  }, []);

  const read = useCallback(
    async (id: string) => {
      const past = known.current.get(id);
      put(id, (branch) => ({ ...branch, isReading: true, error: undefined }));
      const [organizations, projects] = await Promise.all([
        pages(client, id, 'organizations', past?.organizations.rows.length ?? 0),
        pages(client, id, 'projects', past?.projects.rows.length ?? 0),
      ]);
      put(id, (branch) => ({
        organizations: hasFailed(organizations) ? branch.organizations : organizations,
        projects: hasFailed(projects) ? branch.projects : projects,
        isReading: false,
        error: [organizations, projects].find(hasFailed)?.error,
      }));
    },
    [client, put],
  );

  const open = useCallback(
    (id: string) => {
      const past = known.current.get(id);
      if (!past || past.error) void read(id);
    },
    [read],
  );

  const more = useCallback(
    (id: string) => {
      const past = known.current.get(id);
      if (!past || past.isReading) return;
      // Organizations stand before projects, so they are read to their end first.
      const kind: Kind = past.organizations.after !== null ? 'organizations' : 'projects';
      const { after } = past[kind];
      if (after === null) return;
      put(id, (branch) => ({ ...branch, isReading: true, error: undefined }));
      void page(client, id, kind, after).then((got) => {
        put(id, (branch) => {
          const ended = { ...branch, isReading: false };
          if (!got) return ended;
          if (hasFailed(got)) return { ...ended, error: got.error };
          const rows = joined(branch[kind].rows, got.rows);
          return { ...ended, [kind]: { rows, after: got.after } };
        });
      });
    },
    [client, put],
  );

  const refresh = useCallback(
    async (ids: readonly string[]) => {
      const all = new Set<string>();
      for (const id of ids) {
        all.add(id);
        const above = parentOf(known.current, id);
        if (above !== undefined) all.add(above);
      }
      await Promise.all([...all].filter((id) => known.current.has(id)).map(read));
    },
    [read],
  );

  const reveal = useCallback(
    async (path: readonly Row[]) => {
      let parent = TOP;
      for (const row of path) {
        if (!known.current.has(parent)) await read(parent);
        const branch = known.current.get(parent);
        const kind: Kind = row.kind === 'project' ? 'projects' : 'organizations';
        if (branch && !branch[kind].rows.some(({ id }) => id === row.id)) {
          put(parent, (past) => ({
            ...past,
            [kind]: { ...past[kind], rows: [row, ...past[kind].rows] },
          }));
        }
        parent = row.id;
      }
    },
    [read, put],
  );

  useEffect(() => {
    open(TOP);
  }, [open]);

  return { branches, open, more, refresh, reveal };
}
