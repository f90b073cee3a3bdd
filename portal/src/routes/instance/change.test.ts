import { expect, test } from 'vitest';

import { readSchema } from '../parameter/schema';
import { changesOf, draftOf } from './change';

const groups = readSchema({
  properties: { hz: { type: 'integer' }, save: { type: 'string' }, aof: { type: 'boolean' } },
});
const before = draftOf(groups, { hz: 10, save: '60 1', aof: true, gone: 1 });

test('only what differs is sent, with the type of the schema', () => {
  expect(changesOf(groups, before, { ...before, hz: '20', aof: 'false' })).toEqual({
    hz: 20,
    aof: false,
  });
});

test('a cleared field goes back to the default, an empty text is a value', () => {
  expect(changesOf(groups, before, { hz: '10', aof: 'true' })).toEqual({ save: null });
  expect(changesOf(groups, before, { ...before, save: '' })).toEqual({ save: '' });
});

test('nothing changed is nothing', () => {
  expect(changesOf(groups, before, before)).toEqual({});
});
