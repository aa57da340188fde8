import { binomialCdf, leastRows } from '@weir/cascade';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../evaluation/seeded-random.ts';
import { type CalibrationCall, calibrate, rowsFor } from './calibration.ts';
import { learningRows } from './learned.fixture.ts';

describe('the rows that a promise takes', () => {
  test('are the fewest that show it, whatever was lost', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.double({ min: 0.002, max: 0.3, noNaN: true }),
        fc.double({ min: 0.01, max: 0.4, noNaN: true }),
        (lost, alpha, delta) => {
          const rows = rowsFor(lost, alpha, delta);
          expect(binomialCdf(lost, rows, alpha)).toBeLessThanOrEqual(delta);
          expect(binomialCdf(lost, rows - 1, alpha)).toBeGreaterThan(delta);
        },
      ),
    );
  });

  test('without a loss are those that everybody quotes', () => {
    expect(rowsFor(0, 0.01, 0.1)).toBe(leastRows(0.01, 0.1));
    expect(rowsFor(0, 0.01, 0.1)).toBe(230);
  });
});

describe('a calibration', () => {
  const call: CalibrationCall = {
    route: 'support',
    endpoint: 'endpoint-1',
    rows: learningRows(1500),
    isTimed: true,
    target: { kind: 'quality', alpha: 0.05, delta: 0.1 },
    draftCostShare: 0.06,
    greyShare: 0,
    inForce: undefined,
    safeMode: undefined,
    alarmMs: 0,
    nowMs: Date.UTC(2026, 10, 20),
  };

  test('keeps its promise on requests that came later', () => {
    const { file, point } = calibrate(call);
    expect(file.certificate).toMatchObject({ alpha: 0.05, rows: 600 });
    expect(point?.loss).toBeLessThan(0.05);
    expect(point?.escalationShare).toBeLessThan(0.6);
    expect(point?.cost).toBeCloseTo(0.06 + (point?.escalationShare ?? 0), 9);
  });

  test('of drafts that are right by chance alone certifies nothing, and says what was lost', () => {
    const random = seededRandom(9);
    const rows = learningRows(1500).map((row) => ({ ...row, draftRight: random() < 0.5 ? 1 : 0 }));
    const { file, lacking } = calibrate({
      ...call,
      rows,
      target: { kind: 'quality', alpha: 0.005, delta: 0.1 },
    });
    expect(file.certificate).toBeNull();
    expect(file.shadowPrice).toBeNull();
    expect(lacking?.why).toMatch(
      /at most 0\.5 % worse off, 90 % sure, was not shown on 600 rows: .*, \d+ (was|were) wrong/,
    );
    expect(lacking?.moreLabels).toBeGreaterThan(0);
  });

  test('leans on the strong labels: a hundred opinions are no model', () => {
    const rows = learningRows(400).map((row) => ({ ...row, weight: 0.3, sampled: false }));
    expect(() => calibrate({ ...call, rows })).toThrow(/too few.*a model takes 100 at the least/);
  });
});
