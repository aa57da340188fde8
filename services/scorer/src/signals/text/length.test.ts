import { expect, test } from 'vitest';
import { ANSWER_LENGTH, LENGTH_RATIO } from './length.ts';
import { readingOf } from './reading.fixture.ts';

test('length is the logarithm of the words plus one', () => {
  expect(ANSWER_LENGTH.read(readingOf(''))).toBe(0);
  expect(ANSWER_LENGTH.read(readingOf('one two three'))).toBeCloseTo(Math.log(4));
});

test('the ratio is negative for the shorter answer, and zero for one as long as the question', () => {
  expect(LENGTH_RATIO.read(readingOf('Yes.', 'Is it open on Sunday?'))).toBeCloseTo(
    Math.log(2 / 6),
  );
  expect(LENGTH_RATIO.read(readingOf('It is open on Sunday.', 'Is it open on Sunday?'))).toBe(0);
  expect(LENGTH_RATIO.read(readingOf('', ''))).toBe(0);
});
