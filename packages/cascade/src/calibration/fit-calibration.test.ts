import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ece } from '../measures/reliability.ts';
import { mean, normal, seededRandom } from '../measures/seeded-random.fixture.ts';
import { calibrated, UNCALIBRATED } from './calibration.ts';
import { fitCalibration } from './fit-calibration.ts';
import type { CalibrationPoint } from './labelled-rows.ts';
import { sigmoid } from './logit.ts';

interface Shape {
  readonly draw: (random: () => number) => number;
  readonly truth: (z: number) => number;
}

/** How a head's logits may lie, and what chance of being right truly belongs to each. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'a head that is right': { draw: (random) => 2 * normal(random) + 1, truth: sigmoid },
  'one that claims twice what it knows': {
    draw: (random) => 3 * normal(random) + 1.5,
    truth: (z) => sigmoid(0.5 * z - 0.3),
  },
  'one that is wrong in another way at each end': {
    draw: (random) => 2 * normal(random) + 2,
    truth: (z) => sigmoid((z > 0 ? 0.4 : 1.5) * z + 0.2),
  },
  'labels that nobody could know': {
    draw: (random) => 2 * normal(random),
    truth: (z) => 0.15 + 0.7 * sigmoid(3 * z),
  },
  'drafts that are nearly always right': {
    draw: (random) => 1.5 * normal(random) + 3.5,
    truth: sigmoid,
  },
};

function drawn({ draw, truth }: Shape, count: number, random: () => number): CalibrationPoint[] {
  return Array.from({ length: count }, () => {
    const z = draw(random);
    return { z, label: random() < truth(z) ? 1 : 0 };
  });
}

/** The calibration error against the known truth, so that it is the map's alone. */
function errorOf(shape: Shape, labels: number, seed: number): number {
  const random = seededRandom(seed);
  const map = fitCalibration(drawn(shape, labels, random));
  const fresh = Array.from({ length: 1500 }, () => shape.draw(random));
  return ece(
    fresh.map((z) => calibrated(map, z)),
    fresh.map(shape.truth),
  );
}

describe.each(Object.entries(SHAPES))('%s', (_name, shape) => {
  test.each([
    [300, 0.06],
    [2000, 0.03],
  ])('%i labels calibrate it to %f', (labels, limit) => {
    const errors = Array.from({ length: 12 }, (_, seed) => errorOf(shape, labels, seed));
    expect(mean(errors)).toBeLessThanOrEqual(limit);
  });
});

const point = fc.record({
  z: fc.double({ min: -60, max: 60 }),
  label: fc.constantFrom(0, 1, 0.3, Number.NaN, 2),
  weight: fc.option(fc.double({ min: -1, max: 20 }), { nil: undefined }),
});
const points = fc.oneof(
  fc.array(point, { maxLength: 30 }),
  fc.array(point, { minLength: 90, maxLength: 500 }),
);

