import type { Modality } from '@weir/core';
import type { RateName, RowContextTier, RowTieredRates } from '../schema.ts';
import {
  type CandidateRates,
  type Catalog,
  CatalogReading,
  countOf,
  listOf,
  type ReadOptions,
  recordOf,
  textOf,
} from './catalog.ts';
import { modalitiesOf } from './litellm.ts';
import { cacheWriteRateOf, operatorOf, PROVIDERS } from './providers.ts';
import { completeTier } from './tiers.ts';

type Fields = Readonly<Record<string, unknown>>;

const RATES: Readonly<Record<string, RateName | 'cacheWrite'>> = {
  input: 'inputUsdPerMTok',
  output: 'outputUsdPerMTok',
  cache_read: 'cacheReadUsdPerMTok',
  cached_input: 'cacheReadUsdPerMTok',
  cache_write: 'cacheWrite',
  cached_write: 'cacheWrite',
  input_audio: 'inputAudioUsdPerMTok',
  output_audio: 'outputAudioUsdPerMTok',
};

const READ_APART = new Set(['tiers', 'context_over_200k', 'reasoning']);

/** Reads models.dev: what a model is able to, and prices where nobody else has one. */
export function readModelsDev(json: unknown, options: ReadOptions): Catalog {
  const reading = new CatalogReading('models.dev', options);
  const theirs = recordOf(json) ?? {};
  for (const [provider, { modelsDev }] of Object.entries(PROVIDERS)) {
    for (const name of modelsDev) {
      const models = recordOf(recordOf(theirs[name])?.['models']) ?? {};
      for (const [id, value] of Object.entries(models)) {
        const entry = recordOf(value);
        if (entry) readEntry(reading, provider, textOf(entry['id']) ?? id, entry, options);
      }
    }
  }
  return reading.done();
}

function readEntry(
  reading: CatalogReading,
  provider: string,
  model: string,
  entry: Fields,
  { source, checkedOn }: ReadOptions,
): void {
  const key = `${provider}/${model}`;
  const modalities = recordOf(entry['modalities']);
  const input = modalitiesOf(modalities?.['input']);
  const output = modalitiesOf(modalities?.['output']);
  const cost = recordOf(entry['cost']) ?? {};
  const obstacle = obstacleIn(entry, cost, output);
  const rates = obstacle ? undefined : readRates(reading, provider, model, cost);
  if (!rates) {
    reading.passOver(key, obstacle ?? 'has no price per token');
    return;
  }
  const limit = recordOf(entry['limit']);
  const contextTokens = countOf(limit?.['context']);
  const maxOutputTokens = countOf(limit?.['output']);
  reading.add({
    provider,
    model,
    ...(contextTokens && { contextTokens }),
    ...(maxOutputTokens && { maxOutputTokens }),
    ...(input && { input }),
    ...(output && { output }),
    prices: [{ source, checkedOn, ...rates }],
  });
}

function obstacleIn(entry: Fields, cost: Fields, output?: readonly Modality[]): string | undefined {
  if (entry['status'] === 'deprecated') return 'is retired';
  if (output && !output.includes('text')) return 'does not write text';
  const unknown = Object.keys(cost).find(
    (name) => !Object.hasOwn(RATES, name) && !READ_APART.has(name),
  );
  if (unknown !== undefined) return `has a price nobody knows: ${unknown}`;
  const { reasoning } = cost;
  const isApart = reasoning !== undefined && !isSame(reasoning, cost['output']);
  return isApart ? 'has another rate for reasoning' : undefined;
}

/** Its decimals keep their zeros: "4.00" and 4. */
function isSame(a: unknown, b: unknown): boolean {
  const plain = (value: unknown) =>
    String(value)
      .replace(/(\.\d*?)0+$/, '$1')
      .replace(/\.$/, '');
  return plain(a) === plain(b);
}

function readRates(
  reading: CatalogReading,
  provider: string,
  model: string,
  cost: Fields,
): RowTieredRates | undefined {
  const read = (fields: Fields): CandidateRates => {
    const rates: CandidateRates = {};
    for (const [field, value] of Object.entries(fields)) {
      const known = Object.hasOwn(RATES, field) ? RATES[field] : undefined;
      const rate = known && reading.rate(`${provider}/${model}`, field, value, 0);
      if (!known || rate === undefined) continue;
      rates[known === 'cacheWrite' ? cacheWriteRateOf(provider, model) : known] = rate;
    }
    return rates;
  };
  const base = read(cost);
  const { inputUsdPerMTok, outputUsdPerMTok } = base;
  if (inputUsdPerMTok === undefined || outputUsdPerMTok === undefined) return undefined;
  const whole = { ...base, inputUsdPerMTok, outputUsdPerMTok };
  const contextTiers = stepsOf(cost).flatMap(({ thresholdTokens, fields }): RowContextTier[] => {
    const tier = completeTier(read(fields), whole);
    return tier ? [{ thresholdTokens, operator: operatorOf(provider), ...tier }] : [];
  });
  contextTiers.sort((a, b) => a.thresholdTokens - b.thresholdTokens);
  return { ...whole, ...(contextTiers.length > 0 && { contextTiers }) };
}

/** Steps as its files write them, or the one that its compiled list has. */
function stepsOf(cost: Fields): { thresholdTokens: number; fields: Fields }[] {
  const steps = listOf(cost['tiers']).flatMap((one) => {
    const fields = recordOf(one);
    const thresholdTokens = countOf(recordOf(fields?.['tier'])?.['size']);
    return fields && thresholdTokens ? [{ thresholdTokens, fields }] : [];
  });
  const over200k = recordOf(cost['context_over_200k']);
  return steps.length > 0 || !over200k ? steps : [{ thresholdTokens: 200_000, fields: over200k }];
}
