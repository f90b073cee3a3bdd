// The organizations as a tree, drawn as rows with a depth.

export interface Branch {
  id: string;
  parent: { id: string } | null;
}

/**
 * Every row once, parents before children, in the order given. One whose parent is not among them
 * (the viewer may not see it) stands at the left edge.
 */
export function indented<Row extends Branch>(rows: readonly Row[]): { row: Row; depth: number }[] {
  const ids = new Set(rows.map((row) => row.id));
  const below = new Map<string, Row[]>();
  for (const row of rows) {
    const parent = row.parent && ids.has(row.parent.id) ? row.parent.id : '';
    below.set(parent, [...(below.get(parent) ?? []), row]);
  }
  const walk = (parent: string, depth: number): { row: Row; depth: number }[] =>
    (below.get(parent) ?? []).flatMap((row) => [{ row, depth }, ...walk(row.id, depth + 1)]);
  return walk('', 0);
}
