import { expect, test } from 'vitest';

import { isBelow, joined, mayDrop, NOTHING, parentOf, TOP, type Branch, type Row } from './branch';

const row = (id: string, kind: Row['kind'] = 'organization'): Row => ({
  kind,
  id,
  name: id,
  title: id,
  isLeaf: false,
  viewerCan: ['VIEW', 'MANAGE_TREE'],
});
const branch = (organizations: Row[], projects: Row[] = []): Branch => ({
  organizations: { ...NOTHING, rows: organizations },
  projects: { ...NOTHING, rows: projects },
  isReading: false,
});
const tree = new Map([
  [TOP, branch([row('root')])],
  ['root', branch([row('rnd'), row('sales')])],
  ['rnd', branch([row('platform')], [row('web', 'project')])],
]);

test('a row is looked up in the branches that were read', () => {
  expect(parentOf(tree, 'platform')).toBe('rnd');
  expect(parentOf(tree, 'web')).toBe('rnd');
  expect(parentOf(tree, 'unknown')).toBeUndefined();
  expect(isBelow(tree, 'platform', 'root')).toBe(true);
  expect(isBelow(tree, 'sales', 'rnd')).toBe(false);
});

test('nothing is dropped on itself, below itself, where it is, or on a project', () => {
  expect(mayDrop(tree, row('platform'), row('sales'))).toBe(true);
  expect(mayDrop(tree, row('platform'), row('platform'))).toBe(false);
  expect(mayDrop(tree, row('rnd'), row('platform'))).toBe(false);
  expect(mayDrop(tree, row('platform'), row('rnd'))).toBe(false);
  expect(mayDrop(tree, row('platform'), row('web', 'project'))).toBe(false);
  const seen = { ...row('sales'), viewerCan: ['VIEW' as const] };
  expect(mayDrop(tree, row('platform'), seen)).toBe(false);
});

test('a row that was shown already does not come twice', () => {
  expect(joined([row('a'), row('b')], [row('b'), row('c')]).map(({ id }) => id)).toEqual([
    'a',
    'b',
    'c',
  ]);
});
