import { deltasOf, type InferenceEvent } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeEnd, makeReply } from '../inference.fixture.ts';
import { ChunkWriter, type StreamSettings } from './chat-stream.ts';

const SETTINGS: StreamSettings = {
  id: 'chatcmpl-1',
  createdS: 1_785_000_000,
  model: 'support',
  includeUsage: false,
  wantsLogprobs: false,
  report: false,
};

interface Chunk {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly delta: Record<string, unknown>;
    readonly logprobs: unknown;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: Record<string, unknown> | null;
  readonly weir?: Record<string, unknown>;
}

function written(events: readonly (readonly [number, InferenceEvent])[], settings = SETTINGS) {
  const writer = new ChunkWriter(settings);
  const pieces = events.map(([choice, event]) => writer.event(choice, event));
  const text = pieces.join('') + writer.done();
  const blocks = text.split('\n\n');
  expect(blocks.pop()).toBe('');
  expect(blocks.pop()).toBe('data: [DONE]');
  return blocks.map((block) => {
    expect(block).toMatch(/^data: \{[^\r\n]*\}$/);
    return JSON.parse(block.slice('data: '.length)) as Chunk;
  });
}

function whole(end = makeEnd(), settings = SETTINGS): Chunk[] {
  const events = [...deltasOf(end.reply), { type: 'end', end } as const];
  return written(
    events.map((event) => [0, event] as const),
    settings,
  );
}

const reply = fc.record({
  text: fc.string({ unit: 'grapheme' }),
  refusal: fc.option(fc.string(), { nil: undefined }),
  reasoning: fc.option(fc.string(), { nil: undefined }),
  reasoningState: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  toolCalls: fc.array(fc.record({ id: fc.string(), name: fc.string(), arguments: fc.string() }), {
    maxLength: 3,
  }),
  finish: fc.constantFrom('stop' as const, 'length' as const, 'content_filter' as const),
});

test('the deltas spell the reply, whatever characters it has', () => {
  fc.assert(
    fc.property(reply, (given) => {
      const chunks = whole(makeEnd({ reply: given }));
      const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
      const spelled = (name: string) => deltas.map((delta) => delta[name] ?? '').join('');
      expect(spelled('content')).toBe(given.text);
      expect(spelled('refusal')).toBe(given.refusal ?? '');
      expect(spelled('reasoning_content')).toBe(given.reasoning ?? '');
      expect(spelled('reasoning_state')).toBe(given.reasoningState ?? '');
      expect(deltas.flatMap((delta) => delta['tool_calls'] ?? [])).toEqual(
        given.toolCalls.map((call, index) => ({
          index,
          id: call.id,
          type: 'function',
          function: { name: call.name, arguments: call.arguments },
        })),
      );
    }),
  );
});

test('the role comes first and once, the finish last and once, and nothing after it', () => {
  fc.assert(
    fc.property(reply, (given) => {
      const choices = whole(makeEnd({ reply: given })).flatMap((chunk) => chunk.choices);
      expect(choices.map(({ delta }) => 'role' in delta).indexOf(true)).toBe(0);
      expect(choices.filter(({ delta }) => 'role' in delta)).toHaveLength(1);
      const finished = choices.map(({ finish_reason }) => finish_reason !== null);
      expect(finished.indexOf(true)).toBe(finished.length - 1);
    }),
  );
});

test('id, time and model are the same in every chunk', () => {
  const chunks = whole(makeEnd({ reply: makeReply({ reasoning: 'hm', refusal: 'no' }) }));
  for (const { id, created, model } of chunks) {
    expect([id, created, model]).toEqual(['chatcmpl-1', 1_785_000_000, 'support']);
  }
});

test('an answer without a word still has its role', () => {
  const [first, last] = whole(makeEnd({ reply: makeReply({ text: '' }) }));
  expect(first?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
  expect(last?.choices[0]?.finish_reason).toBe('stop');
});

describe('usage', () => {
  test('is not mentioned to those who did not ask', () => {
    for (const chunk of whole()) {
      expect(chunk).not.toHaveProperty('usage');
      expect(chunk.choices).toHaveLength(1);
    }
  });

  test('is null until the last chunk, which has no choice', () => {
    const chunks = whole(makeEnd(), { ...SETTINGS, includeUsage: true });
    const last = chunks.pop();
    expect(last?.choices).toEqual([]);
    expect(last?.usage).toMatchObject({ prompt_tokens: 12, completion_tokens: 5 });
    for (const { usage } of chunks) expect(usage).toBeNull();
  });

  test('carries the report to those who asked for both, and the finish does to the others', () => {
    const report = { ...SETTINGS, report: true };
    expect(whole(makeEnd(), { ...report, includeUsage: true }).at(-1)?.weir).toMatchObject({
      cost_usd: '0.0000000025',
    });
    expect(whole(makeEnd(), report).at(-1)?.weir).toMatchObject({ served_by: 'draft' });
    expect(whole().at(-1)).not.toHaveProperty('weir');
  });
});

test('choices that come interleaved keep their index, their role and their finish', () => {
  const [one, other] = [makeEnd(), makeEnd({ reply: makeReply({ text: 'Lyon.' }) })];
  const chunks = written([
    [1, { type: 'text-delta', text: 'Ly' }],
    [0, { type: 'text-delta', text: 'Paris.' }],
    [0, { type: 'end', end: one }],
    [1, { type: 'text-delta', text: 'on.' }],
    [1, { type: 'end', end: other }],
  ]);
  const of = (index: number) =>
    chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index));
  expect(of(0).map(({ delta }) => delta['content'] ?? '')).toEqual(['Paris.', '']);
  expect(of(1).map(({ delta }) => delta['content'] ?? '')).toEqual(['Ly', 'on.', '']);
  for (const index of [0, 1]) {
    expect(of(index).filter(({ delta }) => 'role' in delta)).toHaveLength(1);
    expect(of(index).filter(({ finish_reason }) => finish_reason !== null)).toHaveLength(1);
  }
});

test('log-probabilities go with their text, to those who asked', () => {
  const tokens = [{ token: 'Paris.', logprob: -0.5, top: [] }];
  const end = makeEnd({ reply: makeReply({ tokens }) });
  const [first] = whole(end, { ...SETTINGS, wantsLogprobs: true });
  expect(first?.choices[0]?.logprobs).toMatchObject({
    content: [{ token: 'Paris.', logprob: -0.5 }],
  });
  expect(whole(end)[0]?.choices[0]?.logprobs).toBeNull();
});

test('the verdict is no part of the stream', () => {
  const verdict = makeEnd().verdict;
  if (!verdict) throw new TypeError('no verdict');
  expect(new ChunkWriter(SETTINGS).event(0, { type: 'verdict', verdict })).toBe('');
});
