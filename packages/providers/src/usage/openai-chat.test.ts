import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketsOf, refusalOf } from './buckets.fixture.ts';
import { openaiChatReplyReport, openaiChatReport, openaiChatStreamReport } from './openai-chat.ts';

const PLAIN = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };

test.each([
  ['nothing but the counts', { prompt_tokens: 7, completion_tokens: 1 }, [7, 0, 0, 0, 0, 1, 0]],
  [
    'cached tokens, which are inside the prompt',
    { ...PLAIN, prompt_tokens_details: { cached_tokens: 64 } },
    [36, 64, 0, 0, 0, 10, 0],
  ],
  [
    'written tokens, which are too',
    { ...PLAIN, prompt_tokens_details: { cached_tokens: 20, cache_write_tokens: 70 } },
    [10, 20, 0, 0, 70, 10, 0],
  ],
  [
    'written tokens by their time to live',
    {
      ...PLAIN,
      prompt_tokens_details: {
        cache_write_tokens: 70,
        cache_write_tokens_details: { ttl_30m_tokens: 50, ttl_12h_tokens: 20 },
      },
    },
    [30, 0, 0, 0, 70, 10, 0],
  ],
  [
    'only the times to live',
    {
      ...PLAIN,
      prompt_tokens_details: { cache_write_tokens_details: { ttl_30m_tokens: 50 } },
    },
    [50, 0, 0, 0, 50, 10, 0],
  ],
  [
    'reasoning inside the completion, where the total says so',
    { ...PLAIN, completion_tokens_details: { reasoning_tokens: 9 } },
    [100, 0, 0, 0, 0, 10, 9],
  ],
  [
    'reasoning beside the completion, where the total says that',
    { ...PLAIN, total_tokens: 119, completion_tokens_details: { reasoning_tokens: 9 } },
    [100, 0, 0, 0, 0, 19, 9],
  ],
  ['reasoning as SGLang counts it', { ...PLAIN, reasoning_tokens: 4 }, [100, 0, 0, 0, 0, 10, 4]],
  ['Mistral’s cached tokens', { ...PLAIN, num_cached_tokens: 99 }, [1, 99, 0, 0, 0, 10, 0]],
  [
    'Mistral’s other details',
    { ...PLAIN, prompt_token_details: { cached_tokens: 99 } },
    [1, 99, 0, 0, 0, 10, 0],
  ],
  [
    'cached tokens as xAI’s SDK counts them',
    { ...PLAIN, prompt_text_tokens: 100, cached_prompt_text_tokens: 64 },
    [36, 64, 0, 0, 0, 10, 0],
  ],
  ['Together’s cached tokens', { ...PLAIN, cached_tokens: 64 }, [36, 64, 0, 0, 0, 10, 0]],
  [
    'DeepSeek’s hits and misses',
    { ...PLAIN, prompt_cache_hit_tokens: 90, prompt_cache_miss_tokens: 10 },
    [10, 90, 0, 0, 0, 10, 0],
  ],
  [
    'one count under several names',
    { ...PLAIN, prompt_cache_hit_tokens: 90, prompt_tokens_details: { cached_tokens: 90 } },
    [10, 90, 0, 0, 0, 10, 0],
  ],
  [
    'details that are null (vLLM without its flag)',
    { ...PLAIN, prompt_tokens_details: null, completion_tokens_details: null },
    [100, 0, 0, 0, 0, 10, 0],
  ],
  [
    'explicit zeros, which are known',
    { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    [0, 0, 0, 0, 0, 0, 0],
  ],
])('usage with %s', (_what, wire, buckets) => {
  expect(bucketsOf(openaiChatReport(wire))).toEqual(buckets);
});

test.each([
  ['usage_missing', 'nothing', undefined],
  ['usage_missing', 'null', null],
  ['usage_missing', 'an empty object', {}],
  ['usage_missing', 'no completion', { prompt_tokens: 100, total_tokens: 110 }],
  ['usage_missing', 'no prompt', { completion_tokens: 10, total_tokens: 110 }],
  ['usage_invalid_type', 'a list', [100, 10]],
  ['usage_invalid_type', 'details that are text', { ...PLAIN, prompt_tokens_details: 'none' }],
  ['usage_invalid_type', 'a total that is text', { ...PLAIN, total_tokens: '110' }],
  ['usage_inconsistent', 'a total that nothing explains', { ...PLAIN, total_tokens: 900 }],
  [
    'usage_inconsistent',
    'a total that reasoning does not explain either way',
    { ...PLAIN, total_tokens: 115, completion_tokens_details: { reasoning_tokens: 9 } },
  ],
  [
    'usage_inconsistent',
    'more reasoning than output',
    { ...PLAIN, completion_tokens_details: { reasoning_tokens: 11 } },
  ],
  [
    'usage_inconsistent',
    'more cached than read',
    { ...PLAIN, prompt_tokens_details: { cached_tokens: 101 } },
  ],
  [
    'usage_inconsistent',
    'more cached and written than read',
    { ...PLAIN, prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 41 } },
  ],
  [
    'usage_inconsistent',
    'more written for a time than at all',
    {
      ...PLAIN,
      prompt_tokens_details: {
        cache_write_tokens: 40,
        cache_write_tokens_details: { ttl_12h_tokens: 41 },
      },
    },
  ],
  [
    'usage_inconsistent',
    'hits and misses that are not the prompt',
    { ...PLAIN, prompt_cache_hit_tokens: 50, prompt_cache_miss_tokens: 49 },
  ],
  [
    'usage_inconsistent',
    'two names that disagree',
    { ...PLAIN, cached_tokens: 50, prompt_tokens_details: { cached_tokens: 40 } },
  ],
  [
    'usage_invalid_unsafe_integer',
    'counts whose sum is not exact',
    { prompt_tokens: Number.MAX_SAFE_INTEGER, completion_tokens: 1 },
  ],
])('%s for %s', (code, _what, wire) => {
  expect(refusalOf(() => openaiChatReport(wire))).toBe(code);
});

