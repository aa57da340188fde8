import { readFileSync } from 'node:fs';
import {
  type ChatReply,
  Fault,
  type FinishReason,
  type ProviderEvent,
  ReplyBuilder,
} from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIALECTS, type DialectName } from '../dialects.ts';
import { SseParser } from '../sse.ts';

/** Every provider whose wire is not OpenAI's to the letter: a stream and the reply that says the same at once. */
const WIRES: Record<string, DialectName> = {
  openai: 'openai',
  mistral: 'mistral',
  deepseek: 'deepseek',
  qwen: 'qwen',
  xai: 'xai',
  groq: 'groq',
  'groq-raw': 'groq',
  together: 'together',
  fireworks: 'fireworks',
  perplexity: 'perplexity',
  cerebras: 'cerebras',
  openrouter: 'openrouter',
  litellm: 'litellm',
  vllm: 'vllm',
  sglang: 'sglang',
  'tensorrt-llm': 'tensorrt-llm',
  triton: 'triton',
  'llama.cpp': 'llama.cpp',
  'llama.cpp-timings': 'llama.cpp',
  tabbyapi: 'tabbyapi',
};
const NAMES = Object.keys(WIRES);

function fixture(name: string): Buffer {
  return readFileSync(new URL(`./fixtures/wires/${name}`, import.meta.url));
}

function adapterOf(name: string) {
  return DIALECTS[WIRES[name] ?? 'openai'].adapter;
}

function whole(name: string) {
  return adapterOf(name).fromBody(fixture(`${name}.json`).toString());
}

