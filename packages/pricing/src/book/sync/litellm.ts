import { MODALITIES, type Modality } from '@weir/core';
import type { BookModel, PriceRow, RowContextTier, RowRates, RowTieredRates } from '../schema.ts';
import {
  type Candidate,
  type CandidateRates,
  type Catalog,
  CatalogReading,
  countOf,
  listOf,
  type ReadOptions,
  recordOf,
  recordsOf,
  textOf,
} from './catalog.ts';
import { isUnknownPrice, litellmField } from './litellm-fields.ts';
import { cacheWriteRateOf, operatorOf, PROVIDERS } from './providers.ts';
import { completeServiceTier, completeTier } from './tiers.ts';

type Entry = Readonly<Record<string, unknown>>;

/** Not models but prices by size, and names that no request has. */
const NO_MODEL = /^(together-ai|fireworks-ai)-|^ft:|(^|\/)(sample_spec|container)$/;
const MODES = new Set(['chat', 'responses', 'completion']);
const PER_MTOK = 6;

/** Reads LiteLLM's map of model prices, the catalog with the most dimensions. */
export function readLitellm(json: unknown, options: ReadOptions): Catalog {
  const reading = new CatalogReading('litellm', options);
  const entries = Object.entries(recordOf(json) ?? {});
  for (const [provider, { litellm, prefixes }] of Object.entries(PROVIDERS)) {
    for (const theirs of litellm) {
      for (const [name, value] of entries) {
        const entry = recordOf(value);
        if (
          entry &&
          isOf(entry, theirs) &&
          MODES.has(String(entry['mode'])) &&
          !NO_MODEL.test(name)
        ) {
          readEntry(reading, provider, withoutPrefix(name, prefixes), entry, options);
        }
      }
    }
  }
  return reading.done();
}

function isOf({ litellm_provider: provider }: Entry, theirs: string | RegExp): boolean {
  if (typeof provider !== 'string') return false;
  return typeof theirs === 'string' ? provider === theirs : theirs.test(provider);
}

function withoutPrefix(name: string, prefixes: readonly string[]): string {
  const prefix = prefixes.find((text) => name.startsWith(text));
  return prefix === undefined ? name : name.slice(prefix.length);
}

function readEntry(
  reading: CatalogReading,
  provider: string,
  model: string,
  entry: Entry,
  options: ReadOptions,
): void {
  const key = `${provider}/${model}`;
  const retiresOn = dateOf(entry['deprecation_date']);
  const isRetired = retiresOn !== undefined && retiresOn < options.today;
  if (isRetired) reading.retired.add(key);
  const unknown = Object.keys(entry).find(isUnknownPrice);
  const obstacle =
    (isRetired && 'is retired') ||
    (unknown !== undefined && `has a price nobody knows: ${unknown}`) ||
    (hasReasoningRate(entry) && 'has another rate for reasoning');
  const rates = obstacle ? undefined : readRates(reading, provider, model, entry);
  if (!rates) {
    reading.passOver(key, obstacle || 'has no price per token');
    return;
  }
  reading.add({
    provider,
    model,
    ...limitsOf(entry),
    ...(retiresOn && { retiresOn }),
    prices: [
      {
        source: options.source,
        checkedOn: options.checkedOn,
        ...rates,
        ...multipliersOf(reading, key, entry),
        ...feesOf(reading, key, provider, entry),
      },
    ],
  });
}

function dateOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined;
}

function limitsOf(
  entry: Entry,
): Pick<Candidate, 'contextTokens' | 'maxOutputTokens' | 'input' | 'output'> {
  const contextTokens = countOf(entry['max_input_tokens']);
  const maxOutputTokens = countOf(entry['max_output_tokens']);
  const input = modalitiesOf(entry['supported_modalities']) ?? flagged(entry, INPUT_FLAGS);
  const output =
    modalitiesOf(entry['supported_output_modalities']) ??
    flagged(entry, OUTPUT_FLAGS) ??
    flagged(entry, INPUT_FLAGS)?.slice(0, 1);
  return {
    ...(contextTokens && { contextTokens }),
    ...(maxOutputTokens && { maxOutputTokens }),
    ...(input && { input }),
    ...(output && { output }),
  };
}

