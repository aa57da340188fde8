import { auroc } from '@weir/cascade';
import { expect, test } from 'vitest';
import { aurocInterval } from './auroc-interval.ts';
import { seededRandom } from './seeded-random.ts';

/** Rows whose scores are the higher, the more often the label is 1; some are tied. */
function rows(count: number, seed: number) {
  const random = seededRandom(seed);
  const scores = Array.from({ length: count }, () => Math.round(random() * 20) / 20);
  const labels = scores.map((score) => (random() < score ? 1 : 0));
  return { scores, labels };
}

test('it is around the figure itself, and narrower with more rows', () => {
  const few = rows(200, 1);
  const many = rows(5000, 2);
  const wide = aurocInterval(few.scores, few.labels, seededRandom(3));
  const narrow = aurocInterval(many.scores, many.labels, seededRandom(3));
  const figure = auroc(many.scores, many.labels);
  expect(narrow.low).toBeLessThan(figure);
  expect(narrow.high).toBeGreaterThan(figure);
  expect(narrow.high - narrow.low).toBeLessThan((wide.high - wide.low) / 3);
});

test('it holds the true figure about as often as it says', () => {
  const whole = rows(100_000, 4);
  const truth = auroc(whole.scores, whole.labels);
  let held = 0;
  for (let trial = 0; trial < 100; trial++) {
    const { scores, labels } = rows(150, 100 + trial);
    const { low, high } = aurocInterval(scores, labels, seededRandom(trial));
    if (low <= truth && truth <= high) held++;
  }
  expect(held).toBeGreaterThan(85);
});

test('labels of one kind have none', () => {
  const found = aurocInterval([1, 2, 3], [1, 1, 1], seededRandom(1));
  expect(found).toEqual({ low: Number.NaN, high: Number.NaN });
});
