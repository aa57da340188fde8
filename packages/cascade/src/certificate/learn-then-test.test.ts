import { describe, expect, test } from 'vitest';
import { mean, seededRandom } from '../measures/seeded-random.fixture.ts';
import { binomialCdf } from './binomial.ts';
import { type LearnThenTest, learnThenTest } from './learn-then-test.ts';

/**
 * A world in which the risk of every threshold is known. The score is even in [0, 1]; a draft with score u is a loss with
 * chance .48 (1 - u)^3, so accepting from t on costs the integral of that over [t, 1].
 */
const lossChance = (score: number) => 0.48 * (1 - score) ** 3;
const riskOf = (threshold: number) => 0.12 * (1 - threshold) ** 4;
const thresholdOf = (risk: number) => 1 - (risk / 0.12) ** 0.25;

interface Draft {
  readonly score: number;
  readonly loss: number;
  readonly looked: boolean;
}

const LEAST_PROPENSITY = 0.25;

function drafts(count: number, seed: number): Draft[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const score = random();
    const loss = random() < lossChance(score) ? 1 : 0;
    return { score, loss, looked: random() < LEAST_PROPENSITY };
  });
}

const binary = (draft: Draft, threshold: number) => (draft.score >= threshold ? draft.loss : 0);
const weighted = (draft: Draft, threshold: number) =>
  draft.score >= threshold && draft.looked ? draft.loss / LEAST_PROPENSITY : 0;

const DELTA = 0.1;
const SPLITS = 200;
const ROWS = 1200;
const FINE_GRID = Array.from({ length: 40 }, (_, at) => 1 - (at + 1) / 40);

/** What a split must not exceed more often than this: delta, and what chance adds once in a thousand such tests. */
function mostExceeded(): number {
  let most = SPLITS * DELTA;
  while (1 - binomialCdf(most, SPLITS, DELTA) > 1e-3) most += 1;
  return most;
}

function walked(test: Omit<LearnThenTest<Draft, number>, 'rows' | 'delta'>): number[] {
  return Array.from({ length: SPLITS }, (_, seed) => {
    const rows = drafts(ROWS, seed + 1);
    const { passed } = learnThenTest({ ...test, rows, delta: DELTA });
    return passed === null ? 1 : (test.grid[passed] ?? Number.NaN);
  });
}

describe.each([0.01, 0.02, 0.03, 0.05])('for alpha = %f', (alpha) => {
  test('the certified risk is exceeded in no more splits than promised, and most of what may be accepted is', () => {
    const thresholds = walked({ grid: FINE_GRID, loss: binary, alpha });
    const exceeded = thresholds.filter((threshold) => riskOf(threshold) > alpha).length;
    expect(exceeded).toBeLessThanOrEqual(mostExceeded());
    expect(mean(thresholds.map((t) => 1 - t))).toBeGreaterThan(0.75 * (1 - thresholdOf(alpha)));
  });

  test('also when every point of the grid is a trap, one of which is then certified now and then', () => {
    const traps = [1.0001, 1.02, 1.1, 1.3].map((times) => thresholdOf(alpha * times));
    const certified = walked({ grid: traps, loss: binary, alpha }).filter((t) => t < 1).length;
    expect(certified).toBeLessThanOrEqual(mostExceeded());
    expect(certified).toBeGreaterThan(0);
  });

  test('also with losses that are weighted by the chance of having been looked at', () => {
    const grid = FINE_GRID.filter((_, at) => at % 4 === 3);
    const largestLoss = 1 / LEAST_PROPENSITY;
    const thresholds = walked({ grid, loss: weighted, alpha, largestLoss });
    const exceeded = thresholds.filter((threshold) => riskOf(threshold) > alpha).length;
    expect(exceeded).toBeLessThanOrEqual(mostExceeded());
    // 1,200 rows of which a quarter was looked at are as many as 300: too few for 1 %.
    if (alpha >= 0.02) expect(thresholds.some((threshold) => threshold < 1)).toBe(true);
  });
});

const point = (rows: readonly number[], largestLoss?: number) =>
  learnThenTest({
    rows,
    grid: [1, 0.5, 0],
    loss: (row, threshold) => (threshold <= 0.5 ? row : 0),
    alpha: 0.01,
    delta: 0.1,
    largestLoss,
  });

test('the walk stops before the first point that fails, even if a laxer one would pass', () => {
  const { passed, pValues } = learnThenTest({
    rows: new Array(300).fill(0),
    grid: [0, 1, 0],
    loss: (_row, loss: number) => loss,
    alpha: 0.01,
    delta: 0.1,
  });
  expect(passed).toBe(0);
  expect(pValues).toHaveLength(2);
  expect(pValues[0]).toBeCloseTo(0.99 ** 300, 12);
  expect(pValues[1]).toBe(1);
});

test('too few rows certify nothing, however good', () => {
  expect(point(new Array(229).fill(0))).toMatchObject({ passed: null });
  expect(point(new Array(230).fill(0))).toMatchObject({ passed: 2 });
  expect(point([])).toEqual({ passed: null, pValues: [1] });
});

test('a graded loss counts whole where none was announced', () => {
  const rows = [...new Array(990).fill(0), ...new Array(10).fill(0.1)];
  expect(point(rows).pValues[1]).toBeCloseTo(binomialCdf(10, 1000, 0.01), 12);
  expect(point(rows)).toMatchObject({ passed: 0 });
  expect(point(rows, 1)).toMatchObject({ passed: 2 });
});

test('a loss that is no number is a loss', () => {
  const rows = [...new Array(600).fill(0), Number.NaN];
  expect(point(rows).pValues[1]).toBeCloseTo(binomialCdf(1, 601, 0.01), 12);
  expect(point(rows, 1)).toMatchObject({ passed: 0 });
  expect(point(rows, 1).pValues[1]).toBe(1);
});
