import { FEES } from '@weir/core';
import { z } from 'zod';

const instant = z.iso.datetime();
const tokens = z.number().int().positive();
const word = z.string().min(1).max(200);
const clock = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time like "01:00"');

/** Valid from then, or since ever; the end is exclusive. */
export const validity = { from: instant.optional(), until: instant.optional() };

/** In UTC; 0 is Sunday. */
const windows = z
  .array(
    z.strictObject({
      weekdays: z.array(z.number().int().min(0).max(6)).min(1),
      from: clock,
      until: clock,
    }),
  )
  .min(1);

/** Kinds of tokens that can have a rate of their own. Every other one is charged as what it is a part of. */
export const RATE_NAMES = [
  'inputUsdPerMTok',
  'outputUsdPerMTok',
  'cacheReadUsdPerMTok',
  'cacheWrite5mUsdPerMTok',
  'cacheWrite1hUsdPerMTok',
  'cacheWriteOtherUsdPerMTok',
  'inputAudioUsdPerMTok',
  'inputImageUsdPerMTok',
  'cacheReadAudioUsdPerMTok',
  'outputAudioUsdPerMTok',
  'outputImageUsdPerMTok',
] as const;
export type RateName = (typeof RATE_NAMES)[number];

/** How amounts are written: in a book that is hashed there is one way for each, by hand there are several. */
export interface Amounts<Amount extends z.ZodType<string>> {
  readonly usdPerMTok: Amount;
  readonly usd: Amount;
  readonly factor: Amount;
}

/** All that a price can say, wherever it is written. */
export function priceFields<Amount extends z.ZodType<string>>(amounts: Amounts<Amount>) {
  const { usdPerMTok } = amounts;
  /** No tier without a rate for what comes in and what goes out: the rest falls back on these two. */
  const rates = {
    inputUsdPerMTok: usdPerMTok,
    outputUsdPerMTok: usdPerMTok,
    cacheReadUsdPerMTok: usdPerMTok.optional(),
    cacheWrite5mUsdPerMTok: usdPerMTok.optional(),
    cacheWrite1hUsdPerMTok: usdPerMTok.optional(),
    cacheWriteOtherUsdPerMTok: usdPerMTok.optional(),
    inputAudioUsdPerMTok: usdPerMTok.optional(),
    inputImageUsdPerMTok: usdPerMTok.optional(),
    cacheReadAudioUsdPerMTok: usdPerMTok.optional(),
    outputAudioUsdPerMTok: usdPerMTok.optional(),
    outputImageUsdPerMTok: usdPerMTok.optional(),
  } satisfies Record<RateName, z.ZodType>;
  const contextTier = z.strictObject({
    thresholdTokens: tokens,
    /** The vendor's word: `gt` for "above", `gte` for "reaches". */
    operator: z.enum(['gt', 'gte']),
    ...rates,
  });
  /** Context tiers ascend; each states all that it charges. */
  const tieredRates = { ...rates, contextTiers: z.array(contextTier).min(1).optional() };
  const timeBand = z.strictObject({
    name: word,
    windows,
    /** Days on which it has no hours: a vendor's public holidays, by their date in UTC. */
    exceptOn: z.array(z.iso.date()).min(1).optional(),
    ...tieredRates,
  });
  return {
    ...validity,
    ...tieredRates,
    /** By the provider's word for the tier that served. */
    serviceTiers: z.record(word, z.strictObject(tieredRates)).optional(),
    timeBands: z.array(timeBand).min(1).optional(),
    multipliers: z
      .array(z.strictObject({ when: z.record(word, word), factor: amounts.factor }))
      .min(1)
      .optional(),
    feesUsd: z.partialRecord(z.enum(FEES), amounts.usd).optional(),
    /** What a price of zero means. */
    zeroMeans: z.enum(['free', 'flat_rate']).optional(),
  };
}
