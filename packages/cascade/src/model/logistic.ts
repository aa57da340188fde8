import { sigmoid, softplus } from '../calibration/index.ts';
import { type FeatureMatrix, narrowedWeights, widenedWeights } from './feature-matrix.ts';
import { minimise, type Objective } from './minimise.ts';

export interface LogisticProblem {
  readonly features: FeatureMatrix;
  /** The rows to fit to. */
  readonly rows: readonly number[];
  /** In [0, 1], by row of the matrix; a graded label is a fractional one. */
  readonly targets: Float64Array;
  readonly weights: Float64Array;
  /** Ridge on dense features and on word groups; the intercept has none. */
  readonly denseRidge: number;
  readonly ngramRidge: number;
  /** Where to begin: the fit to nearly the same rows, for example. */
  readonly start?: Float64Array | undefined;
}

/** The mean gradient per row at which a fit is done: far below what sampling moves it. */
const TOLERANCE = 3e-4;

/**
 * Ridge-regularised logistic regression: the weights that minimise
 * `sum_i w_i (softplus(eta_i) - y_i eta_i) + ridge / 2 |weights|^2`, by L-BFGS. Strictly convex but for the intercept, so the
 * result does not depend on where it starts beyond the tolerance.
 */
export function fitLogistic(problem: LogisticProblem): Float64Array {
  const { rows, weights, start } = problem;
  const { narrow, width } = problem.features;
  let total = 0;
  for (const row of rows) total += weights[row] ?? 0;
  const fitted = minimise(
    start ? narrowedWeights(start, narrow) : startAt(problem),
    objectiveOf(problem),
    TOLERANCE * total,
  );
  return widenedWeights(fitted, narrow, width);
}

/** Over the word groups that occur. */
function objectiveOf(problem: LogisticProblem): Objective {
  const { rows, targets, weights, denseRidge, ngramRidge } = problem;
  const { features } = problem.features.narrow;
  const firstNgram = 1 + features.denseWidth;
  return (point, gradient) => {
    let value = 0;
    gradient[0] = 0;
    for (let at = 1; at < point.length; at++) {
      const ridge = at < firstNgram ? denseRidge : ngramRidge;
      const coefficient = point[at] ?? 0;
      value += (ridge / 2) * coefficient * coefficient;
      gradient[at] = ridge * coefficient;
    }
    for (const row of rows) {
      const weight = weights[row] ?? 0;
      if (weight === 0) continue;
      const eta = features.predictor(row, point);
      const target = targets[row] ?? 0;
      value += weight * (softplus(eta) - target * eta);
      features.addTo(gradient, row, weight * (sigmoid(eta) - target));
    }
    return value;
  };
}

/** All zero but the intercept, which begins at the log-odds of the mean. */
function startAt({ features, rows, targets, weights }: LogisticProblem): Float64Array {
  const start = new Float64Array(features.narrow.features.width);
  let events = 0.5;
  let total = 1;
  for (const row of rows) {
    const weight = weights[row] ?? 0;
    events += weight * (targets[row] ?? 0);
    total += weight;
  }
  start[0] = Math.log(events / (total - events));
  return start;
}
