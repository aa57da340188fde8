import { expect, test } from 'vitest';
import { readingOf } from './reading.fixture.ts';
import { UNSUPPORTED_NUMBERS, UNUSED_NUMBERS } from './supported-numbers.ts';

test.each([
  ['It costs $1,250 and ships in 14 days.', 'Price 1250, two weeks (14 days)?', 0],
  ['It costs $1,300 and ships in 14 days.', 'Price 1250, two weeks (14 days)?', 0.5],
  ['Three: 3', 'Are there three?', 0],
  ['16 - 3 = 13, so 13.', 'Sixteen (16) eggs, three eaten?', 0],
  ['16 - 4 = 12, so 12.', 'Sixteen (16) eggs, three eaten?', 1 / 3],
])('of the numbers in %j after %j, the share %f is from nowhere', (answer, question, value) => {
  expect(UNSUPPORTED_NUMBERS.read(readingOf(answer, question))).toBeCloseTo(value);
});

test('a number that the context has is supported', () => {
  expect(UNSUPPORTED_NUMBERS.read(readingOf('Call 555.', 'Which number?', 'Call 555.'))).toBe(0);
});

test('an answer without numbers has none that are unsupported', () => {
  expect(UNSUPPORTED_NUMBERS.read(readingOf('Soon.', 'In 3 days?'))).toBeUndefined();
});

test('what the question gives and the answer leaves out is counted', () => {
  const question = 'Eight boxes at $5 each, 20% off?';
  expect(UNUSED_NUMBERS.read(readingOf('8 * $5 = $40', question))).toBeCloseTo(1 / 3);
  expect(UNUSED_NUMBERS.read(readingOf('Cheap.', question))).toBe(1);
  expect(UNUSED_NUMBERS.read(readingOf('8', 'How many?'))).toBeUndefined();
});
