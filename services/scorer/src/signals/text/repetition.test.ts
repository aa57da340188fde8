import { expect, test } from 'vitest';
import { readingOf } from './reading.fixture.ts';
import { REPETITION } from './repetition.ts';

test('an answer that never says three words again repeats nothing', () => {
  expect(REPETITION.read(readingOf('The parcel left the depot and will arrive on Friday.'))).toBe(
    0,
  );
});

test('an answer that says everything twice repeats nearly half', () => {
  const text = 'The parcel left the depot on Monday. The parcel left the depot on Monday.';
  expect(REPETITION.read(readingOf(text))).toBeCloseTo(5 / 12);
});

test('a loop repeats nearly everything', () => {
  expect(REPETITION.read(readingOf('again and again '.repeat(100)))).toBeGreaterThan(0.95);
});

test('a short answer has nothing to say on that', () => {
  expect(REPETITION.read(readingOf('no no no no no'))).toBeUndefined();
});
