import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spelledNumbersIn } from './number-words.ts';
import { numbersIn } from './numbers.ts';
import { Words } from './words.ts';

function numbers(text: string, limit = 100): number[] {
  return numbersIn(text, new Words(text), limit);
}

test.each([
  ['16 eggs, 3 a day', [16, 3]],
  ['$1,234.50 or 1.234,50 €', [1234.5, 1234.5]],
  ['1,234 and 1,234,567', [1234, 1234567]],
  ['0.75, 0,75 and .75', [0.75, 0.75, 0.75]],
  ['the end.5 things', [5]],
  ['80%, 5km, 3-4', [80, 5, 3, 4]],
  ['A4 paper', []],
  ['half', []],
  ['', []],
])('the numbers of %j are %j', (text, values) => {
  expect(numbers(text)).toEqual(values);
});

test('numbers end at the limit', () => {
  expect(numbers('1 2 3 4', 2)).toEqual([1, 2]);
});

test('endless digits are a number too', () => {
  expect(numbers('9'.repeat(10_000))).toEqual([999_999_999_999_999]);
  expect(numbers(`0.${'3'.repeat(10_000)}`)[0]).toBeCloseTo(1 / 3, 10);
});

test('every amount is read as it was written, whatever the separators', () => {
  const amount = fc.integer({ min: 0, max: 10 ** 11 }).map((cents) => cents / 100);
  fc.assert(
    fc.property(amount, (value) => {
      for (const locale of ['en-US', 'de-DE']) {
        const text = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 }).format(value);
        expect(numbers(text)).toEqual([value]);
      }
    }),
  );
});

test('numbers in words count in several languages, articles do not', () => {
  expect(
    spelledNumbersIn(new Words('Two of a dozen; zwölf, deux, doce, one, ein, une, once')),
  ).toEqual([2, 12, 12, 2, 12]);
});
