import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Calibration,
  calibrated,
  type IsotonicCalibration,
  UNCALIBRATED,
} from './calibration.ts';

const slope = fc.double({ min: 0, max: 20, noNaN: true });
const shift = fc.double({ min: -20, max: 20, noNaN: true });
const ascending = (min: number, max: number) =>
  fc
    .uniqueArray(fc.double({ min, max, noNaN: true }), { minLength: 1, maxLength: 8 })
    .map((values) => values.sort((a, b) => a - b));

const isotonic: fc.Arbitrary<IsotonicCalibration> = fc
  .tuple(ascending(-30, 30), ascending(0, 1))
  .map(([z, p]) => {
    const points = Math.min(z.length, p.length);
    return { kind: 'isotonic', z: z.slice(0, points), p: p.slice(0, points) };
  });
const smooth: fc.Arbitrary<Calibration> = fc.oneof(
  fc.record({ kind: fc.constant('platt' as const), slope, intercept: shift }),
  fc.record({ kind: fc.constant('beta' as const), a: slope, b: slope, c: shift }),
);
const own = fc.oneof(
  smooth,
  isotonic,
  fc.record({ kind: fc.constant('blend' as const), smooth, free: isotonic }),
);
const calibration: fc.Arbitrary<Calibration> = fc.oneof(
  own,
  fc.record({ kind: fc.constant('shrink' as const), parent: own, shift }),
);
const anyLogit = fc.oneof(
  fc.double({ min: -50, max: 50, noNaN: true }),
  fc.double({ noNaN: true }),
);

/** The last bit of a double. */
const ROUNDING = 1e-12;

test('a better logit never has a lower chance, and every chance is one', () => {
  fc.assert(
    fc.property(calibration, anyLogit, anyLogit, (map, first, second) => {
      const low = calibrated(map, Math.min(first, second));
      const high = calibrated(map, Math.max(first, second));
      expect(high).toBeGreaterThanOrEqual(low - ROUNDING);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
    }),
    { numRuns: 1000 },
  );
});

test('what is no number has no chance', () => {
  fc.assert(
    fc.property(calibration, (map) => {
      expect(calibrated(map, Number.NaN)).toBeNaN();
    }),
  );
});

test('a calibration survives being stored', () => {
  fc.assert(
    fc.property(calibration, anyLogit, (map, z) => {
      const stored = JSON.parse(JSON.stringify(map)) as Calibration;
      expect(calibrated(stored, z)).toBe(calibrated(map, z));
    }),
  );
});

test('each kind is its formula', () => {
  const q = 1 / (1 + Math.exp(-0.7));
  const logOdds = (p: number) => Math.log(p / (1 - p));
  expect(calibrated(UNCALIBRATED, 0.7)).toBeCloseTo(q, 12);
  const beta = { kind: 'beta', a: 0.5, b: 2, c: -0.3 } as const;
  expect(logOdds(calibrated(beta, 0.7))).toBeCloseTo(
    0.5 * Math.log(q) - 2 * Math.log(1 - q) - 0.3,
    10,
  );
  const free = { kind: 'isotonic', z: [0, 1], p: [0.2, 0.6] } as const;
  expect([-5, 0, 0.5, 1, 5].map((z) => calibrated(free, z))).toEqual([0.2, 0.2, 0.4, 0.6, 0.6]);
  expect(calibrated({ kind: 'blend', smooth: UNCALIBRATED, free }, 0.5)).toBeCloseTo(
    (0.4 + 1 / (1 + Math.exp(-0.5))) / 2,
    12,
  );
  const moved = { kind: 'shrink', parent: free, shift: 1.5 } as const;
  expect(logOdds(calibrated(moved, 0.5))).toBeCloseTo(logOdds(0.4) + 1.5, 10);
});
