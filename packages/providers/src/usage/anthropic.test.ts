import { promptTokens } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anthropicReport, anthropicStreamReport, foldAnthropicUsage } from './anthropic.ts';
import { bucketsOf, refusalOf } from './buckets.fixture.ts';

const PLAIN = { input_tokens: 25, output_tokens: 150 };

test.each([
  ['no word about a cache', PLAIN, [25, 0, 0, 0, 0, 150, 0]],
  [
    'cache traffic, which is beside the input',
    { ...PLAIN, cache_read_input_tokens: 2400, cache_creation_input_tokens: 120 },
    [25, 2400, 120, 0, 0, 150, 0],
  ],
  [
    'written tokens by their time to live',
    {
      ...PLAIN,
      cache_creation_input_tokens: 120,
      cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 100 },
    },
    [25, 0, 20, 100, 0, 150, 0],
  ],
  [
    'only the times to live',
    { ...PLAIN, cache_creation: { ephemeral_1h_input_tokens: 100 } },
    [25, 0, 0, 100, 0, 150, 0],
  ],
  [
    'thinking, which is inside the output',
    { ...PLAIN, output_tokens_details: { thinking_tokens: 140 } },
    [25, 0, 0, 0, 0, 150, 140],
  ],
])('usage with %s', (_what, wire, buckets) => {
  expect(bucketsOf(anthropicReport(wire))).toEqual(buckets);
});

test.each([
  ['usage_missing', 'null', null],
  ['usage_missing', 'no output', { input_tokens: 25 }],
  ['usage_missing', 'no input', { output_tokens: 25 }],
  ['usage_invalid_type', 'passes that are no list', { ...PLAIN, iterations: {} }],
  [
    'usage_inconsistent',
    'more thinking than output',
    { ...PLAIN, output_tokens_details: { thinking_tokens: 151 } },
  ],
  [
    'usage_inconsistent',
    'times to live that are not what was written',
    {
      ...PLAIN,
      cache_creation_input_tokens: 120,
      cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 99 },
    },
  ],
])('%s for %s', (code, _what, wire) => {
  expect(refusalOf(() => anthropicReport(wire))).toBe(code);
});

test('tools that Anthropic runs are charged by the piece', () => {
  const searched = { web_search_requests: 3, web_fetch_requests: 0 };
  expect(anthropicReport({ ...PLAIN, server_tool_use: searched }).fees).toEqual({ web_search: 3 });
  const fetched = { web_search_requests: 0, web_fetch_requests: 7 };
  expect(anthropicReport({ ...PLAIN, server_tool_use: fetched }).fees).toEqual({ web_fetch: 7 });
  expect(anthropicReport({ ...PLAIN, server_tool_use: {} }).fees).toBeUndefined();
});

test('what moves the price is named, and what does not is left out', () => {
  const wire = { ...PLAIN, speed: 'fast', inference_geo: 'us', service_tier: 'batch' };
  expect(anthropicReport(wire)).toMatchObject({
    conditions: { speed: 'fast', inference_geo: 'us' },
    serviceTier: 'batch',
  });
  for (const geo of ['not_available', 'global', 'a sentence']) {
    const told = anthropicReport({ ...PLAIN, speed: 'standard', inference_geo: geo });
    expect(told.conditions).toBeUndefined();
  }
  expect(
    anthropicReport(wire, { conditions: { speed: 'standard', endpoint: 'eu' } }).conditions,
  ).toEqual({ speed: 'standard', inference_geo: 'us', endpoint: 'eu' });
});

