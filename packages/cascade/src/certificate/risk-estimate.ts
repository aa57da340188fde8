/** A row that was looked at, and the chance with which it was. */
export interface SampledLoss {
  readonly loss: number;
  /** In (0, 1]. */
  readonly propensity: number;
}

export interface RiskEstimate {
  /** sum (loss / propensity) / all rows: unbiased, and above the largest loss now and then (Horvitz and Thompson 1952). */
  readonly horvitzThompson: number;
  /** sum (loss / propensity) / sum (1 / propensity): a mean of the losses, with a bias that fades and less noise (Hájek 1971). */
  readonly selfNormalised: number;
  /** Of `selfNormalised`, by linearisation. */
  readonly standardError: number;
  /** How many evenly sampled rows would say as much: (sum w)^2 / sum w^2. */
  readonly effective: number;
}

/**
 * The mean loss over `rows` rows of which only the `looked` ones were looked at, each with its own known chance. All NaN
 * when none was, or a propensity is not in (0, 1].
 */
export function riskEstimate(looked: readonly SampledLoss[], rows: number): RiskEstimate {
  let weights = 0;
  let squares = 0;
  let losses = 0;
  for (const { loss, propensity } of looked) {
    const weight = weightOf(propensity);
    weights += weight;
    squares += weight * weight;
    losses += weight * loss;
  }
  const selfNormalised = losses / weights;
  let spread = 0;
  for (const { loss, propensity } of looked) {
    spread += (weightOf(propensity) * (loss - selfNormalised)) ** 2;
  }
  return {
    horvitzThompson: weights > 0 ? losses / rows : Number.NaN,
    selfNormalised,
    standardError: Math.sqrt(spread) / weights,
    effective: (weights * weights) / squares,
  };
}

function weightOf(propensity: number): number {
  return propensity > 0 && propensity <= 1 ? 1 / propensity : Number.NaN;
}
