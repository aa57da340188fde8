import { expect, test } from 'vitest';
import { ECHO } from './echo.ts';
import { readingOf } from './reading.fixture.ts';

test('the share of the question in the answer is told', () => {
  const question = 'What is the capital of Peru?';
  expect(ECHO.read(readingOf('The capital of Peru is Lima', question))).toBeCloseTo(5 / 6);
  expect(ECHO.read(readingOf('Lima', question))).toBe(0);
  expect(ECHO.read(readingOf('', question))).toBeUndefined();
});
