import { FEES, parseDecimal, parseUsd } from '@weir/core';
import type { ContextTier, Multiplier, Price, Rates, TieredRates, TimeBand } from '@weir/pricing';

type Entry = Readonly<Record<string, unknown>>;

/** A price as billing cases and `weir cost --price` state it, with what only cases need beside it. */
export interface CasePrice {
  readonly price: Price;
  /** Prices of other models that took part in the call. */
  readonly byModel: ReadonlyMap<string, Price>;
  /** What a token costs per hour in a cache that is rented. */
  readonly storagePicoUsdPerTokenHour: bigint | undefined;
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
/** DeepSeek's peak since 2026-08-16, the only vendor with such hours; entries name their bands and not the hours. */
const PEAK = [
  { weekdays: [1, 2, 3, 4, 5], fromMinute: 60, untilMinute: 240 },
  { weekdays: [1, 2, 3, 4, 5], fromMinute: 360, untilMinute: 600 },
] as const;

/**
 * Reads a price entry: USD per token as decimal text, for example
 * `{"input": "0.000003", "output": "0.000015", "context_tiers": [...], "fees": {"web_search": "0.01"}}`. A field that is
 * not known is an error, since leaving it out would misprice. Providers in `flatRate` charge nothing per token.
 */
export function casePrice(entry: unknown, zeroMeans: 'free' | 'flat_rate'): CasePrice {
  const fields = objectFrom(entry, 'the price entry');
  const { by_model: models, gpu_hour: gpuHour, gpus, ...own } = fields;
  const { [STORAGE]: storage, ...fees } = objectFrom(own['fees'] ?? {}, 'fees');
  const byModel = new Map<string, Price>();
  for (const [model, price] of Object.entries(objectFrom(models ?? {}, 'by_model'))) {
    byModel.set(model, casePrice(price, zeroMeans).price);
  }
  const base = tieredFrom(own, 'the price entry', [
    'fees',
    'service_tiers',
    'time_bands',
    'multipliers',
  ]);
  const bands = Object.entries(objectFrom(own['time_bands'] ?? {}, 'time_bands')).map(bandFrom);
  const price: Price = {
    ...base,
    serviceTiers: mapped(own['service_tiers'], 'service_tiers', (tier, where) =>
      tieredFrom(tier, where),
    ),
    timeBands: bands.length > 0 ? bands : undefined,
    multipliers: listFrom(own['multipliers'], 'multipliers').map(multiplierFrom),
    fees: feesFrom(fees),
    zeroMeans: base.inputPicoUsd === 0n && base.outputPicoUsd === 0n ? zeroMeans : undefined,
    gpu:
      gpuHour === undefined
        ? undefined
        : { picoUsdPerGpuHour: money(gpuHour, 'gpu_hour'), gpus: Number(gpus ?? 1) },
  };
  return {
    price,
    byModel,
    storagePicoUsdPerTokenHour: storage === undefined ? undefined : money(storage, STORAGE),
  };
}

function tieredFrom(fields: Entry, where: string, besides: readonly string[] = []): TieredRates {
  const contextTiers = listFrom(fields['context_tiers'], `${where}: context_tiers`).map(tierFrom);
  const rates = ratesFrom(fields, where, [...besides, 'context_tiers']);
  return contextTiers.length > 0 ? { ...rates, contextTiers } : rates;
}

function ratesFrom(fields: Entry, where: string, besides: readonly string[]): Rates {
  const rates: { -readonly [name in keyof Rates]: Rates[name] } = {};
  for (const [name, value] of Object.entries(fields)) {
    if (besides.includes(name)) continue;
    if (!Object.hasOwn(RATES, name)) throw new TypeError(`${where} has an unknown field "${name}"`);
    rates[RATES[name as keyof typeof RATES]] = money(value, name);
  }
  return rates;
}

/** What the threshold is compared with is the whole prompt in every vendor's words, whatever `basis` calls it. */
function tierFrom(value: unknown): ContextTier {
  const { threshold, operator, basis: _basis, ...fields } = objectFrom(value, 'a context tier');
  if (typeof threshold !== 'number') throw new TypeError('a context tier has no threshold');
  if (operator !== 'gt' && operator !== 'gte') {
    throw new TypeError(`a context tier's operator is gt or gte, not ${JSON.stringify(operator)}`);
  }
  return { ...ratesFrom(fields, 'a context tier', []), thresholdTokens: threshold, operator };
}

function bandFrom([name, value]: [string, unknown]): TimeBand {
  return { ...tieredFrom(objectFrom(value, name), name), name, windows: PEAK };
}

function multiplierFrom(value: unknown): Multiplier {
  const { when, factor } = objectFrom(value, 'a multiplier');
  const conditions = mapped(when, 'when', (_value, _where, raw) => String(raw)) ?? {};
  return { when: conditions, perMille: Number(parseDecimal(String(factor), 3)) };
}

function feesFrom(fields: Entry): Price['fees'] {
  const fees: Record<string, bigint> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (!(FEES as readonly string[]).includes(name)) {
      throw new TypeError(`the price entry has an unknown fee "${name}"`);
    }
    fees[name] = money(value, name);
  }
  return fees;
}

function mapped<T>(
  value: unknown,
  where: string,
  read: (fields: Entry, where: string, raw: unknown) => T,
): Readonly<Record<string, T>> | undefined {
  if (value === undefined) return undefined;
  const read1 = ([name, raw]: [string, unknown]): [string, T] => [
    name,
    read(typeof raw === 'object' ? objectFrom(raw, name) : {}, `${where}.${name}`, raw),
  ];
  return Object.fromEntries(Object.entries(objectFrom(value, where)).map(read1));
}

function money(value: unknown, where: string): bigint {
  if (typeof value !== 'string') throw new TypeError(`${where} must be a decimal in quotes`);
  return parseUsd(value);
}

function listFrom(value: unknown, where: string): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new TypeError(`${where} must be a list`);
  return value;
}

function objectFrom(value: unknown, where: string): Entry {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${where} must be an object`);
  }
  return value as Entry;
}