const INPUT_FLAGS = {
  image: 'supports_vision',
  audio: 'supports_audio_input',
  video: 'supports_video_input',
  pdf: 'supports_pdf_input',
} as const;
const OUTPUT_FLAGS = { audio: 'supports_audio_output' } as const;

/** Text, and what its flags add; a model without any of them says nothing about what it takes. */
function flagged(
  entry: Entry,
  flags: Readonly<Partial<Record<Modality, string>>>,
): Modality[] | undefined {
  if (!Object.values(flags).some((flag) => typeof entry[flag] === 'boolean')) return undefined;
  return MODALITIES.filter((name) => name === 'text' || entry[flags[name] ?? ''] === true);
}

export function modalitiesOf(value: unknown): NonNullable<BookModel['input']> | undefined {
  const found = MODALITIES.filter((name) => listOf(value).includes(name));
  return found.length > 0 ? found : undefined;
}

/** By threshold, 0 for none, inside a service tier, "" for the standard one. */
type RateTable = Map<string, Map<number, CandidateRates>>;

type AllRates = RowTieredRates & Pick<PriceRow, 'serviceTiers'>;

function readRates(
  reading: CatalogReading,
  provider: string,
  model: string,
  entry: Entry,
): AllRates | undefined {
  const tiers = recordsOf(entry['tiered_pricing']);
  const table: RateTable = new Map();
  const put = (fields: Entry, aboveTokens: number) => {
    for (const [name, value] of Object.entries(fields)) {
      const field = litellmField(name);
      const rate = field && reading.rate(`${provider}/${model}`, name, value, PER_MTOK);
      if (!field || rate === undefined) continue;
      const { serviceTier, thresholdTokens } = field;
      const rateName = field.rate === 'cacheWrite' ? cacheWriteRateOf(provider, model) : field.rate;
      ratesIn(table, serviceTier, thresholdTokens || aboveTokens)[rateName] = rate;
    }
  };
  put(cacheHitAsRead(entry), 0);
  for (const tier of tiers) put(tier, countOf(listOf(tier['range'])[0]) ?? 0);
  return assembled(table, operatorOf(provider));
}

/** The older name of the same price. */
function cacheHitAsRead(entry: Entry): Entry {
  const hit = entry['input_cost_per_token_cache_hit'];
  const read = 'cache_read_input_token_cost';
  return hit === undefined || read in entry ? entry : { ...entry, [read]: hit };
}

/** Reasoning is billed as output. Where it is dearer or cheaper, the book has no place for it. */
function hasReasoningRate(entry: Entry): boolean {
  return [entry, ...recordsOf(entry['tiered_pricing'])].some((fields) => {
    const reasoning = fields['output_cost_per_reasoning_token'];
    return reasoning !== undefined && reasoning !== fields['output_cost_per_token'];
  });
}

function ratesIn(table: RateTable, serviceTier: string, thresholdTokens: number): CandidateRates {
  const tier = table.get(serviceTier) ?? new Map<number, CandidateRates>();
  table.set(serviceTier, tier);
  const rates = tier.get(thresholdTokens) ?? {};
  tier.set(thresholdTokens, rates);
  return rates;
}

function assembled(table: RateTable, operator: 'gt' | 'gte'): AllRates | undefined {
  const standard = table.get('')?.get(0);
  const { inputUsdPerMTok, outputUsdPerMTok } = standard ?? {};
  if (inputUsdPerMTok === undefined || outputUsdPerMTok === undefined) return undefined;
  const base: RowRates = { ...standard, inputUsdPerMTok, outputUsdPerMTok };
  const contextTiers = contextTiersOf(table.get(''), operator, () => base);
  const usual: RowTieredRates = { ...base, ...(contextTiers.length > 0 && { contextTiers }) };
  const serviceTiers: NonNullable<PriceRow['serviceTiers']> = {};
  for (const [name, rates] of table) {
    if (name === '') continue;
    const standardOf = (threshold: number) =>
      contextTiers.find(({ thresholdTokens }) => thresholdTokens === threshold) ?? base;
    const own = contextTiersOf(rates, operator, standardOf);
    const tier = completeServiceTier(rates.get(0) ?? {}, own, usual);
    if (tier) serviceTiers[name] = tier;
  }
  return { ...usual, ...(Object.keys(serviceTiers).length > 0 && { serviceTiers }) };
}

