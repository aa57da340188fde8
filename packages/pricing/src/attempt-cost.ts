import type { AttemptSettled } from '@weir/core';
import { type Cost, costOf } from './cost.ts';
import type { PriceBook } from './price-book.ts';

/** All of an attempt that its cost follows from, beside the prices. */
export type Billable = Pick<
  AttemptSettled,
  | 'provider'
  | 'model'
  | 'servedModel'
  | 'outcome'
  | 'openedAtMs'
  | 'settledAtMs'
  | 'usage'
  | 'metering'
>;

/**
 * What an attempt costs by a price book: booked so when it is settled, and computed so again by whoever has its event and
 * the prices that its hash names. Throws `PriceError` where that is not known.
 */
export function costOfAttempt(attempt: Billable, prices: PriceBook): Cost {
  const { provider, model, servedModel, usage, metering } = attempt;
  const atMs = attempt.outcome === 'lost' ? attempt.openedAtMs : attempt.settledAtMs;
  const price = prices.priceOf(provider, model, atMs, servedModel);
  const priceOf = (other?: string) =>
    other === undefined ? price : prices.priceOf(provider, other, atMs);
  return costOf({ ...metering, usage }, priceOf, { atMs });
}
