import { expect, test } from 'vitest';
import { bootstrap } from './bootstrap.ts';
import { mean, seededRandom } from './seeded-random.fixture.ts';

const meanOf = (values: readonly number[]) => (indices: Int32Array) =>
  mean(Array.from(indices, (at) => values[at] ?? Number.NaN));

test('nine of ten intervals at 90 % hold the true mean', () => {
  let held = 0;
  const trials = 200;
  for (let trial = 0; trial < trials; trial++) {
    const random = seededRandom(trial);
    const values = Array.from({ length: 60 }, () => random());
    const { low, high } = bootstrap({
      rows: 60,
      statistic: meanOf(values),
      resamples: 200,
      level: 0.9,
      random,
    });
    if (low <= 0.5 && 0.5 <= high) held += 1;
  }
  expect(held / trials).toBeGreaterThan(0.83);
  expect(held / trials).toBeLessThan(0.97);
});

test('the same chance gives the same interval', () => {
  const values = [1, 2, 3, 4, 10];
  const once = () =>
    bootstrap({
      rows: 5,
      statistic: meanOf(values),
      resamples: 50,
      level: 0.95,
      random: seededRandom(7),
    });
  expect(once()).toEqual(once());
  expect(once().low).toBeLessThan(4);
  expect(once().high).toBeGreaterThan(4);
});

test('resamples that have no figure are left out, and none has no interval', () => {
  const of = (statistic: (indices: Int32Array) => number) =>
    bootstrap({ rows: 3, statistic, resamples: 40, level: 0.95, random: seededRandom(1) });
  expect(of((indices) => (indices[0] === 0 ? Number.NaN : 5))).toEqual({ low: 5, high: 5 });
  expect(of(() => Number.NaN)).toEqual({ low: Number.NaN, high: Number.NaN });
});
