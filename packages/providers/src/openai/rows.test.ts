import type { ChatRequest } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { called, lines, type Table } from './rows.fixture.ts';

/** One test for each kind of fact of the table, and in each a line for every row. */

/** Everything that has a name of its own at OpenAI. */
const FULL: Partial<ChatRequest> = {
  maxOutputTokens: 64,
  temperature: 0.5,
  topP: 0.9,
  frequencyPenalty: 0.1,
  presencePenalty: 0.2,
  stop: ['END'],
  seed: 7,
  tools: [{ name: 'look', parameters: { type: 'object' } }],
  toolChoice: 'required',
  parallelToolCalls: false,
  responseFormat: { type: 'json_schema', name: 'answer', schema: { type: 'object' } },
  prediction: 'It is',
  promptCache: { key: 'k', retention: '24h' },
};
const SAID: Readonly<Record<string, unknown>> = {
  max_completion_tokens: 64,
  temperature: 0.5,
  top_p: 0.9,
  frequency_penalty: 0.1,
  presence_penalty: 0.2,
  stop: ['END'],
  seed: 7,
  tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
  tool_choice: 'required',
  parallel_tool_calls: false,
  response_format: {
    type: 'json_schema',
    json_schema: { name: 'answer', schema: { type: 'object' } },
  },
  prediction: { type: 'content', content: 'It is' },
  prompt_cache_key: 'k',
  prompt_cache_retention: '24h',
};
const OLD = { max_completion_tokens: 'max_tokens' };
const NO_HINTS = ['prediction', 'prompt_cache_key', 'prompt_cache_retention'];

describe('a full request is said in its own names, and what has none is named', () => {
  const table: Table<{
    renamed?: Record<string, string>;
    dropped?: readonly string[];
    said?: Record<string, unknown>;
  }> = {
    openai: {},
    azure: { dropped: ['prompt_cache_retention'] },
    'openai-compatible': { renamed: OLD },
    mistral: {
      renamed: { ...OLD, seed: 'random_seed' },
      dropped: ['prompt_cache_retention'],
    },
    deepseek: {
      renamed: OLD,
      dropped: [
        'frequency_penalty',
        'presence_penalty',
        'seed',
        'parallel_tool_calls',
        'response_format',
        ...NO_HINTS,
      ],
    },
    qwen: { renamed: OLD, dropped: ['frequency_penalty', ...NO_HINTS] },
    xai: { dropped: ['frequency_penalty', 'presence_penalty', 'stop', ...NO_HINTS] },
    groq: { dropped: ['frequency_penalty', 'presence_penalty', ...NO_HINTS] },
    together: { renamed: OLD, dropped: ['parallel_tool_calls', ...NO_HINTS] },
    fireworks: { renamed: OLD, dropped: ['prompt_cache_retention'] },
    perplexity: { renamed: OLD, dropped: ['seed', ...NO_HINTS] },
    cerebras: { dropped: ['prompt_cache_retention'] },
    openrouter: { dropped: ['prompt_cache_retention'] },
    tokenmix: { renamed: OLD },
    litellm: {},
    portkey: {},
    vllm: { renamed: OLD, dropped: NO_HINTS },
    sglang: { renamed: OLD, dropped: NO_HINTS },
    'tensorrt-llm': { renamed: OLD, dropped: ['parallel_tool_calls', ...NO_HINTS] },
    triton: {
      renamed: OLD,
      dropped: ['parallel_tool_calls', 'response_format', ...NO_HINTS],
    },
    'llama.cpp': { renamed: OLD, dropped: NO_HINTS },
    tgi: {
      renamed: OLD,
      dropped: ['presence_penalty', 'parallel_tool_calls', ...NO_HINTS],
      said: { response_format: { type: 'json', value: { type: 'object' } } },
    },
    tabbyapi: { renamed: OLD, dropped: NO_HINTS },
  };

  test.each(lines(table))('%s', (name, { renamed = {}, dropped = [], said = {} }) => {
    const call = called(name, FULL);
    expect(call.dropped).toEqual(dropped);
    const expected = Object.entries({ ...SAID, ...said })
      .filter(([parameter]) => !dropped.includes(parameter))
      .map(([parameter, value]) => [renamed[parameter] ?? parameter, value]);
    const { stream_options: _, ...body } = call.body;
    expect(body).toEqual(Object.fromEntries(expected));
  });

  test.each(lines(table))('%s misses nothing that asks for what is given anyway', (name) => {
    const neutral = { frequencyPenalty: 0, presencePenalty: 0, parallelToolCalls: true } as const;
    expect(called(name, { ...neutral, responseFormat: { type: 'text' } }).dropped).toEqual([]);
  });
});