test('whatever the labels, the chances keep the order of the logits', () => {
  fc.assert(
    fc.property(points, fc.array(fc.double({ noNaN: true })), (rows, logits) => {
      const map = fitCalibration(rows);
      const chances = logits.sort((a, b) => a - b).map((z) => calibrated(map, z));
      for (const [at, p] of chances.entries()) {
        expect(p).toBeGreaterThanOrEqual((chances[at - 1] ?? 0) - 1e-12);
        expect(p).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('the amount of labels decides what is fitted', () => {
  const random = seededRandom(1);
  const shape = { draw: normal, truth: sigmoid };
  const kinds = [0, 49, 50, 99, 100, 1000, 1001].map(
    (count) => fitCalibration(drawn(shape, count, random)).kind,
  );
  const expected = ['shrink', 'shrink', 'platt', 'platt', 'blend', 'blend', 'isotonic'];
  expect(kinds).toEqual(expected);
});

test('a thousand rows of which one has nearly all the weight are as good as one', () => {
  const rows = drawn({ draw: normal, truth: sigmoid }, 1000, seededRandom(2));
  const heavy = rows.map((row, at) => ({ ...row, weight: at === 0 ? 1e6 : 1 }));
  expect(fitCalibration(heavy).kind).toBe('shrink');
});

test('the unit of the weights does not matter, nor does the order of the rows', () => {
  for (const count of [30, 70, 400, 1200]) {
    const random = seededRandom(count);
    const rows = drawn({ draw: normal, truth: sigmoid }, count, random).map((row) => ({
      ...row,
      z: Math.round(row.z * 10) / 10,
      weight: 1 + random(),
    }));
    const map = fitCalibration(rows);
    const other = fitCalibration(
      rows.toReversed().map((row) => ({ ...row, weight: row.weight * 7 })),
    );
    for (const z of [-2, -0.33, 0, 1.21, 4]) {
      expect(calibrated(other, z)).toBeCloseTo(calibrated(map, z), 6);
    }
  }
});

test('labels that all agree never make a certainty', () => {
  for (const count of [3, 40, 60, 300, 1500]) {
    for (const label of [0, 1]) {
      const random = seededRandom(count);
      const map = fitCalibration(
        Array.from({ length: count }, () => ({ z: normal(random), label })),
      );
      const p = calibrated(map, 0);
      expect(Math.abs(p - label)).toBeGreaterThan(0.2 / count);
      expect(Math.abs(p - label)).toBeLessThan(0.5);
    }
  }
});

test('logits are told apart also where all drafts were right', () => {
  const random = seededRandom(3);
  const rows = Array.from({ length: 1500 }, () => {
    const z = normal(random);
    return { z, label: z > 0 || random() < 0.5 ? 1 : 0 };
  });
  const map = fitCalibration(rows);
  expect(map.kind).toBe('isotonic');
  const chances = [0.2, 0.5, 1, 1.5, 2, 2.5].map((z) => calibrated(map, z));
  for (const [at, p] of chances.entries()) expect(p).toBeGreaterThan(chances[at - 1] ?? 0);
});

describe('with few labels', () => {
  const parent = { kind: 'platt', slope: 0.5, intercept: 0.2 } as const;

  test('without one, the map is its parent', () => {
    const map = fitCalibration([], parent);
    for (const z of [-3, 0, 2]) expect(calibrated(map, z)).toBeCloseTo(calibrated(parent, z), 12);
    expect(calibrated(fitCalibration([]), 1)).toBeCloseTo(calibrated(UNCALIBRATED, 1), 12);
  });

  test('more labels move it further, and to the side they ask for', () => {
    const worse = (count: number) =>
      fitCalibration(
        Array.from({ length: count }, (_, at) => ({ z: 1, label: at % 3 === 0 ? 1 : 0 })),
        parent,
      );
    const chances = [0, 9, 21, 45].map((count) => calibrated(worse(count), 1));
    expect(chances[0]).toBeCloseTo(sigmoid(0.7), 12);
    for (const [at, p] of chances.entries()) expect(p).toBeLessThan(chances[at - 1] ?? 1);
    expect(chances.at(-1)).toBeGreaterThan(1 / 3);
  });

  test('fitting to a fitted one again and again does not nest', () => {
    let map = fitCalibration([{ z: 0, label: 1 }], parent);
    const size = JSON.stringify(map).length;
    for (let again = 0; again < 50; again++) map = fitCalibration([{ z: 0, label: 1 }], map);
    expect(JSON.stringify(map).length).toBeLessThan(size + 20);
  });
});

/** Recorded drafts with log-probabilities and known truth; not part of the repository. */
const LOG = fileURLToPath(
  new URL('../../../../../shared/data/cascade/tiny_dev.jsonl', import.meta.url),
);

interface Recorded {
  readonly weak_correct: number;
  readonly weak_tokens: readonly { readonly t: string; readonly l: number }[];
}

test.skipIf(!existsSync(LOG)).each([
  [300, 0.06],
  [2000, 0.03],
])(
  '%i recorded drafts calibrate their mean log-probability to %f on the others',
  (labels, limit) => {
    const rows = readFileSync(LOG, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line): CalibrationPoint => {
        const { weak_correct: label, weak_tokens: tokens } = JSON.parse(line) as Recorded;
        const logprob = mean(tokens.filter(({ t }) => t !== '').map(({ l }) => l));
        return { z: -Math.log(-logprob + 1e-7), label };
      })
      .filter(({ z }) => !Number.isNaN(z));
    const errors = Array.from({ length: 10 }, (_, seed) => {
      const random = seededRandom(seed);
      const shuffled = rows.map((row) => ({ row, at: random() })).sort((a, b) => a.at - b.at);
      const map = fitCalibration(shuffled.slice(0, labels).map(({ row }) => row));
      const held = shuffled.slice(labels).map(({ row }) => row);
      return ece(
        held.map(({ z }) => calibrated(map, z)),
        held.map(({ label }) => label),
      );
    });
    expect(mean(errors)).toBeLessThanOrEqual(limit);
  },
);
