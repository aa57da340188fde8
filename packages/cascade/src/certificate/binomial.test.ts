import fc from 'fast-check';
import { expect, test } from 'vitest';
import { binomialCdf, leastRows } from './binomial.ts';

/** The sum of the terms, each from its neighbour; exact enough while nothing underflows. */
function summed(successes: number, trials: number, chance: number): number {
  let term = (1 - chance) ** trials;
  let sum = 0;
  for (let k = 0; k <= successes && k <= trials; k++) {
    sum += term;
    term *= ((trials - k) / (k + 1)) * (chance / (1 - chance));
  }
  return sum;
}

test('it is the sum of the terms up to there', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (trials, successes, chance) => {
        const expected = summed(successes, trials, chance);
        expect(Math.abs(binomialCdf(successes, trials, chance) - expected)).toBeLessThan(1e-12);
      },
    ),
  );
});

test.each([
  [0, 300, 0.01, 0.049040894071285854],
  [3, 1000, 0.01, 0.010072654772014291],
  [5, 1000, 0.01, 0.0661395116072514],
  [15, 1000, 0.01, 0.9521294142420529],
  [9800, 1_000_000, 0.01, 0.02221251036473548],
  [10_100, 1_000_000, 0.01, 0.8437605031450752],
  [0, 1_000_000, 0.00001, 4.5397659807612985e-5],
  [500_000, 1_000_000, 0.5, 0.5003989421806654],
  [99, 100, 0.9999, 0.009950661308628095],
  [3, 10, 0.9, 9.1216e-6],
])('P(Bin(n, p) <= %i) for n = %i and p = %f is what other libraries say', (k, n, p, expected) => {
  expect(Math.abs(binomialCdf(k, n, p) / expected - 1)).toBeLessThan(1e-10);
});

test('more successes are more likely not to be exceeded, and a higher chance less', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0.0001, max: 0.9999, noNaN: true }),
      (trials, share, chance) => {
        const k = Math.floor(share * trials);
        const p = binomialCdf(k, trials, chance);
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(binomialCdf(k + 1, trials, chance)).toBeGreaterThanOrEqual(p - 1e-12);
        expect(binomialCdf(k, trials, chance * 1.00005)).toBeLessThanOrEqual(p + 1e-12);
      },
    ),
  );
});

test('the ends are certain, and what is no count is no chance', () => {
  expect(binomialCdf(-1, 10, 0.3)).toBe(0);
  expect(binomialCdf(10, 10, 0.3)).toBe(1);
  expect(binomialCdf(0, 0, 0.3)).toBe(1);
  expect(binomialCdf(4, 10, 0)).toBe(1);
  expect(binomialCdf(4, 10, 1)).toBe(0);
  expect(binomialCdf(Number.NaN, 10, 0.3)).toBeNaN();
  expect(binomialCdf(1, 10, 1.3)).toBeNaN();
});

test.each([
  [0.01, 0.1, 230],
  [0.01, 0.05, 299],
  [0.02, 0.1, 114],
  [0.02, 0.05, 149],
  [0.03, 0.1, 76],
  [0.03, 0.05, 99],
  [0.05, 0.1, 45],
  [0.05, 0.05, 59],
])('alpha %f at level %f takes %d rows without a loss', (alpha, delta, rows) => {
  expect(leastRows(alpha, delta)).toBe(rows);
  expect(binomialCdf(0, rows, alpha)).toBeLessThanOrEqual(delta);
  expect(binomialCdf(0, rows - 1, alpha)).toBeGreaterThan(delta);
});
