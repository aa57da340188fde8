import { sigmoid, softplus } from './logit.ts';

/** A logistic regression of two or three coefficients, as the calibration maps are. */
export interface SmallLogistic {
  /** One row per label, each as long as `coefficients`. */
  readonly features: readonly (readonly number[])[];
  /** In [0, 1]. */
  readonly targets: readonly number[];
  readonly weights: readonly number[];
  readonly coefficients: readonly Coefficient[];
}

export interface Coefficient {
  /** Where it stands without labels: a normal prior with this mean and precision. */
  readonly mean: number;
  readonly precision: number;
  /** Whether it may not be below zero. */
  readonly nonNegative: boolean;
}

const MAX_STEPS = 60;
const MAX_HALVINGS = 30;
const SETTLED = 1e-9;

/**
 * The coefficients of the highest posterior.
 *
 * Newton's method with step halving (Lin, Lin and Weng, "A note on Platt's probabilistic outputs", 2007). A coefficient
 * that comes out below zero and may not is fixed at zero and the rest is fitted again; with at most two such
 * coefficients that is what the beta calibration of Kull, Silva Filho and Flach (2017) does.
 */
export function fitSmallLogistic(problem: SmallLogistic): number[] {
  const fixed = new Set<number>();
  for (;;) {
    const fitted = newton(problem, fixed);
    let worst = -1;
    for (const [at, value] of fitted.entries()) {
      if (!problem.coefficients[at]?.nonNegative || value >= 0) continue;
      if (worst < 0 || value < (fitted[worst] ?? 0)) worst = at;
    }
    if (worst < 0) return fitted;
    fixed.add(worst);
  }
}

function newton(problem: SmallLogistic, fixed: ReadonlySet<number>): number[] {
  const { coefficients } = problem;
  let current = coefficients.map(({ mean }, at) => (fixed.has(at) ? 0 : mean));
  let loss = lossAt(problem, current);
  for (let step = 0; step < MAX_STEPS; step++) {
    const direction = newtonDirection(problem, current, fixed);
    let size = 1;
    let next = current;
    let nextLoss = Number.POSITIVE_INFINITY;
    for (let halving = 0; halving < MAX_HALVINGS; halving++, size /= 2) {
      next = current.map((value, at) => value - size * (direction[at] ?? 0));
      nextLoss = lossAt(problem, next);
      if (nextLoss <= loss) break;
    }
    if (!(nextLoss <= loss)) return current;
    const gain = loss - nextLoss;
    current = next;
    loss = nextLoss;
    if (gain <= SETTLED * (1 + Math.abs(loss))) break;
  }
  return current;
}

/** Weighted cross-entropy plus the prior; up to a constant the negative log-posterior. */
function lossAt(problem: SmallLogistic, at: readonly number[]): number {
  let loss = 0;
  for (const [index, { mean, precision }] of problem.coefficients.entries()) {
    loss += (precision / 2) * ((at[index] ?? 0) - mean) ** 2;
  }
  for (const [row, feature] of problem.features.entries()) {
    const score = dot(feature, at);
    const target = problem.targets[row] ?? 0;
    loss += (problem.weights[row] ?? 0) * (softplus(score) - target * score);
  }
  return loss;
}

function newtonDirection(
  problem: SmallLogistic,
  at: readonly number[],
  fixed: ReadonlySet<number>,
): number[] {
  const size = at.length;
  const gradient = problem.coefficients.map(
    ({ mean, precision }, index) => precision * ((at[index] ?? 0) - mean),
  );
  const curvature = problem.coefficients.map(({ precision }, row) =>
    problem.coefficients.map((_, column) => (row === column ? precision : 0)),
  );
  for (const [row, feature] of problem.features.entries()) {
    const weight = problem.weights[row] ?? 0;
    const chance = sigmoid(dot(feature, at));
    const error = weight * (chance - (problem.targets[row] ?? 0));
    const bend = weight * chance * (1 - chance);
    for (let i = 0; i < size; i++) {
      const value = feature[i] ?? 0;
      gradient[i] = (gradient[i] ?? 0) + error * value;
      const line = curvature[i];
      if (!line) continue;
      for (let j = 0; j < size; j++) line[j] = (line[j] ?? 0) + bend * value * (feature[j] ?? 0);
    }
  }
  for (const index of fixed) {
    gradient[index] = 0;
    curvature[index] = curvature.map((_, column) => (column === index ? 1 : 0));
    for (const [row, line] of curvature.entries()) if (row !== index) line[index] = 0;
  }
  return solved(curvature, gradient);
}

function dot(left: readonly number[], right: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += (left[i] ?? 0) * (right[i] ?? 0);
  return sum;
}

/** x of matrix x = right for a positive definite matrix, by Cholesky's factors; the priors keep it definite. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const size = right.length;
  const lower: number[][] = [];
  for (let row = 0; row < size; row++) {
    const line: number[] = [];
    for (let column = 0; column <= row; column++) {
      const rest =
        (matrix[row]?.[column] ?? 0) - dot(line, (lower[column] ?? line).slice(0, column));
      line.push(
        column === row ? Math.sqrt(Math.max(rest, 1e-12)) : rest / (lower[column]?.[column] ?? 1),
      );
    }
    lower.push(line);
  }
  const forward: number[] = [];
  for (const [row, line] of lower.entries()) {
    forward.push(((right[row] ?? 0) - dot(line.slice(0, row), forward)) / (line[row] ?? 1));
  }
  const x = new Array<number>(size).fill(0);
  for (let row = size - 1; row >= 0; row--) {
    let rest = forward[row] ?? 0;
    for (let below = row + 1; below < size; below++) {
      rest -= (lower[below]?.[row] ?? 0) * (x[below] ?? 0);
    }
    x[row] = rest / (lower[row]?.[row] ?? 1);
  }
  return x;
}
