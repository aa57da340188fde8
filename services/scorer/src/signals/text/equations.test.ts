import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equationsIn } from './equations.ts';

describe('an equation that holds', () => {
  test.each([
    ['16 - 3 = 13', 13],
    ['9 * $2 = $18', 18],
    ['so it is 9 * $2 = $<<9*2=18>>18.', 18],
    ['2 + 3 * 4 = 14', 14],
    ['12 * (3 + 4) = 84', 84],
    ['5(3) = 15', 15],
    ['(5 + 3 = 8)', 8],
    ['-5 + 3 = -2', -2],
    ['5 × 4 = 20', 20],
    ['5 x 4 = 20', 20],
    ['8 ÷ 2 = 4', 4],
    ['8 \\times 5 = \\boxed{40}', 40],
    ['**3 + 4 = 7**', 7],
    ['- 3 + 4 = 7', 7],
    ['1. 3 + 4 = 7', 7],
    ['80,000 + 50,000 = 130,000', 130_000],
    ['1.234,50 + 1 = 1.235,50', 1235.5],
    ['.5 * 4 = 2', 2],
    ['20% of 50 = 10', 10],
    ['3/4 of 20 = 15', 15],
    ['5 / 20 = 25%', 0.25],
    ['100% - 30% = 70%', 0.7],
    ['25 cents * 4 = $1', 1],
    ['16 eggs - 3 eggs - 4 eggs = 9 eggs', 9],
    ['$10/hour x 5 hours = $50', 50],
    ['a 3-day trip: 4 + 4 = 8', 8],
    ['$400 (for the first week) + $60 = $460', 460],
    ['10 / 3 = 3.33', 3.33],
    ['2 / 3 = 0.66', 0.66],
    ['100 / 3 = 33', 33],
    ['x = 5 + 3 = 8', 8],
    ['5 + 3\n = 8', 8],
  ])('%j', (text, result) => {
    expect(equationsIn(text)).toMatchObject({ count: 1, wrong: 0, results: [result] });
  });
});

describe('an equation that does not', () => {
  test.each([
    '5 + 3 = 9',
    '9 * $2 = $20',
    '0.1 + 0.2 = 0.4',
    '100 / 3 = 34',
    '(16 - 3) * 2 = 10',
    'Together they have 3,150 + 1,300 + 50 = 4,400 apples.',
  ])('%j', (text) => {
    expect(equationsIn(text)).toMatchObject({ count: 1, wrong: 1 });
  });
});

describe('what is no equation between numbers is passed over', () => {
  test.each([
    '',
    'x = 5',
    '2x + 3 = 7',
    '5 + x = 9',
    'f(3) + 1 = 9',
    '3 * (s + 9) = 36',
    '4 * (price of one) = 20',
    '\\frac{1}{2} + 1 = 9',
    '2^3 + 1 = 7',
    '2**3 + 1 = 7',
    '1 1/2 + 1/2 = 2',
    '30 - 20% = 24',
    '1 / 0 = 3',
    'if (a + 1 == 3)',
    'count += 2 != 3',
    '(a, b) => 1 + 1',
    'width=100 height=50',
    'https://example.org/?a=1&b=2',
    '8 feet = 96 inches',
    '= = =',
    '3 + 4 =',
  ])('%j', (text) => {
    expect(equationsIn(text)).toMatchObject({ count: 0, wrong: 0, results: [] });
  });
});

test('a chain is an equation for each equals sign, and may go on with a result', () => {
  expect(equationsIn('2 + 3 + 4 = 5 + 4 = 9')).toMatchObject({ count: 2, wrong: 0 });
  expect(equationsIn('90 / 450 = 0.2 * 100 = 20')).toMatchObject({ count: 2, wrong: 0 });
  expect(equationsIn('2 + 3 = 5 - 1 = 3')).toMatchObject({ count: 2, wrong: 1 });
});

test('sentences and lines part equations', () => {
  expect(equationsIn('We need 3 + 4 = 7, then 7 * 2 = 14. So\n14 - 1 = 12')).toEqual(
    expect.objectContaining({ count: 3, wrong: 1, results: [7, 14, 12] }),
  );
});

test('sums of integers are judged as arithmetic does', () => {
  const integer = fc.integer({ min: 0, max: 10 ** 6 });
  const sign = fc.constantFrom('+', '-', '*');
  fc.assert(
    fc.property(integer, sign, integer, fc.integer({ min: -3, max: 3 }), (a, operator, b, off) => {
      const right = operator === '+' ? a + b : operator === '-' ? a - b : a * b;
      fc.pre(right * 100 !== right + off && right !== (right + off) * 100);
      const { count, wrong } = equationsIn(`${a} ${operator} ${b} = ${right + off}`);
      expect([count, wrong]).toEqual([1, off === 0 ? 0 : 1]);
    }),
  );
});

test('there is an end to what is checked', () => {
  const { count, results } = equationsIn('1 + 1 = 2, '.repeat(5_000));
  expect(count).toBe(256);
  expect(results.length).toBe(256);
  expect(equationsIn(`${'('.repeat(5_000)}1${')'.repeat(5_000)} + 1 = 2`).count).toBe(0);
  expect(equationsIn(`${'1 + '.repeat(5_000)}1 = 5001`).count).toBe(0);
});
