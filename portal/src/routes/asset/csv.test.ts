import { expect, test } from 'vitest';

import { csv } from './csv';

const one = (field: string) => csv(['a'], [[field]]).slice(2, -1);

test('what separates fields is quoted', () => {
  expect(one('shop')).toBe('shop');
  expect(one('a,b')).toBe('"a,b"');
  expect(one('say "hi"')).toBe('"say ""hi"""');
  expect(one('two\nlines')).toBe('"two\nlines"');
  expect(one('研发')).toBe('研发');
});

test('what a spreadsheet would run becomes text', () => {
  for (const formula of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1']) {
    expect(one(formula)).toBe(`'${formula}`);
  }
  expect(one('=A1,B1')).toBe('"\'=A1,B1"');
});