test('audio is a slice of what it was counted in', () => {
  const report = openaiChatReport({
    ...PLAIN,
    prompt_tokens_details: { audio_tokens: 80, text_tokens: 20, cached_tokens: 0 },
    completion_tokens_details: { audio_tokens: 7 },
  });
  expect(report.slices).toEqual({ inputAudioTokens: 80, outputAudioTokens: 7 });
});

test('the tier that served the call is the reply’s word, or else that of the usage', () => {
  expect(openaiChatReport({ ...PLAIN, service_tier: 'priority' }).serviceTier).toBe('priority');
  expect(
    openaiChatReport({ ...PLAIN, service_tier: 'priority' }, { servedTier: 'default' }).serviceTier,
  ).toBe('default');
});

test('what the provider charges is passed on exactly', () => {
  expect(openaiChatReport({ ...PLAIN, cost: 3.25e-5 }).reportedPicoUsd).toBe(32_500_000n);
});

test('the last usage of a stream counts, since each is cumulative', () => {
  const chunk = (usage: unknown) => ({ choices: [{ delta: {} }], usage });
  const report = openaiChatStreamReport([
    chunk(null),
    chunk({ prompt_tokens: 16, completion_tokens: 1, total_tokens: 17 }),
    chunk({ prompt_tokens: 16, completion_tokens: 2, total_tokens: 18 }),
    { choices: [] },
  ]);
  expect(bucketsOf(report)).toEqual([16, 0, 0, 0, 0, 2, 0]);
});

test('Groq keeps the usage of a stream in an object of its own', () => {
  expect(bucketsOf(openaiChatStreamReport([{ choices: [], x_groq: { usage: PLAIN } }]))).toEqual([
    100, 0, 0, 0, 0, 10, 0,
  ]);
});

test('timings of llama.cpp stand in for usage, and only where there is none', () => {
  const timings = { cache_n: 30, prompt_n: 45, predicted_n: 31, predicted_ms: 12.5 };
  const earlier = { timings: { ...timings, predicted_n: 3 } };
  expect(bucketsOf(openaiChatStreamReport([earlier, { usage: null, timings }]))).toEqual([
    45, 30, 0, 0, 0, 31, 0,
  ]);
  expect(bucketsOf(openaiChatStreamReport([{ usage: PLAIN }, { timings }]))).toEqual([
    100, 0, 0, 0, 0, 10, 0,
  ]);
  expect(bucketsOf(openaiChatReplyReport({ timings }))).toEqual([45, 30, 0, 0, 0, 31, 0]);
  expect(bucketsOf(openaiChatReplyReport({ usage: PLAIN, timings }))).toEqual([
    100, 0, 0, 0, 0, 10, 0,
  ]);
  const { cache_n: _, ...older } = timings;
  expect(refusalOf(() => openaiChatReplyReport({ timings: older }))).toBe('usage_missing');
});

test('a stream without usage is unknown', () => {
  expect(refusalOf(() => openaiChatStreamReport([]))).toBe('usage_missing');
  expect(refusalOf(() => openaiChatStreamReport([{ usage: null }, null, 3]))).toBe('usage_missing');
});

test('each part of the prompt and of the answer is in one bucket, wherever the reasoning is counted', () => {
  const part = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(
      fc.tuple(part, part, part, part, part),
      fc.boolean(),
      ([fresh, read, wrote, text, thought], isApart) => {
        const prompt = fresh + read + wrote;
        const report = openaiChatReport({
          prompt_tokens: prompt,
          completion_tokens: isApart ? text : text + thought,
          total_tokens: prompt + text + thought,
          prompt_tokens_details: { cached_tokens: read, cache_write_tokens: wrote },
          completion_tokens_details: { reasoning_tokens: thought },
        });
        expect(bucketsOf(report)).toEqual([fresh, read, 0, 0, wrote, text + thought, thought]);
      },
    ),
  );
});