function replay(name: string, chunks: readonly Buffer[]): ProviderEvent[] {
  const parser = new SseParser(1_000_000);
  const stream = adapterOf(name).reader();
  const data = [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
  return data.flatMap((event) => stream.read(event));
}

/** What a stream came to, in the shape of a reply. */
function built(events: readonly ProviderEvent[]) {
  const builder = new ReplyBuilder();
  let finish: FinishReason | undefined;
  let report: unknown;
  let identity = { model: '', upstreamId: '' };
  for (const event of events) {
    if (event.type === 'finish') finish = event.reason;
    else if (event.type === 'usage') report = event.report;
    else if (event.type === 'identity')
      identity = { model: event.model, upstreamId: event.upstreamId };
    else if (event.type !== 'done' && event.type !== 'usage-refused') builder.add(event);
  }
  if (!finish) throw new Error('The stream did not finish.');
  return { reply: builder.build(finish), report, ...identity };
}

describe('a stream comes to the same as its reply, wherever its bytes are cut', () => {
  test.each(NAMES)('%s', (name) => {
    const { reply, report, model, upstreamId } = whole(name);
    const bytes = fixture(`${name}.sse`);
    for (let at = 0; at <= bytes.length; at++) {
      const streamed = built(replay(name, [bytes.subarray(0, at), bytes.subarray(at)]));
      expect(streamed).toEqual({ reply, report, model, upstreamId });
    }
  });

  test('byte by byte too', () => {
    for (const name of NAMES) {
      const bytes = fixture(`${name}.sse`);
      const single = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
      expect(built(replay(name, single)).reply, name).toEqual(whole(name).reply);
    }
  });
});

test.each(NAMES)('the answer of %s is text, and its thoughts are no part of it', (name) => {
  const { reply } = whole(name);
  expect(reply.text).not.toBe('');
  expect(reply.text).not.toContain('</think>');
});

const SAID: Record<string, Partial<ChatReply>> = {
  openai: { text: 'const width = 80;' },
  mistral: {
    text: 'I shall look.',
    reasoning: 'The user wants the weather.',
    toolCalls: [{ id: 'aB3dE6gH9', name: 'weather', arguments: '{"city": "Zürich"}' }],
    finish: 'tool_calls',
  },
  deepseek: { text: '42', reasoning: 'Three times fourteen.' },
  qwen: { text: '北京。', reasoning: '首都是' },
  xai: { text: 'Lima is it.', reasoning: 'Peru. ' },
  groq: { text: 'Yes.', reasoning: 'Easy.' },
  'groq-raw': { text: 'Yes: 1 < 2, says <think>.', reasoning: 'Is 1 < 2? Of course.' },
  together: {
    text: 'Quito!',
    finish: 'stop',
    tokens: [
      {
        token: 'Quito',
        logprob: -0.25,
        top: [
          { token: 'Quito', logprob: -0.25 },
          { token: 'Lima', logprob: -2.5 },
        ],
      },
      {
        token: '!',
        logprob: -1.5,
        top: [
          { token: '!', logprob: -1.5 },
          { token: '.', logprob: -1.75 },
        ],
      },
    ],
  },
  fireworks: { text: 'The Nile.', reasoning: 'A river.' },
  perplexity: { text: 'It rained [1].', reasoning: 'Look at [1].' },
  cerebras: { text: 'Fast indeed.', reasoning: 'Hm. ' },
  openrouter: { text: 'Looking.', reasoning: 'First look.', finish: 'tool_calls' },
  litellm: { text: 'So be it.', reasoning: 'Quite. ' },
  vllm: { text: 'Oslo it is.', reasoning: 'Norway.' },
  sglang: { text: 'Paris.', reasoning: 'In France.' },
  'tensorrt-llm': { text: 'Rome.' },
  triton: { text: 'Bonn.' },
  'llama.cpp': { text: '{"name": "Ann"}', reasoning: 'Easy. ' },
  'llama.cpp-timings': { text: 'Yes.', finish: 'length' },
  tabbyapi: { text: 'Kyiv.', reasoning: 'Hm.' },
};

test.each(NAMES)('%s says what it said', (name) => {
  expect(whole(name).reply).toMatchObject(SAID[name] ?? {});
});

/** Input, read from a cache, output, and thought inside of that; nothing where nothing was told. */
const COUNTED: Record<string, readonly [number, number, number, number] | undefined> = {
  openai: [120, 0, 30, 0],
  mistral: [6, 64, 41, 0],
  deepseek: [51, 512, 40, 24],
  qwen: [459, 2048, 20, 12],
  xai: [36, 64, 49, 40],
  groq: [80, 256, 96, 59],
  'groq-raw': [20, 0, 30, 0],
  together: [31, 0, 3, 0],
  fireworks: [18, 32, 6, 0],
  perplexity: [12, 0, 14, 0],
  cerebras: [25, 0, 12, 4],
  openrouter: [26, 0, 91, 40],
  litellm: [24, 16, 20, 8],
  vllm: [16, 0, 8, 0],
  sglang: [12, 0, 10, 0],
  'tensorrt-llm': [4, 8, 2, 0],
  triton: undefined,
  'llama.cpp': [17, 4, 20, 0],
  'llama.cpp-timings': [17, 4, 20, 0],
  tabbyapi: [12, 0, 2, 0],
};

test.each(NAMES)('%s counts its tokens where its row says', (name) => {
  const { report, refusedUsage } = whole(name);
  expect(refusedUsage).toBeUndefined();
  const usage = report?.usage;
  const counts = usage && [
    usage.inputTokens,
    usage.cacheReadTokens,
    usage.outputTokens,
    usage.reasoningTokens,
  ];
  expect(counts).toEqual(COUNTED[name]);
});

test.each([
  ['openai', { guessed: 24, accepted: 18 }],
  ['cerebras', { guessed: 8, accepted: 5 }],
  ['sglang', { guessed: 12, accepted: 6 }],
  ['llama.cpp', { guessed: 16, accepted: 12 }],
  ['llama.cpp-timings', { guessed: 16, accepted: 12 }],
  // Zeros: nothing was guessed.
  ['xai', undefined],
  ['vllm', undefined],
])('what %s guessed ahead is told beside its usage', (name, speculation) => {
  expect(whole(name).report?.speculation).toEqual(speculation);
});

test.each([
  ['openai', 'priority'],
  ['groq', 'flex'],
  ['vllm', undefined],
])('the tier that served at %s is told, where it is not the ordinary one', (name, tier) => {
  expect(whole(name).report?.serviceTier).toBe(tier);
});

test.each([
  ['xai', 23_285_600_000n],
  ['perplexity', 6_000_000_000n],
  ['openrouter', 920_000_000n],
])('%s says itself what the call costs', (name, picoUsd) => {
  expect(whole(name).report?.reportedPicoUsd).toBe(picoUsd);
});

test('OpenRouter’s details, in pieces or whole, go back to it as they were', () => {
  const { reasoning, reasoningState } = whole('openrouter').reply;
  const dialect = DIALECTS.openrouter;
  const call = dialect.adapter.toCall(
    { messages: [{ role: 'assistant', content: 'Looking.', reasoning, reasoningState }] },
    { model: 'm', dialect },
    false,
  );
  const { messages } = JSON.parse(call.body) as { messages: unknown[] };
  expect(messages).toEqual([
    {
      role: 'assistant',
      content: 'Looking.',
      reasoning_details: [
        {
          type: 'reasoning.text',
          text: 'First look.',
          signature: 'EqQBCg==',
          format: 'anthropic-claude-v1',
          index: 0,
        },
        { type: 'reasoning.encrypted', data: 'AAAA', format: 'anthropic-claude-v1', index: 1 },
      ],
    },
  ]);
});

test('nothing off the wire, however strange, ends in anything but an answer or a fault', () => {
  const place = fc.constantFrom(
    'content',
    'reasoning_details',
    'logprobs',
    'top_logprobs',
    'usage',
    'service_tier',
    'x_groq',
    'timings',
    'sglext',
  );
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), place, fc.jsonValue(), (name, field, value) => {
      const said = { content: 'a', [field]: value };
      const choice = { delta: said, message: said, [field]: value, finish_reason: 'stop' };
      const data = JSON.stringify({ choices: [choice], [field]: value });
      for (const read of [
        () => adapterOf(name).reader().read(data),
        () => adapterOf(name).fromBody(data),
      ]) {
        try {
          read();
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Fault);
        }
      }
    }),
    { numRuns: 1000 },
  );
});
