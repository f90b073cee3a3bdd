import { expect, test } from 'vitest';

import { grouped, isSame, sum, trimmed } from './decimal';

test.each([
  ['0', '0'],
  ['999', '999'],
  ['1000', '1,000'],
  ['-1234567.8900', '-1,234,567.8900'],
  ['9223372036854775807', '9,223,372,036,854,775,807'],
  ['0.0000000001', '0.0000000001'],
  ['no price', 'no price'],
])('%s is shown as %s', (given, shown) => {
  expect(grouped(given)).toBe(shown);
});

test('a sum keeps every digit that a float would lose', () => {
  expect(sum(['12345678901234567.1234567890', '0.0000000001', '-1'])).toBe(
    '12345678901234566.1234567891',
  );
  expect(sum(['-0.5', '0.25'])).toBe('-0.25');
  expect(sum([])).toBe('0');
});

test('numbers are compared by value, not by their zeros', () => {
  expect(isSame('1.10', '1.1')).toBe(true);
  expect(isSame('1.10', '1.1000000001')).toBe(false);
});

test('only zeros at the end are cut, and the minor unit stays', () => {
  expect(trimmed('0.1200000000')).toBe('0.12');
  expect(trimmed('0.1000000000')).toBe('0.10');
  expect(trimmed('0.1234500000')).toBe('0.12345');
  expect(trimmed('5')).toBe('5');
});

test('what is not a plain decimal is refused, not guessed', () => {
  expect(() => sum(['1e3'])).toThrow(RangeError);
});
