/** Rows that were given about the same probability, and what became of them. */
export interface ReliabilityBin {
  readonly count: number;
  readonly meanPredicted: number;
  readonly meanObserved: number;
  /** Wilson's interval for the observed mean. */
  readonly low: number;
  readonly high: number;
}

export interface BinOptions {
  /** How many bins of equal mass; fewer come back where many rows share a probability. */
  readonly bins?: number | undefined;
}

/** As most papers report it, so that figures compare. */
const BINS = 15;
/** Two-sided 95 %. */
const STANDARD_ERRORS = 1.959964;

/** Mean squared error of the probabilities (Brier 1950). NaN without rows. */
export function brier(probabilities: readonly number[], labels: readonly number[]): number {
  let sum = 0;
  for (const [at, p] of probabilities.entries()) sum += (p - (labels[at] ?? Number.NaN)) ** 2;
  return sum / probabilities.length;
}

/**
 * Expected calibration error: the mean distance between what was predicted and what was observed, over bins of equal mass
 * (Naeini et al. 2015; equal mass after Nixon et al. 2019). NaN without rows. Few rows a bin make it read high: perfect
 * probabilities still show about sqrt(2 p (1 - p) bins / (pi n)).
 */
export function ece(
  probabilities: readonly number[],
  labels: readonly number[],
  options: BinOptions = {},
): number {
  let sum = 0;
  let rows = 0;
  for (const { count, meanPredicted, meanObserved } of reliability(
    probabilities,
    labels,
    options,
  )) {
    sum += count * Math.abs(meanPredicted - meanObserved);
    rows += count;
  }
  return sum / rows;
}

/**
 * The reliability diagram: bins of equal mass, from the lowest probability to the highest. Rows of the same probability
 * stay in one bin, so the order of the rows changes nothing. Rows with a NaN are left out.
 */
export function reliability(
  probabilities: readonly number[],
  labels: readonly number[],
  { bins = BINS }: BinOptions = {},
): ReliabilityBin[] {
  const rows: { p: number; label: number }[] = [];
  for (const [at, p] of probabilities.entries()) {
    const label = labels[at] ?? Number.NaN;
    if (!Number.isNaN(p) && !Number.isNaN(label)) rows.push({ p, label });
  }
  rows.sort((left, right) => left.p - right.p);
  const sums: { count: number; predicted: number; observed: number }[] = [];
  for (let start = 0; start < rows.length; ) {
    let end = start;
    while (end < rows.length && rows[end]?.p === rows[start]?.p) end++;
    // Tied rows go where their middle falls.
    const bin = Math.floor((((start + end) / 2) * bins) / rows.length);
    const into = sums[bin] ?? { count: 0, predicted: 0, observed: 0 };
    sums[bin] = into;
    for (; start < end; start++) {
      into.count += 1;
      into.predicted += rows[start]?.p ?? 0;
      into.observed += rows[start]?.label ?? 0;
    }
  }
  return Object.values(sums).map(({ count, predicted, observed }) => ({
    count,
    meanPredicted: predicted / count,
    meanObserved: observed / count,
    ...wilsonInterval(observed / count, count),
  }));
}

/** Where the true share of successes is likely to be (Wilson 1927, two-sided 95 %). */
export function wilsonInterval(share: number, count: number): { low: number; high: number } {
  const z2 = STANDARD_ERRORS ** 2;
  const middle = (share + z2 / (2 * count)) / (1 + z2 / count);
  const spread = Math.sqrt((share * (1 - share)) / count + z2 / (4 * count * count));
  const half = (STANDARD_ERRORS * spread) / (1 + z2 / count);
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