function contextTiersOf(
  byThreshold: ReadonlyMap<number, CandidateRates> | undefined,
  operator: 'gt' | 'gte',
  standardOf: (thresholdTokens: number) => RowRates,
): RowContextTier[] {
  const found: RowContextTier[] = [];
  for (const [thresholdTokens, rates] of byThreshold ?? []) {
    if (thresholdTokens === 0) continue;
    const whole = completeTier(rates, standardOf(thresholdTokens));
    if (whole) found.push({ thresholdTokens, operator, ...whole });
  }
  return found.sort((a, b) => a.thresholdTokens - b.thresholdTokens);
}

/** Conditions as the providers' adapters name them. A factor is taken where it is given, and never worked out. */
const MULTIPLIERS = [
  { when: { processing_region: 'eu' }, field: 'regional_processing_uplift_multiplier_eu' },
  { when: { processing_region: 'us' }, field: 'regional_processing_uplift_multiplier_us' },
  { when: { endpoint: 'regional' }, field: 'regional_endpoint_uplift_multiplier' },
  { when: { inference_geo: 'us' }, special: 'us' },
  { when: { speed: 'fast' }, special: 'fast' },
] as const;

function multipliersOf(
  reading: CatalogReading,
  key: string,
  entry: Entry,
): Pick<PriceRow, 'multipliers'> {
  const special = recordOf(entry['provider_specific_entry']) ?? {};
  const multipliers = MULTIPLIERS.flatMap((known) => {
    const field = 'field' in known ? known.field : known.special;
    const value = 'field' in known ? entry[known.field] : special[known.special];
    const factor = reading.fee(key, field, value, 0);
    return factor === undefined ? [] : [{ when: { ...known.when }, factor }];
  });
  return multipliers.length > 0 ? { multipliers } : {};
}

const FEES = [
  { field: 'input_cost_per_request', fee: 'request', places: 0 },
  { field: 'code_interpreter_cost_per_session', fee: 'code_interpreter_session', places: 0 },
  { field: 'file_search_cost_per_1k_calls', fee: 'file_search', places: -3 },
] as const;

function feesOf(
  reading: CatalogReading,
  key: string,
  provider: string,
  entry: Entry,
): Pick<PriceRow, 'feesUsd'> {
  const feesUsd: NonNullable<PriceRow['feesUsd']> = {};
  for (const { field, fee, places } of FEES) {
    const amount = reading.fee(key, field, entry[field], places);
    if (amount !== undefined && amount !== '0') feesUsd[fee] = amount;
  }
  const sizes = recordOf(entry['search_context_cost_per_query']) ?? {};
  const amounts = new Set(
    Object.entries(sizes).map(([size, value]) => reading.fee(key, size, value, 0)),
  );
  const [amount] = amounts;
  // A fee that depends on how much is searched has no one amount; a call that has it is then not priced at all.
  if (amounts.size === 1 && amount !== undefined && amount !== '0') {
    feesUsd[searchFeeOf(provider, entry)] = amount;
  }
  return Object.keys(feesUsd).length > 0 ? { feesUsd } : {};
}

/** Google charges older models by the prompt that searched, and newer ones by the search. */
function searchFeeOf(provider: string, entry: Entry): keyof NonNullable<PriceRow['feesUsd']> {
  if (textOf(entry['web_search_billing_unit']) === 'per_query') return 'web_search_query';
  return provider === 'gemini' || provider === 'vertex' ? 'grounded_prompt' : 'web_search';
}
