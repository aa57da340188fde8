import type { PriceRow, RateName, RowContextTier, RowTieredRates, RowTimeBand } from '../schema.ts';
import {
  type Candidate,
  type CandidateRates,
  type CandidateRow,
  type Catalog,
  CatalogReading,
  countOf,
  type ReadOptions,
  recordOf,
  recordsOf,
  textOf,
} from './catalog.ts';
import { matches, namesIn } from './name-match.ts';
import { cacheWriteRateOf, operatorOf, PROVIDERS } from './providers.ts';
import { completeTier } from './tiers.ts';

type Fields = Readonly<Record<string, unknown>>;

const RATES: Readonly<Record<string, RateName | 'cacheWrite'>> = {
  input_mtok: 'inputUsdPerMTok',
  output_mtok: 'outputUsdPerMTok',
  cache_read_mtok: 'cacheReadUsdPerMTok',
  cache_write_mtok: 'cacheWrite',
  cache_write_1h_mtok: 'cacheWrite1hUsdPerMTok',
  input_audio_mtok: 'inputAudioUsdPerMTok',
  input_image_mtok: 'inputImageUsdPerMTok',
  cache_audio_read_mtok: 'cacheReadAudioUsdPerMTok',
  output_audio_mtok: 'outputAudioUsdPerMTok',
  output_image_mtok: 'outputImageUsdPerMTok',
};

const FEES = {
  requests_kcount: 'request',
  web_searches_kcount: 'web_search',
  storage_searches_kcount: 'file_search',
} as const;

/** Prices of what chat hardly counts: without them, such tokens cost what the others do. */
const LEFT_OUT = new Set(['cache_image_read_mtok', 'input_video_mtok', 'output_video_mtok']);

/** Reads genai-prices' data (prices v2): fewer dimensions, but dates and hours. */
export function readGenaiPrices(json: unknown, options: ReadOptions): Catalog {
  const reading = new CatalogReading('genai-prices', options);
  const rules = new Map<string, { readonly rule: unknown; readonly key: string }[]>();
  for (const [provider, { genai }] of Object.entries(PROVIDERS)) {
    const known: { rule: unknown; key: string }[] = [];
    rules.set(provider, known);
    for (const theirs of recordsOf(json)) {
      if (!genai.includes(String(theirs['id']))) continue;
      for (const entry of recordsOf(theirs['models'])) {
        const model = textOf(entry['id']);
        if (model === undefined || !isSoldBy(provider, model)) continue;
        if (readEntry(reading, provider, model, entry, options)) {
          known.push({ rule: entry['match'], key: `${provider}/${model}` });
        }
      }
    }
  }
  return reading.done((key) => find(reading, rules, key));
}

/** Google's list is one for two doors: what is not Google's own is sold by Vertex only. */
function isSoldBy(provider: string, model: string): boolean {
  return provider !== 'gemini' || /^(gemini|gemma|learnlm)/.test(model);
}

function find(
  { models }: CatalogReading,
  rules: ReadonlyMap<string, readonly { readonly rule: unknown; readonly key: string }[]>,
  key: string,
): ReturnType<Catalog['find']> {
  const named = models.get(key);
  if (named) return { model: named, exactly: true };
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  const known = rules.get(key.slice(0, slash)) ?? [];
  const found = known.find(({ rule }) => matches(rule, name));
  const model = found && models.get(found.key);
  return model && { model, exactly: namesIn(found.rule).includes(name) };
}

function readEntry(
  reading: CatalogReading,
  provider: string,
  model: string,
  entry: Fields,
  options: ReadOptions,
): boolean {
  const key = `${provider}/${model}`;
  if (entry['deprecated'] === true) {
    reading.passOver(key, 'is retired');
    return false;
  }
  const prices = readRows(reading, provider, model, entry['prices'], options);
  if (typeof prices === 'string') {
    reading.passOver(key, prices);
    return false;
  }
  const contextTokens = countOf(entry['context_window']);
  const candidate: Candidate = { provider, model, ...(contextTokens && { contextTokens }), prices };
  return reading.add(candidate) !== undefined;
}

interface Stage {
  readonly from: string | undefined;
  readonly row: CandidateRow;
  readonly bands: RowTimeBand[];
}

