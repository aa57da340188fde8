import { promptTokens } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { usageFrom } from './usage.ts';

/** The figures that can be non-zero for OpenAI-shaped usage. */
function figures(wire: unknown): number[] | undefined {
  const usage = usageFrom(wire);
  return (
    usage && [
      usage.inputTokens,
      usage.cacheReadTokens,
      usage.cacheWriteOtherTokens,
      usage.outputTokens,
      usage.reasoningTokens,
    ]
  );
}

describe('usage becomes exclusive buckets: input, read from cache, written to it, output, reasoning', () => {
  test.each([
    [
      'cached tokens are inside the prompt',
      {
        prompt_tokens: 2006,
        completion_tokens: 300,
        total_tokens: 2306,
        prompt_tokens_details: { cached_tokens: 1920 },
      },
      [86, 1920, 0, 300, 0],
    ],
    [
      'cache-written tokens are inside the prompt',
      {
        prompt_tokens: 109,
        completion_tokens: 5,
        total_tokens: 114,
        prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 107 },
      },
      [2, 0, 107, 5, 0],
    ],
    [
      'reasoning is inside the completion where the total says so',
      {
        prompt_tokens: 336,
        completion_tokens: 96,
        total_tokens: 432,
        prompt_tokens_details: { cached_tokens: 256 },
        completion_tokens_details: { reasoning_tokens: 59 },
      },
      [80, 256, 0, 96, 59],
    ],
    [
      'reasoning is added to the completion where the total says that (xAI)',
      {
        prompt_tokens: 10120,
        completion_tokens: 1499,
        total_tokens: 14428,
        prompt_tokens_details: { cached_tokens: 128 },
        completion_tokens_details: { reasoning_tokens: 2809 },
      },
      [9992, 128, 0, 4308, 2809],
    ],
    [
      'DeepSeek names hits and misses',
      {
        prompt_tokens: 563,
        completion_tokens: 116,
        total_tokens: 679,
        prompt_cache_hit_tokens: 512,
        prompt_cache_miss_tokens: 51,
      },
      [51, 512, 0, 116, 0],
    ],
    [
      'Mistral counts cached tokens beside the prompt, and they are inside it',
      { prompt_tokens: 70, completion_tokens: 12, total_tokens: 82, num_cached_tokens: 69 },
      [1, 69, 0, 12, 0],
    ],
    [
      'Together counts them under yet another name',
      { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150, cached_tokens: 64 },
      [36, 64, 0, 50, 0],
    ],
    [
      'details that are null are absent (vLLM without its flag)',
      { prompt_tokens: 12, completion_tokens: 2, total_tokens: 14, prompt_tokens_details: null },
      [12, 0, 0, 2, 0],
    ],
    [
      'a missing total is no contradiction',
      { prompt_tokens: 7, completion_tokens: 1 },
      [7, 0, 0, 1, 0],
    ],
    [
      'an explicit zero is known',
      { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
      [0, 0, 0, 0, 0],
    ],
  ])('%s', (_what, wire, buckets) => {
    expect(figures(wire)).toEqual(buckets);
  });
});

describe('usage that is absent or cannot be true is unknown, never zero', () => {
  const good = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
  test.each([
    ['no usage', undefined],
    ['null', null],
    ['an empty object', {}],
    ['an array', [1, 2]],
    ['no completion count', { prompt_tokens: 100, total_tokens: 150 }],
    ['a total that nothing explains', { ...good, total_tokens: 900 }],
    [
      'a total that neither inclusion explains',
      { ...good, total_tokens: 115, completion_tokens_details: { reasoning_tokens: 7 } },
    ],
    ['more cached than read', { ...good, prompt_tokens_details: { cached_tokens: 101 } }],
    [
      'more cached and written than read',
      { ...good, prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 41 } },
    ],
    [
      'more reasoning than output',
      { ...good, completion_tokens_details: { reasoning_tokens: 11 } },
    ],
    [
      'hits and misses that are not the prompt',
      { ...good, prompt_cache_hit_tokens: 50, prompt_cache_miss_tokens: 49 },
    ],
    ['a count that is text', { ...good, prompt_tokens: '100' }],
    ['a total that is text', { ...good, total_tokens: '110' }],
  ])('%s', (_what, wire) => {
    expect(usageFrom(wire)).toBeUndefined();
  });

  test.each([-1, 0.5, 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN])(
    'a count of %d, wherever it stands, spoils the whole',
    (bad) => {
      expect(usageFrom({ ...good, prompt_tokens: bad })).toBeUndefined();
      expect(usageFrom({ ...good, completion_tokens: bad })).toBeUndefined();
      expect(usageFrom({ ...good, total_tokens: bad })).toBeUndefined();
      expect(usageFrom({ ...good, prompt_tokens_details: { cached_tokens: bad } })).toBeUndefined();
      expect(
        usageFrom({ ...good, completion_tokens_details: { reasoning_tokens: bad } }),
      ).toBeUndefined();
    },
  );
});

test('no token is counted twice and none is lost: the buckets add up to the total', () => {
  const part = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(
      part,
      part,
      part,
      part,
      part,
      fc.boolean(),
      (fresh, read, wrote, text, thought, apart) => {
        const prompt = fresh + read + wrote;
        const wire = {
          prompt_tokens: prompt,
          completion_tokens: apart ? text : text + thought,
          total_tokens: prompt + text + thought,
          prompt_tokens_details: { cached_tokens: read, cache_write_tokens: wrote },
          completion_tokens_details: { reasoning_tokens: thought },
        };
        const usage = usageFrom(wire);
        expect(usage && promptTokens(usage) + usage.outputTokens).toBe(wire.total_tokens);
        expect(figures(wire)).toEqual([fresh, read, wrote, text + thought, thought]);
      },
    ),
  );
});
