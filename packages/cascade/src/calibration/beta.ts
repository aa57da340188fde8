import type { BetaCalibration } from './calibration.ts';
import { SHIFT_PRIOR, SLOPE_PRIOR } from './head-prior.ts';
import type { WeightedLabel } from './labelled-rows.ts';
import { softplus } from './logit.ts';
import { fitSmallLogistic } from './small-logistic.ts';
import { smoothedTargets } from './smoothed-targets.ts';

/**
 * logit p = a ln q - b ln(1 - q) + c with q = sigmoid(z), by smoothed maximum likelihood with a, b >= 0 (Kull, Silva Filho
 * and Flach, "Beta calibration", 2017).
 */
export function fitBeta(rows: readonly WeightedLabel[]): BetaCalibration {
  const [a = 1, b = 1, c = 0] = fitSmallLogistic({
    features: rows.map(({ z }) => [-softplus(-z), softplus(z), 1]),
    targets: smoothedTargets(rows),
    weights: rows.map(({ weight }) => weight),
    coefficients: [SLOPE_PRIOR, SLOPE_PRIOR, SHIFT_PRIOR],
  });
  return { kind: 'beta', a, b, c };
}
