import { type Fee, parseDecimal, parseUsd, parseUsdPerMTok } from '@weir/core';
import type { Price, Rates, TieredRates, TimeBand } from '../price.ts';
import type { PriceHistory } from '../price-book.ts';
import { endOf, startOf } from './parse-book.ts';
import type {
  BookModel,
  PriceRow,
  RowPrice,
  RowRates,
  RowTieredRates,
  RowTimeBand,
} from './schema.ts';

/** The row that is valid at an instant. Between two rows there may be none: the model has no price then. */
export function rowAt(model: BookModel, atMs: number): PriceRow | undefined {
  return model.prices.find((row) => startOf(row) <= atMs && atMs < endOf(row));
}

/** What a model costs at an instant; undefined is "not known", never "nothing". */
export function priceAt(model: BookModel, atMs: number): Price | undefined {
  const row = rowAt(model, atMs);
  return row && toPrice(row);
}

/** All that a model has cost and is known to cost. */
export function priceHistory(model: BookModel): PriceHistory {
  return model.prices.map((row) => ({
    fromMs: startOf(row),
    untilMs: endOf(row),
    price: toPrice(row),
  }));
}

/** A row as the calculation takes it: picodollars per token. Exact, or it throws. */
export function toPrice(row: RowPrice): Price {
  return {
    ...toTieredRates(row),
    ...(row.serviceTiers && {
      serviceTiers: Object.fromEntries(
        Object.entries(row.serviceTiers).map(([name, tier]) => [name, toTieredRates(tier)]),
      ),
    }),
    ...(row.timeBands && { timeBands: row.timeBands.map(toTimeBand) }),
    ...(row.multipliers && {
      multipliers: row.multipliers.map(({ when, factor }) => ({
        when,
        perMille: Number(parseDecimal(factor, 3)),
      })),
    }),
    ...(row.feesUsd && { fees: toFees(row.feesUsd) }),
    ...(row.zeroMeans && { zeroMeans: row.zeroMeans }),
  };
}

function toTieredRates(rates: RowTieredRates): TieredRates {
  const tiers = rates.contextTiers?.map(({ thresholdTokens, operator, ...own }) => ({
    thresholdTokens,
    operator,
    ...toRates(own),
  }));
  return { ...toRates(rates), ...(tiers && { contextTiers: tiers }) };
}

const PICO_NAMES = {
  inputUsdPerMTok: 'inputPicoUsd',
  outputUsdPerMTok: 'outputPicoUsd',
  cacheReadUsdPerMTok: 'cacheReadPicoUsd',
  cacheWrite5mUsdPerMTok: 'cacheWrite5mPicoUsd',
  cacheWrite1hUsdPerMTok: 'cacheWrite1hPicoUsd',
  cacheWriteOtherUsdPerMTok: 'cacheWriteOtherPicoUsd',
  inputAudioUsdPerMTok: 'inputAudioPicoUsd',
  inputImageUsdPerMTok: 'inputImagePicoUsd',
  cacheReadAudioUsdPerMTok: 'cacheReadAudioPicoUsd',
  outputAudioUsdPerMTok: 'outputAudioPicoUsd',
  outputImageUsdPerMTok: 'outputImagePicoUsd',
} as const satisfies Record<keyof RowRates, keyof Rates>;

function toRates(rates: RowRates): Rates {
  const found: { -readonly [Name in keyof Rates]: bigint } = {};
  for (const [name, picoName] of Object.entries(PICO_NAMES)) {
    const text = rates[name as keyof RowRates];
    if (text !== undefined) found[picoName] = parseUsdPerMTok(text);
  }
  return found;
}

function toTimeBand({ name, windows, exceptOn, ...rates }: RowTimeBand): TimeBand {
  return {
    name,
    ...(exceptOn && { exceptDays: exceptOn.map((day) => Date.parse(day) / DAY_MS) }),
    windows: windows.map(({ weekdays, from, until }) => ({
      weekdays,
      fromMinute: minuteOf(from),
      untilMinute: minuteOf(until),
    })),
    ...toTieredRates(rates),
  };
}

const DAY_MS = 86_400_000;

function minuteOf(clock: string): number {
  const [hours, minutes] = clock.split(':');
  return Number(hours) * 60 + Number(minutes);
}

function toFees(fees: NonNullable<PriceRow['feesUsd']>): Partial<Record<Fee, bigint>> {
  const entries = Object.entries(fees).map(([fee, text]) => [fee, parseUsd(text)]);
  return Object.fromEntries(entries);
}