describe('a call of several passes', () => {
  const compaction = { type: 'compaction', input_tokens: 180_000, output_tokens: 3500 };
  const answer = { type: 'message', input_tokens: 23_000, output_tokens: 1000 };

  test('is all of them, priced each by itself', () => {
    const report = anthropicReport({
      input_tokens: 23_000,
      output_tokens: 1000,
      iterations: [compaction, answer],
    });
    expect(bucketsOf(report)).toEqual([203_000, 0, 0, 0, 0, 4500, 0]);
    expect(report.parts?.map(bucketsOf)).toEqual([
      [180_000, 0, 0, 0, 0, 3500, 0],
      [23_000, 0, 0, 0, 0, 1000, 0],
    ]);
  });

  test('names the model of an adviser, and of nobody else', () => {
    const report = anthropicReport({
      input_tokens: 300,
      output_tokens: 30,
      iterations: [
        { type: 'message', model: 'small', input_tokens: 100, output_tokens: 20 },
        { type: 'advisor_message', model: 'large', input_tokens: 700, output_tokens: 5 },
        { type: 'message', model: 'small', input_tokens: 200, output_tokens: 10 },
      ],
    });
    expect(bucketsOf(report)).toEqual([1000, 0, 0, 0, 0, 35, 0]);
    expect(report.parts?.map(({ model }) => model)).toEqual([undefined, 'large', undefined]);
  });

  test('is not billed for an attempt that was declined before it said anything', () => {
    const declined = { type: 'message', model: 'first', input_tokens: 900, output_tokens: 0 };
    const served = {
      type: 'fallback_message',
      model: 'second',
      input_tokens: 90,
      output_tokens: 9,
    };
    const whole = { input_tokens: 90, output_tokens: 9 };
    const report = anthropicReport({ ...whole, iterations: [declined, served] });
    expect(bucketsOf(report)).toEqual([90, 0, 0, 0, 0, 9, 0]);
    expect(report.parts).toEqual([{ model: 'second', usage: report.usage }]);

    const halfway = { ...declined, output_tokens: 4 };
    const both = anthropicReport({ ...whole, iterations: [halfway, served] });
    expect(bucketsOf(both)).toEqual([990, 0, 0, 0, 0, 13, 0]);
    expect(both.parts?.map(({ model }) => model)).toEqual(['first', 'second']);
  });

  test('has its thinking where the answers are', () => {
    const report = anthropicReport({
      input_tokens: 3,
      output_tokens: 30,
      output_tokens_details: { thinking_tokens: 25 },
      iterations: [
        { type: 'message', input_tokens: 1, output_tokens: 20 },
        { type: 'advisor_message', model: 'large', input_tokens: 7, output_tokens: 50 },
        { type: 'message', input_tokens: 2, output_tokens: 10 },
      ],
    });
    expect(report.usage.reasoningTokens).toBe(25);
    expect(report.parts?.map(({ usage }) => usage.reasoningTokens)).toEqual([15, 0, 10]);
  });

  test('keeps the split of what each pass wrote', () => {
    const report = anthropicReport({
      input_tokens: 1,
      output_tokens: 1,
      cache_creation_input_tokens: 10,
      iterations: [
        {
          type: 'message',
          input_tokens: 1,
          output_tokens: 1,
          cache_creation_input_tokens: 10,
          cache_creation: { ephemeral_1h_input_tokens: 10, ephemeral_5m_input_tokens: 0 },
        },
      ],
    });
    expect(bucketsOf(report)).toEqual([1, 0, 0, 10, 0, 1, 0]);
    expect(report.parts).toBeUndefined();
  });

  test('is refused where its counts are not those of its answers', () => {
    const wire = { input_tokens: 23_001, output_tokens: 1000, iterations: [compaction, answer] };
    expect(refusalOf(() => anthropicReport(wire))).toBe('usage_inconsistent');
    const onlyCompacted = { input_tokens: 0, output_tokens: 0, iterations: [compaction] };
    expect(bucketsOf(anthropicReport(onlyCompacted))).toEqual([180_000, 0, 0, 0, 0, 3500, 0]);
    expect(refusalOf(() => anthropicReport({ ...onlyCompacted, output_tokens: 1 }))).toBe(
      'usage_inconsistent',
    );
  });

  test('is the sum of its parts, whatever they are', () => {
    const count = fc.nat({ max: 1_000_000 });
    const pass = fc.record({
      type: fc.constantFrom('message', 'compaction', 'advisor_message'),
      input_tokens: count,
      output_tokens: count,
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
    });
    fc.assert(
      fc.property(fc.array(pass, { minLength: 1, maxLength: 6 }), (iterations) => {
        const answers = iterations.filter(({ type }) => type === 'message');
        const sum = (name: keyof Omit<(typeof iterations)[number], 'type'>, of = answers) =>
          of.reduce((total, entry) => total + entry[name], 0);
        const report = anthropicReport({
          input_tokens: sum('input_tokens'),
          output_tokens: sum('output_tokens'),
          cache_read_input_tokens: sum('cache_read_input_tokens'),
          cache_creation_input_tokens: sum('cache_creation_input_tokens'),
          iterations,
        });
        expect(bucketsOf(report)).toEqual([
          sum('input_tokens', iterations),
          sum('cache_read_input_tokens', iterations),
          sum('cache_creation_input_tokens', iterations),
          0,
          0,
          sum('output_tokens', iterations),
          0,
        ]);
        const parts = report.parts ?? [report];
        const total = parts.reduce((tokens, { usage }) => tokens + promptTokens(usage), 0);
        expect(total).toBe(promptTokens(report.usage));
      }),
    );
  });
});

