import { describe, expect, test } from 'vitest';
import { parseNumbersAsText } from '../number-text.ts';
import type { PriceRow } from '../schema.ts';
import { readLitellm } from './litellm.ts';
import { litellmField } from './litellm-fields.ts';

const OPTIONS = {
  source: 'https://example.com/litellm.json',
  checkedOn: '2026-08-01',
  today: '2026-11-22',
  free: new Set<string>(),
};

function read(entries: Record<string, string>, options = OPTIONS) {
  const bodies = Object.entries(entries).map(([name, body]) => `${JSON.stringify(name)}:{${body}}`);
  return readLitellm(parseNumbersAsText(`{${bodies.join()}}`), options);
}

const CHAT = '"litellm_provider":"openai","mode":"chat"';
const COSTS = '"input_cost_per_token":2.5e-06,"output_cost_per_token":1e-05';

function rowOf(fields: string, costs = COSTS): PriceRow | undefined {
  const { models } = read({ 'gpt-x': `${CHAT},${costs},${fields}` });
  return models.get('openai/gpt-x')?.prices[0];
}

test('a price per token becomes one per million, exactly, and says where it is from', () => {
  const { models } = read({
    'gpt-x': `${CHAT},${COSTS},"cache_read_input_token_cost":1.25e-07,"max_input_tokens":400000,
      "max_output_tokens":128000,"supported_modalities":["text","image","smell"]`,
  });
  expect(models.get('openai/gpt-x')).toEqual({
    provider: 'openai',
    model: 'gpt-x',
    contextTokens: 400_000,
    maxOutputTokens: 128_000,
    input: ['text', 'image'],
    prices: [
      {
        source: 'https://example.com/litellm.json',
        checkedOn: '2026-08-01',
        inputUsdPerMTok: '2.5',
        outputUsdPerMTok: '10',
        cacheReadUsdPerMTok: '0.125',
      },
    ],
  });
});

test.each([
  ['"supports_vision":true', ['text', 'image'], ['text']],
  ['"supports_vision":false', ['text'], ['text']],
  [
    '"supports_vision":true,"supports_pdf_input":true,"supports_video_input":true,"supports_audio_input":true',
    ['text', 'image', 'audio', 'video', 'pdf'],
    ['text'],
  ],
  ['"supports_audio_output":true', undefined, ['text', 'audio']],
  ['"supports_vision":true,"supported_modalities":["text","audio"]', ['text', 'audio'], ['text']],
  ['"supports_tool_choice":true', undefined, undefined],
])('of a model with %s it is known what goes in and comes out', (flags, input, output) => {
  const { models } = read({ x: `${CHAT},${COSTS},${flags}` });
  expect(models.get('openai/x')?.input).toEqual(input);
  expect(models.get('openai/x')?.output).toEqual(output);
});

test.each([
  ['input_cost_per_token', 'inputUsdPerMTok', 0, ''],
  ['output_cost_per_token_above_200k_tokens', 'outputUsdPerMTok', 200_000, ''],
  ['cache_read_input_token_cost_flex', 'cacheReadUsdPerMTok', 0, 'flex'],
  ['input_cost_per_token_above_272k_tokens_priority', 'inputUsdPerMTok', 272_000, 'priority'],
  ['input_cost_per_token_batches', 'inputUsdPerMTok', 0, 'batch'],
  ['cache_creation_input_token_cost', 'cacheWrite', 0, ''],
  ['cache_creation_input_token_cost_above_1hr', 'cacheWrite1hUsdPerMTok', 0, ''],
  [
    'cache_creation_input_token_cost_above_1hr_above_200k_tokens',
    'cacheWrite1hUsdPerMTok',
    200_000,
    '',
  ],
  ['cache_creation_input_token_cost_above_272k_tokens_flex', 'cacheWrite', 272_000, 'flex'],
  ['input_cost_per_audio_token_priority', 'inputAudioUsdPerMTok', 0, 'priority'],
])('%s is a rate, a threshold and a tier', (name, rate, thresholdTokens, serviceTier) => {
  expect(litellmField(name)).toEqual({ rate, thresholdTokens, serviceTier });
});

test('names and providers become those of the book', () => {
  const entry = (provider: string, mode = 'chat') =>
    `"litellm_provider":"${provider}","mode":"${mode}",${COSTS}`;
  const { models } = read({
    'gemini/gemini-x': entry('gemini'),
    'vertex_ai/claude-x': entry('vertex_ai-anthropic_models'),
    'gemini-x': entry('vertex_ai-language-models'),
    'bedrock/us-east-1/claude-x': entry('bedrock'),
    'us.anthropic.claude-x': entry('bedrock_converse'),
    'azure/eu/gpt-x': entry('azure'),
    'dashscope/qwen-x': entry('dashscope'),
    'together_ai/a/b': entry('together_ai'),
    'davinci-x': entry('text-completion-openai', 'completion'),
    'gpt-x-pro': entry('openai', 'responses'),
    'gpt-image': entry('openai', 'image_generation'),
    'deepinfra/x': entry('deepinfra'),
    'ft:gpt-x': entry('openai'),
    'together-ai-4.1b-8b': entry('together_ai'),
  });
  expect([...models.keys()].sort()).toEqual([
    'azure/eu/gpt-x',
    'bedrock/us-east-1/claude-x',
    'bedrock/us.anthropic.claude-x',
    'gemini/gemini-x',
    'openai/davinci-x',
    'openai/gpt-x-pro',
    'qwen/qwen-x',
    'together/a/b',
    'vertex/claude-x',
    'vertex/gemini-x',
  ]);
});

