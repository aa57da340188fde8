import type { Fee } from '@weir/core';

/**
 * Picodollars per token. What is absent is charged as what it is a part of, never as free: a slice as its bucket, a
 * cache read or write as input (a write for an hour as one for five minutes, where that has a rate).
 */
export interface Rates {
  readonly inputPicoUsd?: bigint | undefined;
  readonly outputPicoUsd?: bigint | undefined;
  readonly cacheReadPicoUsd?: bigint | undefined;
  readonly cacheWrite5mPicoUsd?: bigint | undefined;
  readonly cacheWrite1hPicoUsd?: bigint | undefined;
  readonly cacheWriteOtherPicoUsd?: bigint | undefined;
  readonly inputAudioPicoUsd?: bigint | undefined;
  readonly inputImagePicoUsd?: bigint | undefined;
  readonly cacheReadAudioPicoUsd?: bigint | undefined;
  readonly outputAudioPicoUsd?: bigint | undefined;
  readonly outputImagePicoUsd?: bigint | undefined;
}

/**
 * Other rates for a call whose whole prompt, cached or not, passes a threshold: all of the call is charged at them, not
 * the excess. The operator is the vendor's: OpenAI and Google say "above", xAI says "reaches".
 */
export interface ContextTier extends Rates {
  readonly thresholdTokens: number;
  readonly operator: 'gt' | 'gte';
}

export interface TieredRates extends Rates {
  /** Ascending. A tier states all its rates: none is inherited. */
  readonly contextTiers?: readonly ContextTier[] | undefined;
}

/** Rates of certain hours, in UTC. */
export interface TimeBand extends TieredRates {
  readonly name: string;
  readonly windows: readonly TimeWindow[];
  /** Days without these hours, such as public holidays; counted from 1970-01-01, in UTC. */
  readonly exceptDays?: readonly number[] | undefined;
}

export interface TimeWindow {
  /** 0 is Sunday. */
  readonly weekdays: readonly number[];
  readonly fromMinute: number;
  /** Exclusive; 1440 is midnight. */
  readonly untilMinute: number;
}

/** Multiplies what tokens cost, never fees, when every condition holds; several multiply each other. */
export interface Multiplier {
  readonly when: Readonly<Record<string, string>>;
  readonly perMille: number;
}

/** What one model costs at one provider. */
export interface Price extends TieredRates {
  /** By the provider's word for the tier that served: `flex`, `priority`, `batch`. */
  readonly serviceTiers?: Readonly<Record<string, TieredRates>> | undefined;
  readonly timeBands?: readonly TimeBand[] | undefined;
  readonly multipliers?: readonly Multiplier[] | undefined;
  /** Picodollars apiece. A fee that is counted and not listed is an error. */
  readonly fees?: Readonly<Partial<Record<Fee, bigint>>> | undefined;
  /** Says of a price of zero that it is meant: nothing is paid, or what is paid does not depend on use. */
  readonly zeroMeans?: 'free' | 'flat_rate' | undefined;
  /** Owned or rented by the hour: time is charged, and tokens are not. */
  readonly gpu?: GpuPrice | undefined;
}

export interface GpuPrice {
  readonly picoUsdPerGpuHour: bigint;
  readonly gpus: number;
}

/** Something was used that the price does not say anything about. It is not free. */
export class PriceError extends Error {
  override readonly name = 'PriceError';
  readonly code = 'price_missing';
}
