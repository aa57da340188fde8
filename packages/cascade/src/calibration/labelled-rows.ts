import { boundedLogit } from './calibration.ts';

/** One labelled row that the head was not fitted to. */
export interface CalibrationPoint {
  /** The head's logit. */
  readonly z: number;
  /** In [0, 1]; between the ends where whoever labelled was unsure. */
  readonly label: number;
  /** Importance, 1 where absent; only ratios matter. */
  readonly weight?: number | undefined;
}

export interface WeightedLabel {
  readonly z: number;
  readonly label: number;
  readonly weight: number;
}

/** Rows fit to be fitted to, their weights summing to `effective`. */
export interface LabelledRows {
  readonly rows: readonly WeightedLabel[];
  /** How many evenly weighted rows would say as much: (sum w)^2 / sum w^2 (Kish 1965). */
  readonly effective: number;
}

/** Leaves out what is no number, and scales the weights so that they count labels. */
export function labelledRows(points: readonly CalibrationPoint[]): LabelledRows {
  const usable: WeightedLabel[] = [];
  let heaviest = 0;
  for (const { z, label, weight = 1 } of points) {
    if (Number.isNaN(z) || !(label >= 0 && label <= 1)) continue;
    if (!(weight > 0) || !Number.isFinite(weight)) continue;
    usable.push({ z: boundedLogit(z), label, weight });
    heaviest = Math.max(heaviest, weight);
  }
  let sum = 0;
  let squares = 0;
  for (const { weight } of usable) {
    sum += weight / heaviest;
    squares += (weight / heaviest) ** 2;
  }
  if (usable.length === 0) return { rows: [], effective: 0 };
  const effective = (sum * sum) / squares;
  const scale = effective / sum;
  const rows = usable.map((row) => ({ ...row, weight: (row.weight / heaviest) * scale }));
  return { rows, effective };
}
