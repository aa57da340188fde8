import { bootstrap, type Interval } from '@weir/cascade';

const RESAMPLES = 400;
const LEVEL = 0.95;

/**
 * Where the AUROC would lie were other rows of the same kind drawn (percentile bootstrap over rows). The rows are sorted
 * once; a resample only counts how often each occurs.
 */
export function aurocInterval(
  scores: readonly number[],
  labels: readonly number[],
  random: () => number,
): Interval {
  const order = Array.from(scores.keys()).filter((row) => !Number.isNaN(scores[row]));
  order.sort((left, right) => (scores[left] ?? 0) - (scores[right] ?? 0));
  const label = Float64Array.from(order, (row) => labels[row] ?? 0);
  const isTied = Uint8Array.from(order, (row, at) =>
    at > 0 && scores[row] === scores[order[at - 1] ?? row] ? 1 : 0,
  );
  const counts = new Int32Array(order.length);
  return bootstrap({
    rows: order.length,
    resamples: RESAMPLES,
    level: LEVEL,
    random,
    statistic: (indices) => {
      counts.fill(0);
      for (const at of indices) counts[at] = (counts[at] ?? 0) + 1;
      return aurocOfCounts(counts, label, isTied);
    },
  });
}

/** As `auroc`, over sorted rows that each occur so many times. */
function aurocOfCounts(counts: Int32Array, label: Float64Array, isTied: Uint8Array): number {
  let negatives = 0;
  let positives = 0;
  let wins = 0;
  for (let start = 0; start < counts.length; ) {
    let end = start;
    let tiedPositive = 0;
    let tiedNegative = 0;
    do {
      const count = counts[end] ?? 0;
      tiedPositive += count * (label[end] ?? 0);
      tiedNegative += count * (1 - (label[end] ?? 0));
      end++;
    } while (isTied[end] === 1);
    wins += tiedPositive * (negatives + tiedNegative / 2);
    positives += tiedPositive;
    negatives += tiedNegative;
    start = end;
  }
  return wins / (positives * negatives);
}
