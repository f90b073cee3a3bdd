// What is known of the tree: each branch as far as it was read, and never all of it.

import type { CombinedError } from 'urql';

import type { Action } from '../../gql/schema.generated';

export interface Row {
  kind: 'organization' | 'project';
  id: string;
  name: string;
  title: string;
  /** Whether nothing that the viewer may see is directly in it. */
  isLeaf: boolean;
  viewerCan: readonly Action[];
}

/** Rows of one kind directly below, and where the next page begins. */
export interface Part {
  rows: readonly Row[];
  after: string | null;
}

export interface Branch {
  organizations: Part;
  projects: Part;
  isReading: boolean;
  error?: CombinedError | undefined;
}

export type Branches = ReadonlyMap<string, Branch>;

/** The branch that holds what the viewer sees highest. */
export const TOP = 'top';

export const NOTHING: Part = { rows: [], after: null };

/** The branch that a row stands in; none if that was not read. */
export function parentOf(branches: Branches, id: string): string | undefined {
  for (const [parent, { organizations, projects }] of branches) {
    const has = ({ rows }: Part) => rows.some((row) => row.id === id);
    if (has(organizations) || has(projects)) return parent;
  }
  return undefined;
}

export function rowOf(branches: Branches, id: string): Row | undefined {
  for (const { organizations, projects } of branches.values()) {
    const found = [...organizations.rows, ...projects.rows].find((row) => row.id === id);
    if (found) return found;
  }
  return undefined;
}

/** Whether a row stands somewhere below another, as far as the branches tell. */
export function isBelow(branches: Branches, id: string, above: string): boolean {
  const seen = new Set<string>();
  let parent = parentOf(branches, id);
  while (parent !== undefined && !seen.has(parent)) {
    if (parent === above) return true;
    seen.add(parent);
    parent = parentOf(branches, parent);
  }
  return false;
}

/** Whether a row may be put into another: only into an organization, and not where it is already. */
export function mayDrop(branches: Branches, what: Row, into: Row): boolean {
  return (
    into.kind === 'organization' &&
    what.id !== into.id &&
    into.viewerCan.includes('MANAGE_TREE') &&
    parentOf(branches, what.id) !== into.id &&
    !isBelow(branches, into.id, what.id)
  );
}

/** Adds rows behind those that are there already, each once. */
export function joined(past: readonly Row[], more: readonly Row[]): Row[] {
  const known = new Set(past.map((row) => row.id));
  return [...past, ...more.filter((row) => !known.has(row.id))];
}
