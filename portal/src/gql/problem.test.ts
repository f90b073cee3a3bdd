import { expect, test } from 'vitest';
import { CombinedError } from 'urql';

import { problemOf } from './problem';

function refused(extensions: Record<string, unknown>, message = 'Something is wrong.') {
  return problemOf(new CombinedError({ graphQLErrors: [{ message, extensions }] }));
}

test('all problems of a form are kept, each with its field', () => {
  const { code, fields } = refused({
    code: 'INVALID',
    problems: [
      { field: 'name', problem: 'taken', message: 'The name is taken.' },
      { field: 'parameters.hz', problem: 'out_of_range', message: 'At most 500.' },
    ],
  });
  expect(code).toBe('INVALID');
  expect(fields.map((one) => one.field)).toEqual(['name', 'parameters.hz']);
});

test('a single field without a list is one problem', () => {
  const { fields } = refused({ code: 'INVALID', field: 'name', problem: 'taken' }, 'Taken.');
  expect(fields).toEqual([{ field: 'name', problem: 'taken', message: 'Taken.' }]);
});

test('a quota is told by its meter, its place and its numbers', () => {
  const numbers = { limit: 2, used: 2, added: 1 };
  const told = { code: 'LIMIT_REACHED', node: 'org_1', meter: 'MEMBERS', ...numbers };
  expect(refused({ ...told, at: 'members at organization rnd' }).quota).toEqual({
    meter: 'MEMBERS',
    place: 'organization rnd',
    limit: '2',
    used: '2',
    added: '1',
  });
  // A licence is a limit without a place.
  expect(refused({ code: 'LIMIT_REACHED', at: 'licence', ...numbers }).quota).toBeUndefined();
});

test('a budget is told by its place and its amounts', () => {
  const amounts = { currency: 'CNY', amount: '100', committed: '64', added: '64' };
  const told = { code: 'LIMIT_REACHED', node: 'org_1', ...amounts };
  const { budget, quota } = refused({ ...told, at: 'budget of organization rnd' });
  expect(budget).toEqual({ place: 'organization rnd', ...amounts });
  expect(quota).toBeUndefined();
  expect(refused({ ...told, at: 'licence' }).budget).toBeUndefined();
});

test('an unknown code is not passed on as if it were known', () => {
  expect(refused({ code: 'SOMETHING_NEW' }).code).toBe('INTERNAL');
  expect(refused({}).code).toBe('INTERNAL');
});

test('an answer outside GraphQL is told by its status', () => {
  const error = (status: number) =>
    new CombinedError({ networkError: new Error('x'), response: { status } });
  expect(problemOf(error(401)).code).toBe('UNAUTHENTICATED');
  expect(problemOf(error(429)).code).toBe('TOO_MANY');
  expect(problemOf(error(0)).code).toBe('UNAVAILABLE');
});
