import { FEES, parseDecimal } from '@weir/core';
import {
  type ContextTier,
  type Multiplier,
  type Price,
  PriceError,
  type Rates,
  type TieredRates,
  type TimeBand,
} from '@weir/pricing';

type Entry = Readonly<Record<string, unknown>>;
type Amount = (value: unknown, name: string) => bigint;

/** A price as billing cases and `weir cost --price` state it, with what only cases need beside it. */
export interface CasePrice {
  readonly price: Price;
  /** Prices of other models that took part in the call. */
  readonly byModel: ReadonlyMap<string, Price>;
  /** What a token costs per hour in a cache that is rented. */
  readonly storagePicoUsdPerTokenHour: bigint | undefined;
  /** The factors as they were written. */
  readonly factors: ReadonlyMap<Multiplier, string>;
}

const RATES = {
  input: 'inputPicoUsd',
  output: 'outputPicoUsd',
  cache_read: 'cacheReadPicoUsd',
  cache_write_5m: 'cacheWrite5mPicoUsd',
  cache_write_1h: 'cacheWrite1hPicoUsd',
  cache_write_other: 'cacheWriteOtherPicoUsd',
  input_audio: 'inputAudioPicoUsd',
  input_image: 'inputImagePicoUsd',
  cache_read_audio: 'cacheReadAudioPicoUsd',
  output_audio: 'outputAudioPicoUsd',
  output_image: 'outputImagePicoUsd',
} as const satisfies Record<string, keyof Rates>;

const STORAGE = 'cache_storage_token_hour';
const BESIDE_RATES = ['fees', 'service_tiers', 'time_bands', 'multipliers', 'context_tiers'];

/** DeepSeek's peak since 2026-08-16, the only vendor with such hours; entries name their bands and not the hours. */
const PEAK = [
  { weekdays: [1, 2, 3, 4, 5], fromMinute: 60, untilMinute: 240 },
  { weekdays: [1, 2, 3, 4, 5], fromMinute: 360, untilMinute: 600 },
] as const;
/** Public holidays of China since then, by the notice of its State Council of 2025-11-04; 2027 is not announced. */
const HOLIDAYS = [
  ...['2026-09-25', '2026-09-26', '2026-09-27'],
  ...['2026-10-01', '2026-10-02', '2026-10-03', '2026-10-04'],
  ...['2026-10-05', '2026-10-06', '2026-10-07'],
].map((day) => Date.parse(day) / 86_400_000);

/** Amounts are read in picodollars, unless some are finer. */
export const PICO_PLACES = 12;

/**
 * Reads a price entry: USD per token as decimal text, for example
 * `{"input": "0.000003", "output": "0.000015", "context_tiers": [...], "fees": {"web_search": "0.01"}}`. A field that is
 * not known is an error, since leaving it out would misprice; null is absence. `zeroMeans` says why nothing is charged
 * where a price is zero. Amounts are in units of so many decimal `places` of a dollar. Throws `PriceError` for an
 * amount below nothing, by which catalogs mean that they do not know.
 */
export function casePrice(
  entry: unknown,
  zeroMeans: 'free' | 'flat_rate',
  places = PICO_PLACES,
): CasePrice {
  const fields = objectFrom(entry, 'the price entry');
  const { by_model: models, gpu_hour: gpuHour, gpus, ...own } = fields;
  const { [STORAGE]: storage, ...fees } = objectFrom(own['fees'] ?? {}, 'fees');
  const byModel = new Map<string, Price>();
  for (const [model, price] of Object.entries(objectFrom(models ?? {}, 'by_model'))) {
    byModel.set(model, casePrice(price, zeroMeans, places).price);
  }
  const amount: Amount = (value, name) => decimalFrom(value, name, places);
  const base = tieredFrom(own, 'the price entry', amount, BESIDE_RATES);
  const bands = Object.entries(objectFrom(own['time_bands'] ?? {}, 'time_bands')).map(
    ([name, band]): TimeBand => ({
      ...tieredFrom(objectFrom(band, name), name, amount),
      name,
      windows: PEAK,
      exceptDays: HOLIDAYS,
    }),
  );
  const factors = new Map(listFrom(own['multipliers'], 'multipliers').map(multiplierFrom));
  const price: Price = {
    ...base,
    serviceTiers: mapped(own['service_tiers'], 'service_tiers', (tier, where) =>
      tieredFrom(objectFrom(tier, where), where, amount),
    ),
    timeBands: bands.length > 0 ? bands : undefined,
    multipliers: [...factors.keys()],
    fees: feesFrom(fees, amount),
    zeroMeans: base.inputPicoUsd === 0n && base.outputPicoUsd === 0n ? zeroMeans : undefined,
    gpu: gpuHour === undefined ? undefined : gpuFrom(gpuHour, gpus ?? 1, places),
  };
  const storageRate = storage === undefined ? undefined : amount(storage, STORAGE);
  return { price, byModel, storagePicoUsdPerTokenHour: storageRate, factors };
}

