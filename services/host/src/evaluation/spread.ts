import type { LabelledDraft } from '@weir/cascade';
import type { Spread } from './evaluation.ts';

/** Mean and standard deviation (n - 1) of what there is; NaN is a split that has no figure. */
export function spreadOf(values: readonly number[]): Spread {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return { mean: null, sd: null };
  const mean = meanOf(known);
  if (known.length === 1) return { mean, sd: null };
  let squares = 0;
  for (const value of known) squares += (value - mean) ** 2;
  return { mean, sd: Math.sqrt(squares / (known.length - 1)) };
}

/** Null of nothing. */
export function finiteMean(values: readonly number[]): number | null {
  const known = values.filter(Number.isFinite);
  return known.length === 0 ? null : meanOf(known);
}

/** Of ascending values, between the two nearest. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (place - Math.floor(place)) * (high - low);
}

function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** NaN of nothing. */
export function meanOver(
  drafts: readonly LabelledDraft[],
  of: (draft: LabelledDraft) => number,
): number {
  let sum = 0;
  for (const draft of drafts) sum += of(draft);
  return sum / drafts.length;
}