describe('a stream’s usage', () => {
  const start = {
    input_tokens: 25,
    cache_read_input_tokens: 2400,
    cache_creation_input_tokens: 120,
    cache_creation: { ephemeral_5m_input_tokens: 120, ephemeral_1h_input_tokens: 0 },
    output_tokens: 1,
    service_tier: 'standard',
  };

  test('takes the place of what was told before, field by field, and nulls take no place', () => {
    const folded = foldAnthropicUsage(foldAnthropicUsage(undefined, start), {
      input_tokens: null,
      output_tokens: 15,
    });
    expect(folded).toEqual({ ...start, output_tokens: 15 });
    expect(foldAnthropicUsage(folded, null)).toBe(folded);
    expect(foldAnthropicUsage(undefined, undefined)).toBeUndefined();
  });

  test('takes nothing over but the fields it knows', () => {
    const odd = JSON.parse('{"__proto__":{"input_tokens":5},"prompt":"x","output_tokens":1}');
    expect(foldAnthropicUsage(undefined, odd)).toEqual({ output_tokens: 1 });
  });

  test('that grows what was written keeps it for as long as the rest', () => {
    const grown = (split: object) => {
      const first = { ...start, cache_creation: split };
      const folded = foldAnthropicUsage(foldAnthropicUsage(undefined, first), {
        cache_creation_input_tokens: 200,
        output_tokens: 9,
      });
      return bucketsOf(anthropicReport(folded)).slice(2, 4);
    };
    expect(grown({ ephemeral_5m_input_tokens: 120 })).toEqual([200, 0]);
    expect(grown({ ephemeral_1h_input_tokens: 120 })).toEqual([0, 200]);
    expect(grown({ ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 100 })).toEqual([
      100, 100,
    ]);
  });

  test('is never summed, and shrinking or contradicting itself is refused', () => {
    const fold = (...usages: unknown[]) =>
      usages.reduce<ReturnType<typeof foldAnthropicUsage>>(foldAnthropicUsage, undefined);
    const shrunk = fold(start, { cache_creation_input_tokens: 100, output_tokens: 9 });
    expect(refusalOf(() => anthropicReport(shrunk))).toBe('usage_inconsistent');
    const wrong = { ...start, cache_creation_input_tokens: 121 };
    expect(refusalOf(() => anthropicReport(fold(wrong, wrong)))).toBe('usage_inconsistent');
  });

  test('of a compatible gateway is all in its last event', () => {
    const zeros = { input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 };
    const report = anthropicStreamReport([
      { type: 'message_start', message: { usage: zeros } },
      { type: 'message_delta', usage: { input_tokens: 84, output_tokens: 300 } },
    ]);
    expect(bucketsOf(report)).toEqual([84, 0, 0, 0, 0, 300, 0]);
    expect(report.incomplete).toBeUndefined();
  });

  test('that was cut off holds only a part of the output', () => {
    const events = [
      { type: 'message_start', message: { usage: start } },
      { type: 'content_block_delta', delta: { type: 'text_delta', text: 'hi' } },
    ];
    const report = anthropicStreamReport(events, undefined, true);
    expect(bucketsOf(report)).toEqual([25, 2400, 120, 0, 0, 1, 0]);
    expect(report.incomplete).toEqual(['outputTokens']);
    expect(anthropicStreamReport(events)).toEqual(report);
  });

  test('that was cut off before a gateway told the prompt holds neither', () => {
    const usage = { input_tokens: 0, output_tokens: 0 };
    const report = anthropicStreamReport([{ type: 'message_start', message: { usage } }]);
    expect(report.incomplete).toEqual(['inputTokens', 'outputTokens']);
    expect(refusalOf(() => anthropicStreamReport([]))).toBe('usage_missing');
  });
});
