import { expect, test } from 'vitest';

import { indented } from './tree';

const row = (id: string, parent?: string) => ({ id, parent: parent ? { id: parent } : null });

test('children stand below their parent, one step in', () => {
  const rows = indented([
    row('acme'),
    row('sales', 'acme'),
    row('platform', 'rd'),
    row('rd', 'acme'),
  ]);
  expect(rows.map(({ row: { id }, depth }) => [id, depth])).toEqual([
    ['acme', 0],
    ['sales', 1],
    ['rd', 1],
    ['platform', 2],
  ]);
});

test('an organization below an invisible parent is not lost', () => {
  expect(indented([row('platform', 'rd')])).toHaveLength(1);
});
