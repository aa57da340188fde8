import { signalOf } from '@weir/cascade';
import type { TokenLogprob } from '@weir/core';

/** A recorded question with both answers graded and the draft's token log-probabilities. */
export interface GradedRow {
  readonly weak_correct: number;
  readonly strong_correct: number;
  readonly weak_tokens: readonly { readonly t: string; readonly l: number }[];
}

/**
 * The lowest threshold at which the cascade keeps a share of the strong model's quality on these rows: the lower it is,
 * the more drafts are accepted and the smaller the bill.
 */
export function chooseThreshold(rows: readonly GradedRow[], keptShare: number): number {
  const scored = rows
    .map((row) => ({ row, score: signalOf('worst_token', tokensOf(row)) }))
    .sort((a, b) => a.score - b.score);
  const strong = rows.reduce((sum, row) => sum + row.strong_correct, 0);
  let quality = rows.reduce((sum, row) => sum + row.weak_correct, 0);
  let threshold = 0;
  for (const { row, score } of scored) {
    if (quality >= keptShare * strong) break;
    quality += row.strong_correct - row.weak_correct;
    threshold = score + Number.EPSILON;
  }
  return Math.min(1, threshold);
}

/** Without the end-of-text entry, as the scorer reads them. */
function tokensOf(row: GradedRow): TokenLogprob[] {
  return row.weak_tokens
    .filter(({ t }) => t !== '')
    .map(({ t, l }) => ({ token: t, logprob: l, top: [] }));
}
