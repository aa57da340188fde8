import { expect, test } from 'vitest';
import { sigmoid } from '../calibration/index.ts';
import { normal, seededRandom } from '../measures/seeded-random.fixture.ts';
import { FeatureMatrix } from './feature-matrix.ts';
import { fitLogistic, type LogisticProblem } from './logistic.ts';

const BUCKETS = 50;

/** Rows of two dense features and a few of fifty word groups, of which 7 alone means something. */
function problem(count: number, more: Partial<LogisticProblem> = {}): LogisticProblem {
  const random = seededRandom(1);
  const dense: Float64Array[] = [];
  const ngrams: number[][] = [];
  const targets = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    const [x, z] = [normal(random), normal(random)];
    const words = random() < 0.5 ? [7, 20 + Math.floor(random() * 5)] : [20];
    dense.push(Float64Array.of(x, z));
    ngrams.push(words);
    const eta = 0.5 + 2 * x - z + (words.includes(7) ? 1.5 : 0);
    targets[row] = random() < sigmoid(eta) ? 1 : 0;
  }
  return {
    features: new FeatureMatrix(dense, ngrams, 2, BUCKETS),
    rows: Array.from({ length: count }, (_, row) => row),
    targets,
    weights: new Float64Array(count).fill(1),
    denseRidge: 0.1,
    ngramRidge: 0.1,
    ...more,
  };
}

/** The gradient of the penalised likelihood over all word groups, written out. */
function gradientAt(weights: Float64Array, given: LogisticProblem): Float64Array {
  const gradient = new Float64Array(weights.length);
  for (let at = 1; at < weights.length; at++) {
    const ridge = at <= 2 ? given.denseRidge : given.ngramRidge;
    gradient[at] = ridge * (weights[at] ?? 0);
  }
  for (const row of given.rows) {
    const miss = sigmoid(given.features.predictor(row, weights)) - (given.targets[row] ?? 0);
    given.features.addTo(gradient, row, (given.weights[row] ?? 0) * miss);
  }
  return gradient;
}

test('the fit is where the penalised likelihood is flat in every direction', () => {
  const given = problem(2000);
  const weights = fitLogistic(given);
  expect(weights).toHaveLength(1 + 2 + BUCKETS);
  const length = Math.hypot(...gradientAt(weights, given));
  expect(length / given.rows.length).toBeLessThan(4e-4);
  expect(weights[1]).toBeGreaterThan(1.5);
  expect(weights[2]).toBeLessThan(-0.7);
  expect(weights[3 + 7]).toBeGreaterThan(0.5);
});

test('word groups that no row has are not weighed', () => {
  const weights = fitLogistic(problem(300));
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const occurs = bucket === 7 || (bucket >= 20 && bucket < 25);
    if (!occurs) expect(weights[3 + bucket]).toBe(0);
  }
});

test('where it starts changes nothing but the steps', () => {
  const given = problem(1500, { denseRidge: 1, ngramRidge: 1 });
  const cold = fitLogistic(given);
  const far = Float64Array.from(cold, (weight, at) => (at < 3 ? weight + 2 : 0.5));
  const warm = fitLogistic({ ...given, start: far });
  for (const row of given.rows) {
    const chance = (weights: Float64Array) => sigmoid(given.features.predictor(row, weights));
    expect(Math.abs(chance(warm) - chance(cold))).toBeLessThan(0.01);
  }
});

test('rows without weight are as good as not there', () => {
  const given = problem(400);
  const odd = given.rows.filter((row) => row % 2 === 1);
  const masked = given.weights.map((_, row) => row % 2);
  expect(fitLogistic({ ...given, weights: masked })).toEqual(fitLogistic({ ...given, rows: odd }));
});

test('the narrow matrix says of every row what the wide one says', () => {
  const { features, rows } = problem(50);
  const random = seededRandom(2);
  const wide = Float64Array.from({ length: features.width }, () => normal(random));
  const { features: narrow, buckets } = features.narrow;
  expect([...buckets]).toEqual([7, 20, 21, 22, 23, 24]);
  const few = Float64Array.of(
    ...wide.subarray(0, 3),
    ...Array.from(buckets, (bucket) => wide[3 + bucket] ?? 0),
  );
  for (const row of rows) {
    expect(narrow.predictor(row, few)).toBe(features.predictor(row, wide));
  }
});
