import type { PlattCalibration } from './calibration.ts';
import { SHIFT_PRIOR, SLOPE_PRIOR } from './head-prior.ts';
import type { WeightedLabel } from './labelled-rows.ts';
import { fitSmallLogistic } from './small-logistic.ts';
import { smoothedTargets } from './smoothed-targets.ts';

/** sigmoid(slope z + intercept) by smoothed maximum likelihood (Platt 1999). */
export function fitPlatt(rows: readonly WeightedLabel[]): PlattCalibration {
  const [slope = 1, intercept = 0] = fitSmallLogistic({
    features: rows.map(({ z }) => [z, 1]),
    targets: smoothedTargets(rows),
    weights: rows.map(({ weight }) => weight),
    coefficients: [SLOPE_PRIOR, SHIFT_PRIOR],
  });
  return { kind: 'platt', slope, intercept };
}
