import { expect, test } from 'vitest';
import { EQUATION_ERRORS, FRACTION_CONCLUDED, RESULT_KEPT } from './arithmetic.ts';
import { readingOf } from './reading.fixture.ts';

test('the share of wrong equations is told, and nothing without any', () => {
  expect(EQUATION_ERRORS.read(readingOf('2 + 2 = 4 and 2 * 3 = 6'))).toBe(0);
  expect(EQUATION_ERRORS.read(readingOf('2 + 2 = 5 and 2 * 3 = 6'))).toBe(0.5);
  expect(EQUATION_ERRORS.read(readingOf('It is 4.'))).toBeUndefined();
});

test('an answer concludes with its last result or with something else', () => {
  expect(RESULT_KEPT.read(readingOf('2 + 2 = 4.\nAnswer: 4'))).toBe(1);
  expect(RESULT_KEPT.read(readingOf('1 / 3 = 0.333.\nAnswer: 0.333'))).toBe(1);
  expect(RESULT_KEPT.read(readingOf('2 + 2 = 4.\nAnswer: 5'))).toBe(0);
  expect(RESULT_KEPT.read(readingOf('Answer: 5'))).toBeUndefined();
});

test('a fraction is odd where everything was whole', () => {
  expect(FRACTION_CONCLUDED.read(readingOf('So 2.5 eggs.', 'Of 5 eggs, half?'))).toBe(1);
  expect(FRACTION_CONCLUDED.read(readingOf('So 3 eggs.', 'Of 5 eggs, half?'))).toBe(0);
  expect(FRACTION_CONCLUDED.read(readingOf('$2.50', 'At $1.25, two?'))).toBeUndefined();
  expect(FRACTION_CONCLUDED.read(readingOf('Few.', 'Of 5 eggs?'))).toBeUndefined();
});
