import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketsOf, refusalOf } from './buckets.fixture.ts';
import { usageReport, usageReportFromText } from './index.ts';

const CHAT = { prompt_tokens: 9, completion_tokens: 1 };
const MESSAGES = { input_tokens: 9, output_tokens: 1 };
const GEMINI = { promptTokenCount: 9, candidatesTokenCount: 1 };
const CONVERSE = { inputTokens: 9, outputTokens: 1 };

/** Every wire, with the least that it can say. */
const WIRES: readonly (readonly [provider: string, api: string, payload: object])[] = [
  ['openai', 'chat.completions', CHAT],
  ['azure', 'chat/completions', CHAT],
  ['vllm', 'self_hosted', CHAT],
  ['openai', 'responses', MESSAGES],
  ['openai', 'realtime.response.done', MESSAGES],
  ['anthropic', 'messages', MESSAGES],
  ['anthropic', 'beta.messages', MESSAGES],
  ['anthropic', 'messages.batches', MESSAGES],
  ['sglang', 'v1/messages', MESSAGES],
  ['google', 'generateContent', GEMINI],
  ['vertex', 'batchGenerateContent', GEMINI],
  ['bedrock', 'Converse', CONVERSE],
  ['cohere', 'v2/chat', { billed_units: MESSAGES }],
  ['ollama', 'api/chat', { prompt_eval_count: 9, eval_count: 1 }],
  ['tgi', 'generate', { details: { input_length: 9, generated_tokens: 1 } }],
  ['llama.cpp', 'chat.completions', { timings: { cache_n: 0, prompt_n: 9, predicted_n: 1 } }],
];

test.each(WIRES)('%s’s %s is read as its own wire', (provider, api, payload) => {
  expect(bucketsOf(usageReport(provider, api, payload))).toEqual([9, 0, 0, 0, 0, 1, 0]);
  expect(usageReportFromText(provider, api, JSON.stringify(payload))).toEqual(
    usageReport(provider, api, payload),
  );
});

test.each([
  ['anthropic', MESSAGES],
  ['vertex', GEMINI],
  ['bedrock', CONVERSE],
  ['groq', CHAT],
])('where the wire has no name we know, %s tells it', (provider, payload) => {
  expect(bucketsOf(usageReport(provider, 'another', payload))).toEqual([9, 0, 0, 0, 0, 1, 0]);
});

test('a server that reports nothing has a usage that is unknown', () => {
  expect(refusalOf(() => usageReport('triton', 'self_hosted', null))).toBe('usage_missing');
  expect(refusalOf(() => usageReport('triton', 'generate', { text_output: 'a' }))).toBe(
    'usage_missing',
  );
});

test.each([
  ['usage_invalid_json', '{"prompt_tokens": 1,'],
  ['usage_invalid_json', '{"prompt_tokens": NaN}'],
  ['usage_missing', 'null'],
  ['usage_invalid_type', '"prompt_tokens"'],
  ['usage_invalid_non_finite', '{"prompt_tokens": 1e400, "completion_tokens": 1}'],
  ['usage_invalid_unsafe_integer', '{"prompt_tokens": 9007199254740993, "completion_tokens": 0}'],
])('%s for the text %s', (code, text) => {
  expect(refusalOf(() => usageReportFromText('openai', 'chat.completions', text))).toBe(code);
});

test('an error about text does not quote it', () => {
  expect(() => usageReportFromText('openai', 'chat.completions', 'my secret')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('secret') }),
  );
});

test.each([
  ['openai', 'chat.completions', { chunks: [{ usage: CHAT }] }],
  ['groq', 'chat.completions', { x_groq: { id: 'r', usage: CHAT } }],
  ['groq', 'chat.completions.stream', { x_groq: { id: 'r', usage: CHAT } }],
  ['openai', 'chat.completions.stream', CHAT],
  ['openai', 'realtime.response.done', { events: [{ response: { usage: MESSAGES } }] }],
  ['ollama', 'api/chat.stream', { done: true, prompt_eval_count: 9, eval_count: 1 }],
  ['vertex', 'streamGenerateContent', { chunks: [{ usageMetadata: GEMINI }] }],
  ['aws', 'ConverseStream', { events: [{ metadata: { usage: CONVERSE } }] }],
])('of %s’s %s the payload tells whether it is a stream', (provider, api, payload) => {
  expect(bucketsOf(usageReport(provider, api, payload))).toEqual([9, 0, 0, 0, 0, 1, 0]);
});

test('events that are another thing than a stream’s are as good as none', () => {
  const usage = { ...CHAT, events: 3, chunks: 'none' };
  expect(bucketsOf(usageReport('openai', 'chat.completions', usage))).toEqual([
    9, 0, 0, 0, 0, 1, 0,
  ]);
});

test('a stream without a list of events is refused', () => {
  const api = 'chat.completions.stream';
  expect(refusalOf(() => usageReport('openai', api, {}))).toBe('usage_missing');
  expect(refusalOf(() => usageReport('openai', api, { chunks: 5 }))).toBe('usage_invalid_type');
  expect(refusalOf(() => usageReport('openai', api, null))).toBe('usage_missing');
});

