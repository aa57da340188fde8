import fc from 'fast-check';
import { expect, test } from 'vitest';
import { brier, ece, reliability, wilsonInterval } from './reliability.ts';
import { seededRandom } from './seeded-random.fixture.ts';

const rows = fc.array(
  fc.record({
    p: fc.oneof(fc.constantFrom(0.1, 0.5, 0.9), fc.double({ min: 0, max: 1, noNaN: true })),
    label: fc.constantFrom(0, 1),
  }),
  { minLength: 1, maxLength: 200 },
);

const columns = (all: readonly { p: number; label: number }[]) =>
  [all.map(({ p }) => p), all.map(({ label }) => label)] as const;

test('the order of the rows changes nothing', () => {
  fc.assert(
    fc.property(rows, fc.integer(), (all, seed) => {
      const random = seededRandom(seed);
      const shuffled = all.toSorted(() => random() - 0.5);
      expect(ece(...columns(shuffled))).toBeCloseTo(ece(...columns(all)), 12);
    }),
  );
});

test('the bins hold every row, and predict and observe what all rows do', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 20 }), (all, bins) => {
      const found = reliability(...columns(all), { bins });
      expect(found.length).toBeLessThanOrEqual(bins);
      const total = (of: 'meanPredicted' | 'meanObserved') =>
        found.reduce((sum, bin) => sum + bin.count * bin[of], 0);
      expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
      expect(total('meanPredicted')).toBeCloseTo(
        all.reduce((sum, { p }) => sum + p, 0),
        9,
      );
      expect(total('meanObserved')).toBeCloseTo(
        all.reduce((sum, { label }) => sum + label, 0),
        9,
      );
      for (const { meanObserved, low, high } of found) {
        expect(low).toBeLessThanOrEqual(meanObserved + 1e-12);
        expect(high).toBeGreaterThanOrEqual(meanObserved - 1e-12);
      }
    }),
  );
});

test('bins are of equal mass where no probabilities are equal', () => {
  const p = Array.from({ length: 150 }, (_, at) => (at / 150) ** 3);
  expect(reliability(p, p).map(({ count }) => count)).toEqual(new Array(15).fill(10));
});

test('the calibration error is how far predictions are off', () => {
  const half = Array.from({ length: 1000 }, (_, at) => at % 2);
  expect(
    ece(
      half.map(() => 0.5),
      half,
    ),
  ).toBe(0);
  expect(
    ece(
      half.map(() => 0.8),
      half,
    ),
  ).toBeCloseTo(0.3, 12);
  expect(ece(half, half)).toBe(0);
  expect(ece([0.2, 0.2, 0.9, 0.9], [0, 1, 1, 1], { bins: 2 })).toBeCloseTo(0.3 / 2 + 0.1 / 2, 12);
});

test("Brier's score is the mean squared error", () => {
  expect(brier([0.9, 0.2, 1], [1, 0, 0.5])).toBeCloseTo((0.01 + 0.04 + 0.25) / 3, 12);
});

test("Wilson's interval is the published one, and never leaves [0, 1]", () => {
  const none = wilsonInterval(0, 10);
  expect(none.low).toBe(0);
  expect(none.high).toBeCloseTo(0.2775, 4);
  const half = wilsonInterval(0.5, 10);
  expect(half.low).toBeCloseTo(0.2366, 4);
  expect(half.high).toBeCloseTo(0.7634, 4);
});