/** In how many places an entry's amounts can be read without loss: those of a picodollar, or more. */
export function placesIn(entry: unknown): number {
  if (typeof entry !== 'object' || entry === null) return Math.max(PICO_PLACES, placesOf(entry));
  const gpus = Object.hasOwn(entry, 'gpus') ? placesOf((entry as Entry)['gpus']) : 0;
  return gpus + Math.max(PICO_PLACES, ...Object.values(entry).map(placesIn));
}

/** Decimal places that are written out. */
export function placesOf(value: unknown): number {
  return /^-?\d+\.(\d+)$/.exec(String(value))?.[1]?.length ?? 0;
}

function tieredFrom(
  fields: Entry,
  where: string,
  amount: Amount,
  besides: readonly string[] = ['context_tiers'],
): TieredRates {
  const contextTiers = listFrom(fields['context_tiers'], `${where}: context_tiers`)
    .map((tier) => tierFrom(tier, amount))
    .sort(byReach);
  const rates = ratesFrom(fields, where, amount, besides);
  return contextTiers.length > 0 ? { ...rates, contextTiers } : rates;
}

/** The one that a longer prompt is needed for comes last; entries may list them in any order. */
function byReach(one: ContextTier, other: ContextTier): number {
  const apart = one.thresholdTokens - other.thresholdTokens;
  return apart === 0 ? Number(one.operator === 'gt') - Number(other.operator === 'gt') : apart;
}

function ratesFrom(
  fields: Entry,
  where: string,
  amount: Amount,
  besides: readonly string[] = [],
): Rates {
  const rates: { -readonly [name in keyof Rates]: Rates[name] } = {};
  for (const [name, value] of Object.entries(fields)) {
    if (besides.includes(name)) continue;
    if (!Object.hasOwn(RATES, name)) throw new TypeError(`${where} has an unknown field "${name}"`);
    if (value !== null) rates[RATES[name as keyof typeof RATES]] = amount(value, name);
  }
  return rates;
}

/** Google compares the prompt, others all of the input. They differ by what Gemini's tools read: here that counts. */
const BASES: readonly unknown[] = [undefined, 'total_input', 'prompt'];

function tierFrom(value: unknown, amount: Amount): ContextTier {
  const { threshold, operator, basis, ...fields } = objectFrom(value, 'a context tier');
  if (typeof threshold !== 'number') throw new TypeError('a context tier has no threshold');
  if (operator !== 'gt' && operator !== 'gte') {
    throw new TypeError(`a context tier's operator is gt or gte, not ${JSON.stringify(operator)}`);
  }
  if (!BASES.includes(basis)) {
    throw new TypeError(`a context tier's basis is total_input or prompt, not ${basis}`);
  }
  const rates = ratesFrom(fields, 'a context tier', amount);
  return { ...rates, thresholdTokens: threshold, operator };
}

function multiplierFrom(value: unknown): [Multiplier, string] {
  const { when, factor } = objectFrom(value, 'a multiplier');
  const perMille = Number(decimalFrom(String(factor), 'factor', 3));
  return [{ when: mapped(when, 'when', String) ?? {}, perMille }, String(factor)];
}

function feesFrom(fields: Entry, amount: Amount): Price['fees'] {
  const fees: Record<string, bigint> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (!(FEES as readonly string[]).includes(name)) {
      throw new TypeError(`the price entry has an unknown fee "${name}"`);
    }
    if (value !== null) fees[name] = amount(value, name);
  }
  return fees;
}

/** A part of a GPU is a part of its price: the product of two decimals has the places of both. */
function gpuFrom(hour: unknown, gpus: unknown, places: number): Price['gpu'] {
  const ofGpus = placesOf(gpus);
  const count = decimalFrom(String(gpus), 'gpus', ofGpus);
  if (ofGpus === 0) {
    return { picoUsdPerGpuHour: decimalFrom(hour, 'gpu_hour', places), gpus: Number(count) };
  }
  const each = decimalFrom(hour, 'gpu_hour', places - ofGpus);
  return { picoUsdPerGpuHour: each * count, gpus: 1 };
}

function mapped<T>(
  value: unknown,
  where: string,
  read: (value: unknown, where: string) => T,
): Readonly<Record<string, T>> | undefined {
  if (value === undefined || value === null) return undefined;
  const entries = Object.entries(objectFrom(value, where));
  return Object.fromEntries(entries.map(([name, each]) => [name, read(each, `${where}.${name}`)]));
}

function decimalFrom(value: unknown, name: string, places: number): bigint {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a decimal in quotes`);
  const amount = parseDecimal(value, places);
  if (amount < 0n) throw new PriceError(`${name} is ${value}, and less than nothing is no price`);
  return amount;
}

function listFrom(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new TypeError(`${where} must be a list`);
  return value;
}

function objectFrom(value: unknown, where: string): Entry {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${where} must be an object`);
  }
  return value as Entry;
}
