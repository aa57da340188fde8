import type { WeightedLabel } from './labelled-rows.ts';

/**
 * Labels drawn a little towards the middle, by one made-up row of each sort: a positive becomes (N+ + 1)/(N+ + 2), a
 * negative 1/(N- + 2), one between the ends the same mixture of both (Platt, "Probabilistic outputs for support vector
 * machines", 1999). A fit to them stays finite and unsure even when every label agrees.
 */
export function smoothedTargets(rows: readonly WeightedLabel[]): number[] {
  let positive = 0;
  let negative = 0;
  for (const { label, weight } of rows) {
    positive += weight * label;
    negative += weight * (1 - label);
  }
  const high = (positive + 1) / (positive + 2);
  const low = 1 / (negative + 2);
  return rows.map(({ label }) => label * high + (1 - label) * low);
}