test.each(
  lines<boolean>({
    openai: true,
    azure: true,
    'openai-compatible': true,
    mistral: true,
    deepseek: true,
    qwen: true,
    xai: true,
    groq: true,
    together: true,
    fireworks: true,
    perplexity: false,
    cerebras: true,
    openrouter: true,
    tokenmix: true,
    litellm: true,
    portkey: true,
    vllm: true,
    sglang: true,
    'tensorrt-llm': true,
    triton: false,
    'llama.cpp': true,
    tgi: false,
    tabbyapi: true,
  }),
)('%s takes JSON without a schema: %s', (name, isTaken) => {
  const call = called(name, { responseFormat: { type: 'json_object' } });
  expect('response_format' in call.body).toBe(isTaken);
  expect(call.dropped).toEqual(isTaken ? [] : ['response_format']);
});

describe('of what is handed on it gets what it knows, and the rest is named', () => {
  const labels = {
    user: 'u',
    metadata: { a: 'b' },
    store: true,
    logit_bias: { 9: 1 },
    safety_identifier: 's',
    verbosity: 'low',
    top_k: 4,
  };
  const ALL = Object.keys(labels);
  const table: Table<readonly string[]> = {
    openai: ALL.filter((name) => name !== 'top_k'),
    azure: ALL.filter((name) => name !== 'top_k'),
    'openai-compatible': ALL,
    mistral: ['metadata'],
    deepseek: ['top_k'],
    qwen: ['top_k'],
    xai: ['user', 'logit_bias', 'top_k'],
    groq: ['user'],
    together: ['logit_bias', 'top_k'],
    fireworks: ['user', 'metadata', 'logit_bias'],
    perplexity: ['top_k'],
    cerebras: ['user', 'logit_bias'],
    openrouter: ALL,
    tokenmix: ALL,
    litellm: ALL,
    portkey: ALL,
    vllm: ['logit_bias', 'top_k'],
    sglang: ['logit_bias', 'top_k'],
    'tensorrt-llm': ['user', 'logit_bias', 'top_k'],
    triton: ['top_k'],
    'llama.cpp': ['logit_bias', 'top_k'],
    tgi: ['top_k'],
    tabbyapi: ['logit_bias', 'verbosity', 'top_k'],
  };

  test.each(lines(table))('%s', (name, taken) => {
    const call = called(name, { passthrough: labels });
    const { stream_options: _, ...body } = call.body;
    expect(Object.keys(body)).toEqual(taken);
    expect(call.dropped).toEqual(ALL.filter((parameter) => !taken.includes(parameter)));
  });
});

test.each(
  lines<'streams' | 'always' | 'never'>({
    openai: 'streams',
    azure: 'streams',
    'openai-compatible': 'streams',
    mistral: 'never',
    deepseek: 'streams',
    qwen: 'streams',
    xai: 'streams',
    groq: 'never',
    together: 'streams',
    fireworks: 'streams',
    perplexity: 'never',
    cerebras: 'streams',
    openrouter: 'never',
    tokenmix: 'streams',
    litellm: 'streams',
    portkey: 'streams',
    vllm: 'streams',
    sglang: 'streams',
    'tensorrt-llm': 'streams',
    triton: 'streams',
    'llama.cpp': 'streams',
    tgi: 'streams',
    tabbyapi: 'always',
  }),
)('%s is asked for usage: %s', (name, when) => {
  const options = { include_usage: true };
  const streamed = called(name, {}, true).body;
  expect(streamed['stream']).toBe(true);
  expect(streamed['stream_options']).toEqual(when === 'never' ? undefined : options);
  expect(called(name, {}).body['stream_options']).toEqual(when === 'always' ? options : undefined);
});

describe('log-probabilities are asked for as it knows them, and no more than it gives', () => {
  const twenty = { logprobs: true, top_logprobs: 20 };
  const table: Table<Record<string, unknown> | undefined> = {
    openai: twenty,
    azure: twenty,
    'openai-compatible': twenty,
    mistral: undefined,
    deepseek: twenty,
    qwen: { logprobs: true, top_logprobs: 5 },
    xai: { logprobs: true, top_logprobs: 8 },
    groq: undefined,
    together: { logprobs: 20 },
    fireworks: { logprobs: true, top_logprobs: 5 },
    perplexity: undefined,
    cerebras: twenty,
    openrouter: twenty,
    tokenmix: twenty,
    litellm: twenty,
    portkey: twenty,
    vllm: twenty,
    sglang: twenty,
    'tensorrt-llm': twenty,
    triton: undefined,
    'llama.cpp': twenty,
    tgi: { logprobs: true, top_logprobs: 5 },
    tabbyapi: twenty,
  };

  test.each(lines(table))('%s', (name, asked) => {
    const { stream_options: _, ...body } = called(name, { topLogprobs: 20 }).body;
    expect(body).toEqual(asked ?? {});
    expect(called(name, { topLogprobs: 20 }).dropped).toEqual(asked ? [] : ['logprobs']);
    expect(DIALECTS[name].takesLogprobs).toBe(asked !== undefined);
  });

  test('one that counts is asked for one where none was wanted, since none would switch them off', () => {
    expect(called('together', { topLogprobs: 0 }).body).toEqual({ logprobs: 1 });
  });
});
