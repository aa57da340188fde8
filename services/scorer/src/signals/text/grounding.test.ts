import { expect, test } from 'vitest';
import { GROUNDING } from './grounding.ts';
import { readingOf } from './reading.fixture.ts';

const PASSAGE = 'Parcels travel by barge along the canal and rest at the lock overnight. '.repeat(
  10,
);

test('an answer out of the passages is grounded, wherever they stand', () => {
  const answer = 'The parcels rest overnight at the lock.';
  expect(GROUNDING.read(readingOf(answer, 'Where?', PASSAGE))).toBe(1);
  expect(GROUNDING.read(readingOf(answer, `${PASSAGE} Where?`))).toBe(1);
});

test('an answer of its own invention is not', () => {
  const answer = 'Parcels fly overnight through clouds.';
  expect(GROUNDING.read(readingOf(answer, 'How?', PASSAGE))).toBeCloseTo(2 / 4);
});

test('a request without passages, or an answer without content, tells nothing', () => {
  expect(GROUNDING.read(readingOf('Parcels rest.', 'Where do parcels rest?'))).toBeUndefined();
  expect(GROUNDING.read(readingOf('It is 7.', 'When?', PASSAGE))).toBeUndefined();
});
