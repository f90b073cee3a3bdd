import { expect, test } from 'vitest';

import { readSchema } from './schema';
import { canBeEmpty, rowSlips, rowsOf, slip, textOf, valueOf } from './value';

const [memory, rest] = readSchema({
  properties: {
    hz: { type: 'integer', minimum: 1, maximum: 500, default: 10, 'x-apply': 'hot' },
    maxmemory: {
      type: 'string',
      pattern: '^[0-9]+(kb|mb|gb)$',
      'x-format': 'bytes',
      'x-minimum': '8mb',
      'x-maximum': '192mb',
      'x-title': { en: 'Memory limit', zh: '内存上限' },
    },
    policy: { enum: ['noeviction', 'allkeys-lru'], type: 'string' },
    save: { type: 'string', pattern: '^([1-9][0-9]* [1-9][0-9]*)?$', default: '60 1' },
    databases: { type: 'integer', 'x-apply': 'immutable' },
    key: { type: 'string', 'x-format': 'private-key', 'x-secret': true, default: '' },
    upstreams: {
      type: 'array',
      maxItems: 2,
      default: [],
      items: {
        required: ['host', 'port'],
        properties: {
          host: { type: 'string', pattern: '^[a-z.]+$' },
          port: { type: 'integer', minimum: 1, maximum: 65535 },
          weight: { type: 'integer', minimum: 1, default: 1 },
        },
      },
    },
  },
  required: ['databases'],
  'x-groups': [
    { title: { en: 'Memory', zh: '内存' }, parameters: ['maxmemory', 'policy', 'gone'] },
  ],
});

function find(name: string) {
  const found = [...(memory?.parameters ?? []), ...(rest?.parameters ?? [])];
  const parameter = found.find((one) => one.name === name);
  if (!parameter) throw new Error(`no ${name}`);
  return parameter;
}

test('groups keep the order of the package, the others come last', () => {
  expect(memory?.title?.zh).toBe('内存');
  expect(memory?.parameters.map((one) => one.name)).toEqual(['maxmemory', 'policy']);
  expect(rest?.parameters.map((one) => one.name)).toEqual([
    'hz',
    'save',
    'databases',
    'key',
    'upstreams',
  ]);
});

test.each([
  ['maxmemory', '64mb', undefined],
  ['maxmemory', '0064mb', undefined],
  ['maxmemory', '4mb', 'least'],
  ['maxmemory', '1gb', 'most'],
  ['maxmemory', '64', 'bytes'],
  ['maxmemory', '6.4mb', 'bytes'],
  ['hz', '500', undefined],
  ['hz', '501', 'most'],
  ['hz', '0', 'least'],
  ['hz', '1.5', 'integer'],
  ['hz', '99999999999999999999', 'integer'],
  ['policy', 'allkeys-lru', undefined],
  ['policy', 'all', 'choice'],
  ['save', '', undefined],
  ['save', 'often', 'pattern'],
])('%s = “%s” → %s', (name, text, expected) => {
  expect(slip(find(name), text)?.key).toBe(expected);
});

test('what is left out is wrong only where there is no default', () => {
  expect(slip(find('hz'), undefined)).toBeUndefined();
  expect(slip(find('databases'), undefined)?.key).toBe('required');
});

test('values have the type of the schema', () => {
  expect(valueOf(find('hz'), ' 20 ')).toBe(20);
  expect(valueOf(find('save'), '20 1')).toBe('20 1');
});

test('empty is a value where the pattern allows it and the default is another', () => {
  expect(canBeEmpty(find('save'))).toBe(true);
  expect(canBeEmpty(find('maxmemory'))).toBe(false);
});

test('rows become typed values, and fields left empty have their default', () => {
  const upstreams = find('upstreams');
  const text = JSON.stringify([{ host: 'a.b', port: ' 80 ', weight: '' }, { host: 'c' }]);
  expect(valueOf(upstreams, text)).toEqual([{ host: 'a.b', port: 80 }, { host: 'c' }]);
  const kept = textOf([{ host: 'a.b', port: 80, weight: 1 }]);
  expect(rowsOf(kept)).toEqual([{ host: 'a.b', port: '80', weight: '1' }]);
});

test('what is no list has no rows, whatever stands in its field', () => {
  expect(rowSlips(find('maxmemory'), '64mb')).toEqual([]);
});

test('what is wrong in a row is told at its field', () => {
  const text = JSON.stringify([
    { host: 'a.b', port: '80' },
    { host: 'A;', port: '0', weight: 'x' },
    {},
  ]);
  const found = rowSlips(find('upstreams'), text).map(([path, one]) => [path, one.key]);
  expect(found).toEqual([
    ['upstreams[1].host', 'pattern'],
    ['upstreams[1].port', 'least'],
    ['upstreams[1].weight', 'integer'],
    ['upstreams[2].host', 'required'],
    ['upstreams[2].port', 'required'],
  ]);
});

test('certificates and keys are left to the plane', () => {
  expect(slip(find('key'), 'no key')).toBeUndefined();
});
