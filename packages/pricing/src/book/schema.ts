import { FEES } from '@weir/core';
import { z } from 'zod';

/**
 * A price book as it lies in a file: what models cost, since when, and who says so. Amounts are decimal text, so that
 * no number of it ever passes through a float, and there is one way to write each, so that the same prices always hash
 * the same.
 */

const usdPerMTok = z
  .string()
  .regex(
    /^(0|[1-9]\d*)(\.\d{0,5}[1-9])?$/,
    'must be a decimal of US dollars per million tokens, at most six places, no zeros at its ends',
  );

const usd = z
  .string()
  .regex(
    /^(0|[1-9]\d*)(\.\d{0,11}[1-9])?$/,
    'must be a decimal of US dollars, at most twelve places, no zeros at its ends',
  );

const factor = z
  .string()
  .regex(
    /^(0|[1-9]\d*)(\.\d{0,2}[1-9])?$/,
    'must be a decimal, at most three places, no zeros at its ends',
  );

const date = z.iso.date();
const instant = z.iso.datetime();
const tokens = z.number().int().positive();
const word = z.string().min(1).max(200);

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

const tieredRates = {
  ...rates,
  /** Ascending; each states all that it charges. */
  contextTiers: z.array(contextTier).min(1).optional(),
};

const clock = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time like "01:00"');

const timeBand = z.strictObject({
  name: word,
  /** In UTC; 0 is Sunday. */
  windows: z
    .array(
      z.strictObject({
        weekdays: z.array(z.number().int().min(0).max(6)).min(1),
        from: clock,
        until: clock,
      }),
    )
    .min(1),
  ...tieredRates,
});

export const feesUsd = z.partialRecord(z.enum(FEES), usd);

const priceRow = z.strictObject({
  /** Valid from then, or since ever; the end is exclusive. */
  from: instant.optional(),
  until: instant.optional(),
  /** Where the figures were read, and when somebody last did. */
  source: z.url({ protocol: /^https?$/ }),
  checkedOn: date,
  ...tieredRates,
  serviceTiers: z.record(word, z.strictObject(tieredRates)).optional(),
  timeBands: z.array(timeBand).min(1).optional(),
  multipliers: z
    .array(z.strictObject({ when: z.record(word, word), factor }))
    .min(1)
    .optional(),
  feesUsd: feesUsd.optional(),
  /** What a price of zero means; without it, zero is an error. */
  zeroMeans: z.enum(['free', 'flat_rate']).optional(),
});

export const MODALITIES = ['text', 'image', 'audio', 'video', 'pdf'] as const;
const modality = z.enum(MODALITIES);

export const modelSchema = z.strictObject({
  provider: z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower case letters, digits and "-"'),
  model: word,
  /** Other names that the provider takes for the same model. */
  aliases: z.array(word).min(1).optional(),
  contextTokens: tokens.optional(),
  maxOutputTokens: tokens.optional(),
  input: z.array(modality).min(1).optional(),
  output: z.array(modality).min(1).optional(),
  deprecatedOn: date.optional(),
  retiresOn: date.optional(),
  /** The model that the vendor names in its place, as `provider/model`. */
  successor: word.optional(),
  prices: z.array(priceRow).min(1),
});

export const bookSchema = z.strictObject({
  version: z.literal(1),
  builtOn: date,
  models: z.array(modelSchema),
});

export type Book = z.output<typeof bookSchema>;
export type BookModel = z.output<typeof modelSchema>;
export type PriceRow = z.output<typeof priceRow>;
export type RowRates = Pick<PriceRow, RateName>;
export type RowContextTier = z.output<typeof contextTier>;
export type RowTieredRates = RowRates & Pick<PriceRow, 'contextTiers'>;
export type RowTimeBand = z.output<typeof timeBand>;
export type Modality = (typeof MODALITIES)[number];
