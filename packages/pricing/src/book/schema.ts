import { FEES, MODALITIES } from '@weir/core';
import { z } from 'zod';
import { priceFields, type RateName } from './price-row.ts';

export { RATE_NAMES, type RateName } from './price-row.ts';

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
const tokens = z.number().int().positive();
const word = z.string().min(1).max(200);

export const feesUsd = z.partialRecord(z.enum(FEES), usd);

const priceRow = z.strictObject({
  /** Where the figures were read, and when somebody last did. */
  source: z.url({ protocol: /^https?$/ }),
  checkedOn: date,
  ...priceFields({ usdPerMTok, usd, factor }),
});

const modality = z.enum(MODALITIES);

export const modelSchema = z
  .strictObject({
    provider: z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower case letters, digits and "-"'),
    model: word,
    /** Other names that the provider takes for the same model. */
    aliases: z.array(word).min(1).optional(),
    contextTokens: tokens.optional(),
    maxOutputTokens: tokens.optional(),
    input: z.array(modality).min(1).optional(),
    output: z.array(modality).min(1).optional(),
    /** The day on which the vendor announced its end. */
    deprecatedOn: date.optional(),
    /** The first day without it. */
    retiresOn: date.optional(),
    /** The model that the vendor names in its place, as `provider/model`. */
    successor: word.optional(),
    /** None of a model that is gone and was never sold while there was a book: all that is left to tell is that it is gone. */
    prices: z.array(priceRow),
  })
  .refine(({ prices, retiresOn }) => prices.length > 0 || retiresOn !== undefined, {
    path: ['prices'],
    message: 'are none, and "retiresOn" does not say that the model is gone',
  });

export const bookSchema = z.strictObject({
  version: z.literal(1),
  builtOn: date,
  models: z.array(modelSchema),
});

export type Book = z.output<typeof bookSchema>;
export type BookModel = z.output<typeof modelSchema>;
export type PriceRow = z.output<typeof priceRow>;
/** A row without who says so. */
export type RowPrice = Omit<PriceRow, 'source' | 'checkedOn'>;
export type RowRates = Pick<PriceRow, RateName>;
export type RowContextTier = NonNullable<PriceRow['contextTiers']>[number];
export type RowTieredRates = RowRates & Pick<PriceRow, 'contextTiers'>;
export type RowTimeBand = NonNullable<PriceRow['timeBands']>[number];
