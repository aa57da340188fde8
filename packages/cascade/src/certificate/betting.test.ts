import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../measures/seeded-random.fixture.ts';
import { bettingPValue } from './betting.ts';
import { binomialCdf } from './binomial.ts';

/** How often p <= level over fresh samples, and how often it may be by chance once in ten thousand. */
function rejections(draw: (random: () => number) => number, options: Rejections) {
  const { alpha, rows, level, largestLoss } = options;
  const trials = 400;
  let rejected = 0;
  for (let trial = 0; trial < trials; trial++) {
    const random = seededRandom(trial + 1);
    const losses = Array.from({ length: rows }, () => draw(random));
    if (bettingPValue({ losses, alpha, largestLoss }) <= level) rejected += 1;
  }
  let limit = trials * level;
  while (1 - binomialCdf(limit, trials, level) > 1e-4) limit += 1;
  return { rejected, limit };
}

interface Rejections {
  readonly alpha: number;
  readonly rows: number;
  readonly level: number;
  readonly largestLoss?: number;
}

const AT_THE_EDGE: readonly [string, (random: () => number) => number, Rejections][] = [
  ['losses of 0 or 1', (r) => (r() < 0.05 ? 1 : 0), { alpha: 0.05, rows: 300, level: 0.1 }],
  ['small losses', (r) => 0.1 * r(), { alpha: 0.05, rows: 300, level: 0.1 }],
  ['losses that never vary', () => 0.05, { alpha: 0.05, rows: 300, level: 0.1 }],
  [
    'rare great ones',
    (r) => (r() < 0.02 ? 0.5 + 0.5 * r() : 0.0051),
    { alpha: 0.02, rows: 500, level: 0.1 },
  ],
  [
    'losses weighted by 1 / propensity',
    (r) => (r() < 0.25 && r() < 0.05 ? 4 : 0),
    { alpha: 0.05, rows: 800, level: 0.1, largestLoss: 4 },
  ],
];

test.each(AT_THE_EDGE)(
  '%s whose mean is just too high are seldom certified',
  (_, draw, options) => {
    const { rejected, limit } = rejections(draw, options);
    expect(rejected).toBeLessThanOrEqual(limit);
  },
);

test('losses far below alpha are certified, and graded ones with fewer rows than if each were whole', () => {
  const random = seededRandom(9);
  const losses = Array.from({ length: 150 }, () => 0.02 * random());
  expect(bettingPValue({ losses, alpha: 0.05 })).toBeLessThan(0.1);
  const weighted = Array.from({ length: 2000 }, () =>
    random() < 0.25 && random() < 0.005 ? 4 : 0,
  );
  expect(bettingPValue({ losses: weighted, alpha: 0.03, largestLoss: 4 })).toBeLessThan(0.1);
});

const losses = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 60 });
const alpha = fc.double({ min: 0.005, max: 0.5, noNaN: true });

test('neither the order of the rows nor how zeros are told matters', () => {
  fc.assert(
    fc.property(losses, fc.nat(300), alpha, (some, zeros, risk) => {
      const p = bettingPValue({ losses: some, zeros, alpha: risk });
      const told = [...some, ...new Array<number>(zeros).fill(0)].reverse();
      expect(bettingPValue({ losses: told, alpha: risk })).toBeCloseTo(p, 9);
      expect(p).toBeGreaterThanOrEqual(0);
      expect(p).toBeLessThanOrEqual(1);
    }),
  );
});

test('a greater loss never makes it surer', () => {
  fc.assert(
    fc.property(losses, fc.double({ min: 0, max: 1, noNaN: true }), alpha, (some, share, risk) => {
      const greater = some.map((loss) => loss + share * (1 - loss));
      const p = bettingPValue({ losses: some, alpha: risk });
      expect(bettingPValue({ losses: greater, alpha: risk })).toBeGreaterThanOrEqual(p - 1e-12);
    }),
  );
});

test('a loss that is none, or beyond the greatest, certifies nothing', () => {
  const good = new Array<number>(1000).fill(0);
  expect(bettingPValue({ losses: good, alpha: 0.05 })).toBeLessThan(0.01);
  for (const bad of [Number.NaN, -0.1, 1.1]) {
    expect(bettingPValue({ losses: [...good, bad], alpha: 0.05 })).toBe(1);
  }
  expect(bettingPValue({ losses: good, alpha: Number.NaN })).toBe(1);
});