const count = fc.nat({ max: 1_000_000 });

/** A stream’s frames, and the payload that says the same at once. */
interface Twins {
  readonly payload: object;
  readonly frames: readonly unknown[];
}

/** A whole usage, any number of earlier cumulative ones, and chunks that have none. */
function cumulative(usage: fc.Arbitrary<object>, frame: (usage: unknown) => unknown) {
  const earlier = fc.array(fc.oneof(usage, fc.constant(null)));
  const later = fc.array(fc.constant(null), { maxLength: 2 });
  return fc.tuple(earlier, usage, later).map(
    ([before, payload, after]): Twins => ({
      payload,
      frames: [...before, payload, ...after].map(frame),
    }),
  );
}

const chatUsage = fc.tuple(count, count, count, count).map(([fresh, cached, text, thought]) => ({
  prompt_tokens: fresh + cached,
  completion_tokens: text + thought,
  total_tokens: fresh + cached + text + thought,
  prompt_tokens_details: { cached_tokens: cached },
  completion_tokens_details: { reasoning_tokens: thought },
}));

const responsesUsage = fc.tuple(count, count, count).map(([fresh, cached, text]) => ({
  input_tokens: fresh + cached,
  output_tokens: text,
  total_tokens: fresh + cached + text,
  input_tokens_details: { cached_tokens: cached },
}));

const geminiUsage = fc.tuple(count, count, count).map(([prompt, text, thoughts]) => ({
  promptTokenCount: prompt,
  candidatesTokenCount: text,
  thoughtsTokenCount: thoughts,
  totalTokenCount: prompt + text + thoughts,
}));

const converseUsage = fc.tuple(count, count, count).map(([fresh, cached, text]) => ({
  inputTokens: fresh,
  cacheReadInputTokens: cached,
  outputTokens: text,
  totalTokens: fresh + cached + text,
}));

/** Each field in the first event, in the last, or in both, and then smaller in the first or null in the last. */
const anthropicTwins = fc
  .record({
    input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count,
    cache_creation_input_tokens: count,
    service_tier: fc.constantFrom('standard', 'priority'),
    server_tool_use: fc.record({ web_search_requests: fc.nat({ max: 9 }) }),
  })
  .chain((payload) => {
    const names = Object.keys(payload) as (keyof typeof payload)[];
    const place = fc.constantFrom('first', 'last', 'both', 'null last');
    return fc.array(place, { minLength: names.length, maxLength: names.length }).map((places) => {
      const first: Record<string, unknown> = {};
      const last: Record<string, unknown> = {};
      for (const [index, name] of names.entries()) {
        const value = payload[name];
        if (places[index] !== 'last') first[name] = value;
        if (places[index] === 'null last') last[name] = null;
        else if (places[index] !== 'first') last[name] = value;
        if (places[index] === 'both' && typeof value === 'number') first[name] = value >> 1;
      }
      const frames = [
        { type: 'message_start', message: { usage: first } },
        { type: 'ping' },
        { type: 'message_delta', usage: last },
        { type: 'message_stop' },
      ];
      return { payload, frames };
    });
  });

const OF_STREAMS: readonly (readonly [string, string, fc.Arbitrary<Twins>])[] = [
  ['vllm', 'chat.completions', cumulative(chatUsage, (usage) => ({ choices: [], usage }))],
  ['groq', 'chat.completions', cumulative(chatUsage, (usage) => ({ x_groq: { usage } }))],
  ['openai', 'responses', cumulative(responsesUsage, (usage) => ({ response: { usage } }))],
  ['google', 'generateContent', cumulative(geminiUsage, (usageMetadata) => ({ usageMetadata }))],
  ['bedrock', 'Converse', cumulative(converseUsage, (usage) => ({ metadata: { usage } }))],
  [
    'cohere',
    'v2/chat',
    cumulative(
      fc.record({ billed_units: fc.record({ input_tokens: count, output_tokens: count }) }),
      (usage) => ({ delta: { usage } }),
    ),
  ],
  [
    'ollama',
    'api/chat',
    cumulative(fc.record({ prompt_eval_count: count, eval_count: count }), (usage) => ({
      ...(usage as object | null),
      done: usage !== null,
    })),
  ],
  ['anthropic', 'messages', anthropicTwins],
  [
    'tgi',
    'generate',
    cumulative(fc.record({ input_length: count, generated_tokens: count }), (details) => ({
      token: {},
      details,
    })),
  ],
  [
    'llama.cpp',
    'chat.completions',
    cumulative(
      fc
        .record({ cache_n: count, prompt_n: count, predicted_n: count })
        .map((timings) => ({ timings })),
      (payload) => ({ choices: [], ...(payload as object | null) }),
    ),
  ],
];

test.each(OF_STREAMS)('%s’s %s say the same in a stream as at once', (provider, api, twins) => {
  fc.assert(
    fc.property(twins, fc.constantFrom('chunks', 'events'), ({ payload, frames }, name) => {
      expect(usageReport(provider, `${api}.stream`, { [name]: frames })).toEqual(
        usageReport(provider, api, payload),
      );
    }),
  );
});
