import { promptTokens, type Usage } from '@weir/core';
import type { Price } from './price.ts';

/** What this usage costs at this price, in picodollars. Exact: buckets are exclusive and prices whole per token. */
export function costOf(usage: Usage, price: Price): bigint {
  const input = price.inputPicoUsd;
  return (
    BigInt(usage.inputTokens) * input +
    BigInt(usage.cacheReadTokens) * (price.cacheReadPicoUsd ?? input) +
    BigInt(usage.cacheWrite5mTokens) * (price.cacheWrite5mPicoUsd ?? input) +
    BigInt(usage.cacheWrite1hTokens) *
      (price.cacheWrite1hPicoUsd ?? price.cacheWrite5mPicoUsd ?? input) +
    BigInt(usage.cacheWriteOtherTokens) * (price.cacheWrite5mPicoUsd ?? input) +
    BigInt(usage.outputTokens) * price.outputPicoUsd
  );
}

/**
 * What the same tokens would have cost at another model's price. That model's cache would have held other things, so
 * the whole prompt counts as uncached.
 */
export function counterfactualOf(usage: Usage, price: Price): bigint {
  return (
    BigInt(promptTokens(usage)) * price.inputPicoUsd +
    BigInt(usage.outputTokens) * price.outputPicoUsd
  );
}

/** The most that a request can cost: its whole prompt at the dearest input rate and every allowed output token. */
export function worstCaseOf(inputTokens: number, maxOutputTokens: number, price: Price): bigint {
  let input = price.inputPicoUsd;
  const { cacheReadPicoUsd, cacheWrite5mPicoUsd, cacheWrite1hPicoUsd } = price;
  for (const rate of [cacheReadPicoUsd, cacheWrite5mPicoUsd, cacheWrite1hPicoUsd]) {
    if (rate !== undefined && rate > input) input = rate;
  }
  return BigInt(inputTokens) * input + BigInt(maxOutputTokens) * price.outputPicoUsd;
}
