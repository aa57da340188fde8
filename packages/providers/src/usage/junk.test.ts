import type { UsageReport } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketsOf, refusalOf } from './buckets.fixture.ts';
import { usageReport, usageReportFromText } from './index.ts';

const CHAT = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10, audio_tokens: 5 },
  completion_tokens_details: { reasoning_tokens: 8, image_tokens: 2 },
  cost: 0.25,
  is_byok: true,
  cost_details: { upstream_inference_cost: 1e-7 },
};
const RESPONSES = {
  input_tokens: 100,
  output_tokens: 20,
  total_tokens: 120,
  input_tokens_details: {
    cached_tokens: 60,
    cache_write_tokens: 10,
    cache_write_tokens_details: { ttl_30m_tokens: 6, ttl_12h_tokens: 4 },
  },
  output_tokens_details: { reasoning_tokens: 8 },
  cost_in_usd_ticks: 5,
};
const PASS = { type: 'message', input_tokens: 40, output_tokens: 20, cache_read_input_tokens: 60 };
const MESSAGE = {
  input_tokens: 40,
  output_tokens: 20,
  cache_read_input_tokens: 60,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  output_tokens_details: { thinking_tokens: 8 },
  server_tool_use: { web_search_requests: 1 },
  speed: 'fast',
  iterations: [{ ...PASS, type: 'advisor_message', model: 'm' }, PASS],
};
const GEMINI = {
  promptTokenCount: 100,
  candidatesTokenCount: 20,
  thoughtsTokenCount: 5,
  cachedContentTokenCount: 60,
  totalTokenCount: 125,
  promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 30 }],
  cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 10 }],
  trafficType: 'ON_DEMAND_FLEX',
};
const CONVERSE = {
  inputTokens: 10,
  outputTokens: 20,
  totalTokens: 70,
  cacheReadInputTokens: 30,
  cacheWriteInputTokens: 10,
  cacheDetails: [{ ttl: '1h', inputTokens: 10 }],
};
const COHERE = { billed_units: { input_tokens: 40, output_tokens: 20 } };
const OLLAMA = { done: true, prompt_eval_count: 40, prompt_eval_cached_count: 30, eval_count: 9 };
const TGI = { details: { generated_tokens: 20, prefill: [{}, {}], input_length: 40 } };
const START = { type: 'message_start', message: { usage: MESSAGE } };
const DELTA = { type: 'message_delta', usage: { output_tokens: 20 } };

/** What every wire says when it says all it can. */
const SAID: readonly (readonly [provider: string, api: string, payload: object])[] = [
  ['openrouter', 'chat.completions', CHAT],
  ['vllm', 'chat.completions.stream', { chunks: [{ usage: CHAT }, { usage: CHAT }] }],
  ['groq', 'chat.completions.stream', { chunks: [{ x_groq: { usage: CHAT } }] }],
  [
    'llama.cpp',
    'chat.completions.stream',
    { chunks: [{ timings: { cache_n: 1, prompt_n: 2, predicted_n: 3 } }] },
  ],
  ['xai', 'responses', RESPONSES],
  ['openai', 'responses.stream', { events: [{ response: { usage: RESPONSES } }] }],
  [
    'openai',
    'realtime.response.done.stream',
    { events: [{ response: { usage: RESPONSES } }, { response: { usage: RESPONSES } }] },
  ],
  ['anthropic', 'messages', MESSAGE],
  ['anthropic', 'messages.stream', { events: [START, DELTA], aborted: true }],
  ['google', 'generateContent', GEMINI],
  ['google', 'generateContent.stream', { chunks: [{ usageMetadata: GEMINI }], aborted: true }],
  ['google', 'cachedContents', { totalTokenCount: 5 }],
  ['bedrock', 'Converse', CONVERSE],
  ['bedrock', 'Converse.stream', { events: [{ metadata: { usage: CONVERSE } }] }],
  ['cohere', 'v2/chat', COHERE],
  ['cohere', 'v2/chat.stream', { events: [{ delta: { usage: COHERE } }] }],
  ['ollama', 'api/chat', OLLAMA],
  ['ollama', 'api/chat.stream', { chunks: [OLLAMA] }],
  ['tgi', 'generate', TGI],
  ['tgi', 'generate.stream', { chunks: [TGI] }],
];

const junk = fc.oneof(
  fc.constantFrom(0, -0, 1, 7, 100, -1, 0.5, 2 ** 53, Number.MAX_SAFE_INTEGER, Number.NaN),
  fc.constantFrom(undefined, null, true, '7', 'AUDIO', 'fallback_message', 5n),
  fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true }),
);

/** A value with junk put into it here and there, or with parts of it left out. */
function spoilt(value: unknown): fc.Arbitrary<unknown> {
  const kept = keptParts(value);
  return fc.oneof({ arbitrary: kept, weight: 40 }, { arbitrary: junk, weight: 1 });
}

function keptParts(value: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(value)) return fc.tuple(...value.map(spoilt));
  if (typeof value !== 'object' || value === null) return fc.constant(value);
  const fields = Object.entries(value).map(([name, field]) => [name, spoilt(field)] as const);
  return fc.record(Object.fromEntries(fields));
}

/** The report or the refusal; any other error is thrown on and fails the test. */
function outcome(read: () => UsageReport): UsageReport | string {
  let report: UsageReport | undefined;
  const refusal = refusalOf(() => {
    report = read();
    return report;
  });
  return report ?? refusal;
}

function check({ usage, slices, parts, fees, reportedPicoUsd }: UsageReport): void {
  const counts = [{ usage }, ...(parts ?? [])].flatMap(bucketsOf);
  for (const apart of [slices, fees]) {
    for (const tokens of Object.values(apart ?? {})) counts.push(tokens ?? 0);
  }
  for (const tokens of counts) {
    expect(Number.isSafeInteger(tokens)).toBe(true);
    expect(Object.is(tokens, -0) ? -1 : tokens).toBeGreaterThanOrEqual(0);
  }
  expect(usage.reasoningTokens).toBeLessThanOrEqual(usage.outputTokens);
  expect(reportedPicoUsd ?? 0n).toBeGreaterThanOrEqual(0n);
}

test.each(SAID)('%s’s %s is reported when nothing is wrong with it', (provider, api, payload) => {
  check(usageReport(provider, api, payload));
});

test.each(SAID)(
  '%s’s %s with junk in it is a report of whole counts, or refused',
  (provider, api, payload) => {
    fc.assert(
      fc.property(spoilt(payload), (wire) => {
        const seen = outcome(() => usageReport(provider, api, wire));
        if (typeof seen === 'object') check(seen);
      }),
      { numRuns: 300 },
    );
  },
);

test.each([
  ['anything at all', fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true })],
  ['any JSON', fc.json().map((text): unknown => JSON.parse(text))],
])('%s is a report or refused', (_what, arbitrary) => {
  fc.assert(
    fc.property(arbitrary, fc.constantFrom(...SAID), (payload, [provider, api]) => {
      const seen = outcome(() => usageReport(provider, api, payload));
      if (typeof seen === 'object') check(seen);
    }),
    { numRuns: 1000 },
  );
});

test('any text is a report or refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.json()),
      fc.constantFrom(...SAID),
      (text, [provider, api]) => {
        const seen = outcome(() => usageReportFromText(provider, api, text));
        if (typeof seen === 'object') check(seen);
      },
    ),
  );
});
