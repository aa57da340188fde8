/**
 * The chance that a positive scores above a negative, ties counting half (Hanley and McNeil 1982). A label between 0 and 1
 * is that much of a positive and the rest of a negative. NaN when either is missing; rows with a NaN are left out.
 */
export function auroc(
  scores: readonly number[],
  labels: readonly number[],
  weights?: readonly number[],
): number {
  const rows: { score: number; positive: number; negative: number }[] = [];
  for (const [at, score] of scores.entries()) {
    const weight = weights ? (weights[at] ?? 0) : 1;
    const label = labels[at] ?? Number.NaN;
    if (Number.isNaN(score) || !(label >= 0 && label <= 1) || !(weight > 0)) continue;
    rows.push({ score, positive: weight * label, negative: weight * (1 - label) });
  }
  rows.sort((left, right) => (left.score < right.score ? -1 : left.score > right.score ? 1 : 0));
  let negativesBelow = 0;
  let positives = 0;
  let wins = 0;
  for (let start = 0; start < rows.length; ) {
    let end = start;
    let tiedPositive = 0;
    let tiedNegative = 0;
    for (; end < rows.length && rows[end]?.score === rows[start]?.score; end++) {
      tiedPositive += rows[end]?.positive ?? 0;
      tiedNegative += rows[end]?.negative ?? 0;
    }
    wins += tiedPositive * (negativesBelow + tiedNegative / 2);
    positives += tiedPositive;
    negativesBelow += tiedNegative;
    start = end;
  }
  return wins / (positives * negativesBelow);
}