test.each([
  ['openai', 'gt'],
  ['azure', 'gt'],
  ['anthropic', 'gt'],
  ['gemini', 'gt'],
  ['bedrock', 'gt'],
  ['minimax', 'gt'],
  ['xai', 'gte'],
  ['openrouter', 'gte'],
])('a threshold of %s is %s', (provider, operator) => {
  const { models } = read({
    x: `"litellm_provider":"${provider}","mode":"chat",${COSTS},
      "input_cost_per_token_above_200k_tokens":5e-06,"output_cost_per_token_above_200k_tokens":2e-05`,
  });
  expect(models.get(`${provider}/x`)?.prices[0]?.contextTiers).toEqual([
    { thresholdTokens: 200_000, operator, inputUsdPerMTok: '5', outputUsdPerMTok: '20' },
  ]);
});

describe('a tier says all that it charges, never less than it may cost', () => {
  const CACHE = '"cache_read_input_token_cost":1e-06,"input_cost_per_audio_token":8e-06';

  test('a cheaper one has the standard rate for what it does not name', () => {
    const row = rowOf(
      `${CACHE},"input_cost_per_token_flex":1e-06,"output_cost_per_token_flex":5e-06`,
    );
    expect(row?.serviceTiers?.['flex']).toEqual({
      inputUsdPerMTok: '1',
      outputUsdPerMTok: '5',
      cacheReadUsdPerMTok: '1',
      inputAudioUsdPerMTok: '8',
    });
  });

  test('a dearer one leaves it to the rate of which it is a part, unless the standard one is higher', () => {
    const row = rowOf(
      `${CACHE},"input_cost_per_token_priority":5e-06,"output_cost_per_token_priority":2e-05`,
    );
    expect(row?.serviceTiers?.['priority']).toEqual({
      inputUsdPerMTok: '5',
      outputUsdPerMTok: '20',
      inputAudioUsdPerMTok: '8',
    });
  });

  test('a cheaper one charges long prompts as the standard one does', () => {
    const row = rowOf(
      `"input_cost_per_token_batches":1e-06,"output_cost_per_token_batches":5e-06,
       "input_cost_per_token_above_200k_tokens":5e-06,"output_cost_per_token_above_200k_tokens":2e-05`,
    );
    expect(row?.serviceTiers?.['batch']?.contextTiers).toEqual(row?.contextTiers);
  });

  test('tiers and service tiers are multiplied where both are named', () => {
    const row = rowOf(
      `"input_cost_per_token_flex":1e-06,"output_cost_per_token_flex":5e-06,
       "input_cost_per_token_above_200k_tokens":5e-06,"output_cost_per_token_above_200k_tokens":2e-05,
       "input_cost_per_token_above_200k_tokens_flex":3e-06,"output_cost_per_token_above_200k_tokens_flex":9e-06`,
    );
    expect(row?.serviceTiers?.['flex']?.contextTiers).toEqual([
      { thresholdTokens: 200_000, operator: 'gt', inputUsdPerMTok: '3', outputUsdPerMTok: '9' },
    ]);
  });

  test('a service tier without a price for output is none', () => {
    expect(rowOf('"input_cost_per_token_priority":5e-06')?.serviceTiers).toBeUndefined();
  });
});

test('prices in steps are context tiers', () => {
  const { models } = read({
    'dashscope/qwen-x': `"litellm_provider":"dashscope","mode":"chat","tiered_pricing":[
      {"input_cost_per_token":5e-08,"output_cost_per_token":4e-07,"range":[0,256000.0]},
      {"input_cost_per_token":2.5e-07,"output_cost_per_token":2e-06,"range":[256000.0,1000000.0]}]`,
  });
  expect(models.get('qwen/qwen-x')?.prices[0]).toMatchObject({
    inputUsdPerMTok: '0.05',
    contextTiers: [
      { thresholdTokens: 256_000, operator: 'gt', inputUsdPerMTok: '0.25', outputUsdPerMTok: '2' },
    ],
  });
});

