import type { RateName } from '../schema.ts';

/** What a price field of LiteLLM's is the price of. */
export interface LitellmField {
  readonly rate: RateName | 'cacheWrite';
  /** Zero for the price without a threshold. */
  readonly thresholdTokens: number;
  /** Empty for the standard tier. */
  readonly serviceTier: string;
}

const RATES: Readonly<Record<string, LitellmField['rate']>> = {
  input_cost_per_token: 'inputUsdPerMTok',
  output_cost_per_token: 'outputUsdPerMTok',
  cache_read_input_token_cost: 'cacheReadUsdPerMTok',
  cache_creation_input_token_cost: 'cacheWrite',
  cache_creation_input_token_cost_above_1hr: 'cacheWrite1hUsdPerMTok',
  input_cost_per_audio_token: 'inputAudioUsdPerMTok',
  input_cost_per_image_token: 'inputImageUsdPerMTok',
  cache_read_input_audio_token_cost: 'cacheReadAudioUsdPerMTok',
  output_cost_per_audio_token: 'outputAudioUsdPerMTok',
  output_cost_per_image_token: 'outputImageUsdPerMTok',
};

const SERVICE_TIERS: Readonly<Record<string, string>> = {
  flex: 'flex',
  priority: 'priority',
  batches: 'batch',
};

/** `cache_read_input_token_cost_above_200k_tokens_priority` is a rate, a threshold and a tier. */
export function litellmField(name: string): LitellmField | undefined {
  const match = /^(.+?)(?:_above_(\d+)k_tokens)?(?:_(flex|priority|batches))?$/.exec(name);
  const rate = Object.hasOwn(RATES, match?.[1] ?? '') ? RATES[match?.[1] ?? ''] : undefined;
  if (!rate) return undefined;
  return {
    rate,
    thresholdTokens: Number(match?.[2] ?? 0) * 1000,
    serviceTier: SERVICE_TIERS[match?.[3] ?? ''] ?? '',
  };
}

/** Fields that are read apart from the rates. */
const READ_APART = new Set([
  'search_context_cost_per_query',
  'web_search_billing_unit',
  'provider_specific_entry',
  'tiered_pricing',
  'input_cost_per_request',
  'input_cost_per_token_cache_hit',
  'output_cost_per_reasoning_token',
  'code_interpreter_cost_per_session',
  'file_search_cost_per_1k_calls',
  'regional_processing_uplift_multiplier_eu',
  'regional_processing_uplift_multiplier_us',
  'regional_endpoint_uplift_multiplier',
]);

/**
 * Prices of what chat does not count: seconds, pixels, pages, characters, and images apiece, which are charged as
 * tokens by everyone who is still sold.
 */
const OF_OTHER_THINGS =
  /^(input|output)_cost_per_(second|image|pixel|character|query|page|video|audio_per_second)(_|$)|^cache_creation_input_audio_token_cost$|^(ocr|annotation)_cost_per_/;

/** A field that says something about money which nothing here understands: a price without it might be wrong. */
export function isUnknownPrice(name: string): boolean {
  if (!/cost|pric|multiplier|uplift|_entry$|billing/.test(name)) return false;
  return !litellmField(name) && !READ_APART.has(name) && !OF_OTHER_THINGS.test(name);
}
