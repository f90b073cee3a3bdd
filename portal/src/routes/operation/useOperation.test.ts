import { expect, test } from 'vitest';

import { merged } from './useOperation';

const line = (number: number) => ({
  number,
  step: 0,
  at: '2026-11-01T00:00:00.000000Z',
  text: `line ${String(number)}`,
});

test('lines that come twice after a reconnection are shown once', () => {
  const lines = merged([line(1), line(2)], [line(2), line(3)]);
  expect(lines.map((one) => one.number)).toEqual([1, 2, 3]);
});

test('lines are in order however they arrive', () => {
  expect(merged([], [line(2), line(1)]).map((one) => one.number)).toEqual([1, 2]);
});