test('a cache write lies in the bucket in which its provider counts it', () => {
  const cost = `${COSTS},"cache_creation_input_token_cost":3e-06`;
  const { models } = read({
    'gpt-x': `"litellm_provider":"openai","mode":"chat",${cost}`,
    'claude-x': `"litellm_provider":"anthropic","mode":"chat",${cost},"cache_creation_input_token_cost_above_1hr":5e-06`,
    'azure_ai/claude-x': `"litellm_provider":"azure_ai","mode":"chat",${cost}`,
  });
  expect(models.get('openai/gpt-x')?.prices[0]?.cacheWriteOtherUsdPerMTok).toBe('3');
  expect(models.get('anthropic/claude-x')?.prices[0]).toMatchObject({
    cacheWrite5mUsdPerMTok: '3',
    cacheWrite1hUsdPerMTok: '5',
  });
  expect(models.get('azure/claude-x')?.prices[0]?.cacheWrite5mUsdPerMTok).toBe('3');
});

test('multipliers are taken where they are given, and never worked out', () => {
  const row = rowOf(
    '"provider_specific_entry":{"us":1.1,"fast":6.0},"regional_processing_uplift_multiplier_eu":1.1,"regional_endpoint_uplift_multiplier":1.1',
  );
  expect(row?.multipliers).toEqual([
    { when: { processing_region: 'eu' }, factor: '1.1' },
    { when: { endpoint: 'regional' }, factor: '1.1' },
    { when: { inference_geo: 'us' }, factor: '1.1' },
    { when: { speed: 'fast' }, factor: '6' },
  ]);
  expect(rowOf('"supports_vision":true')?.multipliers).toBeUndefined();
});

test('a fee for searching is that of the provider, and none where it depends on the search', () => {
  const search = (provider: string, sizes: string, unit = '') =>
    read({
      x: `"litellm_provider":"${provider}","mode":"chat",${COSTS},"search_context_cost_per_query":{${sizes}}${unit}`,
    }).models.get(`${provider}/x`)?.prices[0]?.feesUsd;
  const same = '"search_context_size_low":0.01,"search_context_size_high":0.01';
  expect(search('anthropic', same)).toEqual({ web_search: '0.01' });
  expect(search('gemini', same)).toEqual({ grounded_prompt: '0.01' });
  expect(search('gemini', same, ',"web_search_billing_unit":"per_query"')).toEqual({
    web_search_query: '0.01',
  });
  expect(
    search('openai', '"search_context_size_low":0.01,"search_context_size_high":0.02'),
  ).toBeUndefined();
});

describe('what the book cannot say is left out, and said', () => {
  test.each([
    ['"input_cost_per_token":0,"output_cost_per_token":0', /price of zero/],
    ['"input_cost_per_token":1e-06,"output_cost_per_token":0', /price of zero/],
    ['"output_cost_per_second":1', /no price per token/],
    [`${COSTS},"output_cost_per_reasoning_token":2e-05`, /another rate for reasoning/],
    [`${COSTS},"cost_per_dream":1`, /a price nobody knows: cost_per_dream/],
    [`${COSTS},"deprecation_date":"2026-11-21"`, /is retired/],
  ])('%s', (body, why) => {
    const { models, passedOver } = read({ x: `${CHAT},${body}` });
    expect(models.size).toBe(0);
    expect(passedOver.map((one) => one.why)).toEqual([expect.stringMatching(why)]);
  });

  test('a model that is retired later says when', () => {
    const { models } = read({ x: `${CHAT},${COSTS},"deprecation_date":"2026-11-22"` });
    expect(models.get('openai/x')?.retiresOn).toBe('2026-11-22');
  });

  test('a rate of zero is a rate that is missing', () => {
    expect(rowOf('"cache_read_input_token_cost":0.0')?.cacheReadUsdPerMTok).toBeUndefined();
  });

  test('zero is a price where somebody put the model on the list', () => {
    const { models } = read(
      { x: `${CHAT},"input_cost_per_token":0,"output_cost_per_token":0` },
      { ...OPTIONS, free: new Set(['openai/x']) },
    );
    expect(models.get('openai/x')?.prices[0]).toMatchObject({
      inputUsdPerMTok: '0',
      zeroMeans: 'free',
    });
  });

  test.each([
    ['1.5000020000000002e-05', /17 significant digits/],
    ['-1e-06', /negative/],
    ['1.2e-13', /finer than a picodollar/],
    ['"a lot"', /no number/],
  ])('the figure %s is rejected with its reason, never made to fit', (figure, why) => {
    const { models, rejected } = read({
      x: `${CHAT},${COSTS},"cache_read_input_token_cost":${figure}`,
    });
    expect(models.get('openai/x')?.prices[0]?.cacheReadUsdPerMTok).toBeUndefined();
    expect(rejected).toEqual([
      {
        catalog: 'litellm',
        model: 'openai/x',
        field: 'cache_read_input_token_cost',
        value: expect.any(String),
        why: expect.stringMatching(why),
      },
    ]);
  });
});

test('nonsense is a catalog without models', () => {
  for (const json of [null, [], 'x', { a: null, b: [], c: { litellm_provider: 7 } }]) {
    expect(readLitellm(json, OPTIONS).models.size).toBe(0);
  }
});
