import type { GreyZone, LabelledDraft } from '@weir/cascade';
import { SIGNALS, unbought } from '../signals/index.ts';

/** Whether a priority is among the share of requests that are nearest to the price, by ascending quantiles of priorities. */
export function isGrey(
  priorities: readonly number[],
  share: number,
  priority: number,
  price: number,
): boolean {
  return Math.abs(rankIn(priorities, priority) - rankIn(priorities, price)) <= share / 2;
}

/** The requests for which evidence is bought; undefined where none is. */
export function greyZone(priorities: readonly number[], share: number): GreyZone | undefined {
  if (share === 0) return undefined;
  return {
    isGrey: (priority, price) => isGrey(priorities, share, priority, price),
    unbought: (row) => ({ ...row, signals: unbought(row.signals) }),
    hasBought: ({ signals }: LabelledDraft) =>
      SIGNALS.some(({ cost }, at) => cost === 'bought' && !Number.isNaN(signals[at] ?? Number.NaN)),
  };
}

/** The share of ascending values that are below `value`. */
function rankIn(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low / ascending.length;
}
