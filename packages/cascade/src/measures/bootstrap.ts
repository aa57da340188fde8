export interface Bootstrap {
  /** How many rows there are to draw from. */
  readonly rows: number;
  /** The figure of interest over a sample, given as row indices; some occur twice, some not at all. */
  readonly statistic: (indices: Int32Array) => number;
  readonly resamples: number;
  /** How much of the resamples lies within, such as .95. */
  readonly level: number;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The percentile interval of a statistic under resampling of rows (Efron and Tibshirani 1993, chapter 13). Resamples on
 * which the statistic is NaN (one class only, say) are left out; NaN when all are.
 */
export function bootstrap({ rows, statistic, resamples, level, random }: Bootstrap): Interval {
  const indices = new Int32Array(rows);
  const found: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    for (let at = 0; at < rows; at++) indices[at] = Math.floor(random() * rows);
    const value = statistic(indices);
    if (!Number.isNaN(value)) found.push(value);
  }
  found.sort((left, right) => left - right);
  const outside = (1 - level) / 2;
  return { low: quantileOf(found, outside), high: quantileOf(found, 1 - outside) };
}

/** Between the two nearest, in proportion; NaN of nothing. */
function quantileOf(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (at - Math.floor(at)) * (high - low);
}
