import { promptTokens } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketsOf, refusalOf } from './buckets.fixture.ts';
import {
  openaiRealtimeReport,
  openaiRealtimeStreamReport,
  openaiResponsesReport,
  openaiResponsesStreamReport,
} from './openai-responses.ts';

const PLAIN = { input_tokens: 200, output_tokens: 50, total_tokens: 250 };

test.each([
  ['nothing but the counts', PLAIN, [200, 0, 0, 0, 0, 50, 0]],
  [
    'everything inside everything',
    {
      ...PLAIN,
      input_tokens_details: { cached_tokens: 30, cache_write_tokens: 150 },
      output_tokens_details: { reasoning_tokens: 45 },
    },
    [20, 30, 0, 0, 150, 50, 45],
  ],
  [
    'Perplexity’s names for the cache',
    {
      ...PLAIN,
      input_tokens_details: { cache_read_input_tokens: 60, cache_creation_input_tokens: 40 },
    },
    [100, 60, 0, 0, 40, 50, 0],
  ],
  [
    'reasoning beside the output, where the total says so',
    { ...PLAIN, total_tokens: 275, output_tokens_details: { reasoning_tokens: 25 } },
    [200, 0, 0, 0, 0, 75, 25],
  ],
])('usage with %s', (_what, wire, buckets) => {
  expect(bucketsOf(openaiResponsesReport(wire))).toEqual(buckets);
});

test.each([
  ['usage_missing', 'null', null],
  ['usage_missing', 'no output', { input_tokens: 200, total_tokens: 200 }],
  ['usage_inconsistent', 'a total that nothing explains', { ...PLAIN, total_tokens: 251 }],
  [
    'usage_inconsistent',
    'cache traffic beside the input, as Anthropic counts it',
    { input_tokens: 3, output_tokens: 40, cache_read_input_tokens: 1000 },
  ],
])('%s for %s', (code, _what, wire) => {
  expect(refusalOf(() => openaiResponsesReport(wire))).toBe(code);
});

test('what a reply put out besides text is charged by the piece, by whatever was called how often', () => {
  const types = [
    'reasoning',
    'web_search_call',
    'web_search_call',
    'message',
    'file_search_call',
    'code_interpreter_call',
    'toString',
  ];
  expect(openaiResponsesReport(PLAIN, { outputItemTypes: types }).fees).toEqual({
    web_search: 2,
    file_search: 1,
    code_interpreter_session: 1,
  });
  expect(openaiResponsesReport(PLAIN, { outputItemTypes: ['message'] }).fees).toBeUndefined();
});

test.each(['completed', 'incomplete', 'failed'])('a stream that is %s tells its usage', (end) => {
  const report = openaiResponsesStreamReport([
    { type: 'response.created', response: { usage: null } },
    { type: 'response.output_text.delta', delta: 'hi' },
    { type: `response.${end}`, response: { status: end, usage: PLAIN } },
  ]);
  expect(bucketsOf(report)).toEqual([200, 0, 0, 0, 0, 50, 0]);
});

test('a response that failed before it began has no usage, which is not a usage of zero', () => {
  const events = [{ type: 'response.failed', response: { usage: null } }];
  expect(refusalOf(() => openaiResponsesStreamReport(events))).toBe('usage_missing');
});

const SPOKEN = {
  input_tokens: 1500,
  output_tokens: 400,
  total_tokens: 1900,
  input_token_details: {
    audio_tokens: 1200,
    cached_tokens: 1000,
    cached_tokens_details: { audio_tokens: 800, text_tokens: 200 },
  },
  output_token_details: { audio_tokens: 300, text_tokens: 100 },
};

test('realtime audio is counted apart, and so is what of it was cached', () => {
  const report = openaiRealtimeReport(SPOKEN);
  expect(bucketsOf(report)).toEqual([500, 1000, 0, 0, 0, 400, 0]);
  expect(report.slices).toEqual({
    inputAudioTokens: 400,
    cacheReadAudioTokens: 800,
    outputAudioTokens: 300,
  });
});

test('a realtime session is the sum of its responses', () => {
  const done = (usage: unknown) => ({ type: 'response.done', response: { usage } });
  const written = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
  const report = openaiRealtimeStreamReport([done(written), { type: 'other' }, done(SPOKEN)]);
  expect(bucketsOf(report)).toEqual([510, 1000, 0, 0, 0, 405, 0]);
  expect(report.slices).toEqual(openaiRealtimeReport(SPOKEN).slices);
  const twice = openaiRealtimeStreamReport([done(SPOKEN), done(SPOKEN)]);
  expect(twice.slices?.cacheReadAudioTokens).toBe(1600);
  expect(refusalOf(() => openaiRealtimeStreamReport([]))).toBe('usage_missing');
});

test('the buckets add up to the total', () => {
  const part = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(part, part, part, part, part, (fresh, read, wrote, text, thought) => {
      const total = fresh + read + wrote + text + thought;
      const { usage } = openaiResponsesReport({
        input_tokens: fresh + read + wrote,
        output_tokens: text + thought,
        total_tokens: total,
        input_tokens_details: { cached_tokens: read, cache_write_tokens: wrote },
        output_tokens_details: { reasoning_tokens: thought },
      });
      expect(promptTokens(usage) + usage.outputTokens).toBe(total);
    }),
  );
});
