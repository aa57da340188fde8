import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calibrated } from './calibration.ts';
import { fitIsotonic } from './isotonic.ts';

const row = fc.record({
  z: fc.integer({ min: -5, max: 5 }),
  label: fc.constantFrom(0, 1, 0.5),
  weight: fc.constantFrom(0.5, 1, 3),
});

/** What isotonic regression is: at each z the highest mean over what begins at or below it, over what ends at or above. */
function maxMin(rows: readonly { z: number; label: number; weight: number }[], at: number): number {
  const places = [...new Set(rows.map(({ z }) => z))].sort((a, b) => a - b);
  const meanBetween = (from: number, to: number) => {
    const within = rows.filter(({ z }) => z >= from && z <= to);
    const weight = within.reduce((sum, each) => sum + each.weight, 0);
    return within.reduce((sum, each) => sum + each.weight * each.label, 0) / weight;
  };
  return Math.max(
    ...places
      .filter((from) => from <= at)
      .map((from) =>
        Math.min(...places.filter((to) => to >= at).map((to) => meanBetween(from, to))),
      ),
  );
}

test('the line goes through the steps of isotonic regression at the middle of each', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 25 }), (rows) => {
      const lowest = Math.min(...rows.map(({ z }) => z));
      const highest = Math.max(...rows.map(({ z }) => z));
      // With the made-up half rows at both ends.
      const all = [
        ...rows,
        { z: lowest, label: 0.5, weight: 1 },
        { z: highest, label: 0.5, weight: 1 },
      ];
      const steps = new Map<number, { weight: number; z: number }>();
      for (const { z, weight } of all) {
        const value = Math.round(maxMin(all, z) * 1e9) / 1e9;
        const step = steps.get(value) ?? { weight: 0, z: 0 };
        steps.set(value, { weight: step.weight + weight, z: step.z + weight * z });
      }
      const line = fitIsotonic(rows);
      for (const [value, { weight, z }] of steps) {
        const middle = z / weight;
        expect(calibrated(line, middle)).toBeCloseTo(value, 6);
      }
    }),
  );
});

test('rows of one logit share a chance, in whatever order they come', () => {
  const rows = [
    { z: 0.9, label: 1, weight: 1 },
    { z: 1, label: 0, weight: 1 },
    { z: 1, label: 1, weight: 1 },
    { z: 2, label: 1, weight: 1 },
  ];
  expect(fitIsotonic(rows)).toEqual(fitIsotonic(rows.toReversed()));
});

test('no finite number of labels is a certainty', () => {
  const rows = Array.from({ length: 2000 }, (_, at) => ({
    z: at,
    label: at < 1000 ? 0 : 1,
    weight: 1,
  }));
  const { p } = fitIsotonic(rows);
  expect(p.at(0)).toBeGreaterThan(0);
  expect(p.at(0)).toBeLessThan(1 / 1000);
  expect(p.at(-1)).toBeLessThan(1);
  expect(p.at(-1)).toBeGreaterThan(1 - 1 / 1000);
});

test('no rows give no opinion', () => {
  expect(calibrated(fitIsotonic([]), 3)).toBe(0.5);
});