/** A price, or prices one after another; where there is none for the book, why. */
function readRows(
  reading: CatalogReading,
  provider: string,
  model: string,
  prices: unknown,
  { source, checkedOn }: ReadOptions,
): CandidateRow[] | string {
  const parts = Array.isArray(prices) ? prices : [{ prices }];
  const stages: Stage[] = [];
  for (const part of recordsOf(parts)) {
    const fields = recordOf(part['prices']) ?? {};
    const unknown = Object.keys(fields).find(isUnknown);
    if (unknown !== undefined) return `has a price nobody knows: ${unknown}`;
    const rates = readRates(reading, provider, model, fields);
    if (!rates) return 'has no price per token';
    const constraint = recordOf(part['constraint']);
    const from = textOf(constraint?.['start_date']);
    const stage = stages.at(-1);
    const band = bandOf(constraint, rates);
    if (band && stage) stage.bands.push(band);
    else if (constraint && from === undefined) return 'has a condition nobody knows';
    else {
      const fees = feesOf(reading, `${provider}/${model}`, fields);
      stages.push({ from, row: { source, checkedOn, ...rates, ...fees }, bands: [] });
    }
  }
  // What is announced may still be called off, as the rise of Claude Sonnet 5 was: it is no price before its day.
  const past = stages.filter(({ from }) => from === undefined || from <= checkedOn);
  if (past.length < stages.length) reading.announced.push(`${provider}/${model}`);
  return past.length > 0 ? rowsOf(past) : 'has no price per token';
}

function isUnknown(field: string): boolean {
  return !Object.hasOwn(RATES, field) && !Object.hasOwn(FEES, field) && !LEFT_OUT.has(field);
}

/** Each stage ends where the next begins. Hours belong to the stage that they are listed after. */
function rowsOf(stages: readonly Stage[]): CandidateRow[] {
  return stages.map(({ from, row, bands }, index) => {
    const until = stages[index + 1]?.from;
    return {
      ...row,
      ...(from !== undefined && { from: `${from}T00:00:00Z` }),
      ...(until !== undefined && { until: `${until}T00:00:00Z` }),
      ...(bands.length > 0 && { timeBands: bands }),
    };
  });
}

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

function bandOf(constraint: Fields | undefined, rates: RowTieredRates): RowTimeBand | undefined {
  const from = textOf(constraint?.['start_time'])?.slice(0, 5);
  const until = textOf(constraint?.['end_time'])?.slice(0, 5);
  if (from === undefined || until === undefined) return undefined;
  const windows =
    from < until
      ? [{ weekdays: EVERY_DAY, from, until }]
      : [
          { weekdays: EVERY_DAY, from, until: '24:00' },
          ...(until === '00:00' ? [] : [{ weekdays: EVERY_DAY, from: '00:00', until }]),
        ];
  return { name: `${from}-${until}`, windows, ...rates };
}

/** A rate is a number, or a number with steps; the steps of all rates together are the context tiers. */
function readRates(
  reading: CatalogReading,
  provider: string,
  model: string,
  fields: Fields,
): RowTieredRates | undefined {
  const base: CandidateRates = {};
  const steps = new Map<number, CandidateRates>();
  for (const [field, value] of Object.entries(fields)) {
    const known = Object.hasOwn(RATES, field) ? RATES[field] : undefined;
    if (!known) continue;
    const name = known === 'cacheWrite' ? cacheWriteRateOf(provider, model) : known;
    const stepped = recordOf(value);
    const read = (figure: unknown) => reading.rate(`${provider}/${model}`, field, figure, 0);
    const rate = read(stepped ? stepped['base'] : value);
    if (rate !== undefined) base[name] = rate;
    for (const step of recordsOf(stepped?.['tiers'])) {
      const start = countOf(step['start']);
      const above = read(step['price']);
      if (start === undefined || above === undefined) continue;
      const tier = steps.get(thresholdOf(start)) ?? {};
      steps.set(thresholdOf(start), { ...tier, [name]: above });
    }
  }
  const { inputUsdPerMTok, outputUsdPerMTok } = base;
  if (inputUsdPerMTok === undefined || outputUsdPerMTok === undefined) return undefined;
  const whole = { ...base, inputUsdPerMTok, outputUsdPerMTok };
  const contextTiers: RowContextTier[] = [...steps].flatMap(([thresholdTokens, rates]) => {
    const tier = completeTier(rates, whole);
    return tier ? [{ thresholdTokens, operator: operatorOf(provider), ...tier }] : [];
  });
  contextTiers.sort((a, b) => a.thresholdTokens - b.thresholdTokens);
  return { ...whole, ...(contextTiers.length > 0 && { contextTiers }) };
}

/** Its steps begin above a number. To begin at 200,000 it writes 199999; which of the two is meant, the vendor says. */
function thresholdOf(start: number): number {
  return (start + 1) % 1000 === 0 ? start + 1 : start;
}

function feesOf(reading: CatalogReading, key: string, fields: Fields): Pick<PriceRow, 'feesUsd'> {
  const feesUsd: NonNullable<PriceRow['feesUsd']> = {};
  for (const [field, fee] of Object.entries(FEES)) {
    const amount = reading.fee(key, field, fields[field], -3);
    if (amount !== undefined && amount !== '0') feesUsd[fee] = amount;
  }
  return Object.keys(feesUsd).length > 0 ? { feesUsd } : {};
}
