import { expect, test } from 'vitest';

import { addressOf, filterOf, isNarrowed, questionOf } from './question';

const asked = (address: string) => questionOf(new URLSearchParams(address));

test('an address without words asks for everything', () => {
  expect(isNarrowed(asked(''))).toBe(false);
  expect(filterOf(asked(''))).toEqual({});
});

test('each word of the address narrows what is asked for', () => {
  const question = asked('subject=dev&outcome=REFUSED&from=2026-11-01T00:00:00.000Z&page=4');
  expect(isNarrowed(question)).toBe(true);
  expect(filterOf(question)).toEqual({
    subject: 'dev',
    outcome: 'REFUSED',
    from: '2026-11-01T00:00:00.000Z',
  });
});

test('an outcome that there is not narrows nothing', () => {
  expect(filterOf(asked('outcome=MAYBE'))).toEqual({});
});

test('what was typed and left empty is not in the address', () => {
  expect(addressOf({ ...asked('action=placeOrder'), subject: '  ', target: ' ins_1 ' })).toEqual({
    action: 'placeOrder',
    target: 'ins_1',
  });
});
