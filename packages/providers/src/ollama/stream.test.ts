import { readFileSync } from 'node:fs';
import { Fault, NO_USAGE, type ProviderEvent, ReplyBuilder } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineParser } from '../lines.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';

function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`./fixtures/${name}.ndjson`, import.meta.url));
}

/** What was told, and what it ended in if that was a fault. */
function replay(chunks: readonly Uint8Array[]): { events: ProviderEvent[]; thrown: unknown } {
  const parser = new LineParser(1_000_000);
  const stream = reader();
  const events: ProviderEvent[] = [];
  try {
    for (const chunk of chunks)
      for (const data of parser.push(chunk)) events.push(...stream.read(data));
    for (const data of parser.end()) events.push(...stream.read(data));
    return { events, thrown: undefined };
  } catch (thrown) {
    return { events, thrown };
  }
}

function says(...lines: unknown[]): ProviderEvent[] {
  const stream = reader();
  return lines.flatMap((line) => stream.read(JSON.stringify(line)));
}

function used(inputTokens: number, outputTokens: number, cacheReadTokens = 0): ProviderEvent {
  const usage = { ...NO_USAGE, inputTokens, outputTokens, cacheReadTokens };
  return { type: 'usage', report: { usage } };
}

const identity = (model: string) => ({ type: 'identity', model, upstreamId: '' }) as const;

const EXPECTED: Record<string, ProviderEvent[]> = {
  plain: [
    identity('tiny:1b'),
    { type: 'text-delta', text: 'Genève ' },
    { type: 'text-delta', text: 'lies on a lake 🏞️.' },
    { type: 'finish', reason: 'stop' },
    used(8, 9, 32),
    { type: 'done' },
  ],
  thinking: [
    identity('thinker'),
    { type: 'reasoning-delta', text: 'A capital, ' },
    { type: 'reasoning-delta', text: 'then.' },
    {
      type: 'text-delta',
      text: 'Paris',
      tokens: [
        { token: 'Par', logprob: -0.25, top: [{ token: 'Par', logprob: -0.25 }] },
        { token: 'is', logprob: -0.125, top: [{ token: 'is', logprob: -0.125 }] },
      ],
    },
    { type: 'finish', reason: 'length' },
    used(10, 6),
    { type: 'done' },
  ],
  tools: [
    identity('caller'),
    { type: 'text-delta', text: 'Let me look. ' },
    {
      type: 'tool-delta',
      index: 0,
      id: 'call_20261120080002345678901_0',
      name: 'weather',
      arguments: '{"city":"Köln","days":2}',
    },
    {
      type: 'tool-delta',
      index: 1,
      id: 'call_20261120080002345678901_1',
      name: 'time',
      arguments: '{}',
    },
    {
      type: 'tool-delta',
      index: 2,
      id: 'call_k3v9x0ab',
      name: 'news',
      arguments: '{"about":["a","b"]}',
    },
    { type: 'finish', reason: 'tool_calls' },
    used(80, 30),
    { type: 'done' },
  ],
  logprobs: [
    identity('tiny:1b'),
    {
      type: 'text-delta',
      text: 'The',
      tokens: [
        {
          token: 'The',
          logprob: -0.5,
          top: [
            { token: 'The', logprob: -0.5 },
            { token: 'A', logprob: -1.25 },
          ],
        },
      ],
    },
    {
      type: 'text-delta',
      text: ' sea.',
      tokens: [
        { token: ' sea', logprob: -0.25, top: [] },
        { token: '.', logprob: 0, top: [] },
      ],
    },
    { type: 'finish', reason: 'stop' },
    used(12, 4),
    { type: 'done' },
  ],
  cut: [identity('tiny:1b'), { type: 'text-delta', text: 'Par' }],
};

describe('a stream says the same at every split of its bytes', () => {
  test.each(Object.keys(EXPECTED))('%s', (name) => {
    const whole = fixture(name);
    for (let at = 0; at <= whole.length; at++) {
      const { events, thrown } = replay([whole.subarray(0, at), whole.subarray(at)]);
      expect(thrown).toBeUndefined();
      expect(events).toEqual(EXPECTED[name]);
    }
  });

  test('byte by byte too, and with carriage returns', () => {
    for (const [name, events] of Object.entries(EXPECTED)) {
      const whole = new TextEncoder().encode(
        new TextDecoder().decode(fixture(name)).replaceAll('\n', '\r\n'),
      );
      const single = Array.from(whole, (_byte, at) => whole.subarray(at, at + 1));
      expect(replay(single).events, name).toEqual(events);
    }
  });
});

describe('a stream that breaks is a fault, whatever status it began with', () => {
  test('an error among the lines ends it, and what the error said stays out', () => {
    const whole = fixture('failed');
    for (let at = 0; at <= whole.length; at++) {
      const { events, thrown } = replay([whole.subarray(0, at), whole.subarray(at)]);
      expect(thrown).toMatchObject({ kind: 'upstream_unavailable' });
      expect((thrown as Fault).message).not.toContain('secret');
      expect(events.at(-1)).toEqual({ type: 'text-delta', text: 'Par' });
    }
  });

  test('an answer whose runner was left in the middle is never finished, but what it used is told', () => {
    const { events, thrown } = replay([fixture('left')]);
    expect(thrown).toBeUndefined();
    expect(events.map(({ type }) => type)).toEqual(['identity', 'text-delta', 'usage', 'done']);
  });

  test('nor is one that only said that the model was loaded', () => {
    const told = says({ model: 'm', message: { content: '' }, done: true, done_reason: 'load' });
    expect(told.map(({ type }) => type)).toEqual(['identity', 'done']);
  });

  test.each(['{"message":{"con', 'junk', '', 'null', '7', '"text"', '[]'])(
    'a line that is no JSON object (%s) is invalid',
    (data) => {
      expect(() => reader().read(data)).toThrow(
        expect.objectContaining({ kind: 'upstream_invalid' }),
      );
    },
  );
});

test('an object that says nothing of an answer says nothing', () => {
  expect(says({ status: 'loading' }, { model: 'm', done: false })).toEqual([identity('m')]);
});

test('tokens that were told while a tool call was looked for belong to the text that it turned out to be', () => {
  const ahead = (token: string) => ({
    message: { content: '' },
    logprobs: [{ token, logprob: -1 }],
  });
  const said = says(ahead('{'), ahead('"a"'), {
    message: { content: '{"a": 1}' },
    logprobs: [{ token: ': 1}', logprob: -1 }],
  });
  expect(said).toMatchObject([
    { text: '{"a": 1}', tokens: [{ token: '{' }, { token: '"a"' }, { token: ': 1}' }] },
  ]);
});

test('and where it was a tool call, they are its evidence', () => {
  const call = { function: { name: 'f', arguments: {} } };
  const said = says(
    { message: { content: '' }, logprobs: [{ token: '{"name"', logprob: -1 }] },
    { message: { content: '', tool_calls: [call] }, logprobs: [{ token: '}', logprob: -2 }] },
    { message: { content: '' }, done: true, done_reason: 'stop' },
  );
  expect(said.slice(1, -2)).toEqual([
    {
      type: 'text-delta',
      text: '',
      tokens: [
        { token: '{"name"', logprob: -1, top: [] },
        { token: '}', logprob: -2, top: [] },
      ],
    },
  ]);
});

test('a long tool call is looked at once, and not anew with each of its tokens', () => {
  const stream = reader();
  const line = JSON.stringify({
    message: { content: '' },
    logprobs: [{ token: 'x', logprob: -1 }],
  });
  // So many that their square would take longer than a test may.
  for (let token = 0; token < 60_000; token++) stream.read(line);
  const [told] = stream.read(JSON.stringify({ done: true, done_reason: 'stop' }));
  expect(told?.type === 'text-delta' && told.tokens?.length).toBe(60_000);
});

test('figures that are missing or cannot be true are not told, so that the cost is estimated rather than wrong', () => {
  const end = (counts: object) =>
    says({ message: { content: '' }, done: true, done_reason: 'stop', ...counts });
  const silent = [{ type: 'finish', reason: 'stop' }, { type: 'done' }];
  expect(end({})).toEqual(silent);
  expect(end({ eval_count: 3 })).toEqual(silent);
  const refused = (reason: string) => silent.toSpliced(1, 0, { type: 'usage-refused', reason });
  expect(end({ prompt_eval_count: -1, eval_count: 3 })).toEqual(refused('usage_invalid_negative'));
  expect(end({ prompt_eval_count: 1.5, eval_count: 3 })).toEqual(
    refused('usage_invalid_non_integer'),
  );
});

/** What Ollama would have sent whole, and how it would have streamed it: each field comes in pieces. */
const anyReply = fc.record({
  thinking: fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 3 }),
  content: fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 4 }),
  calls: fc.array(
    fc.record({
      id: fc.constantFrom('call_a', 'call_b'),
      function: fc.record({
        name: fc.string({ minLength: 1 }),
        arguments: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }),
      }),
    }),
    { maxLength: 3 },
  ),
  done_reason: fc.constantFrom('stop', 'length'),
  counts: fc.record({
    prompt_eval_count: fc.nat({ max: 1_000_000 }),
    eval_count: fc.nat({ max: 1_000_000 }),
  }),
});

type Made = typeof anyReply extends fc.Arbitrary<infer R> ? R : never;

function streamed({ thinking, content, calls, done_reason, counts }: Made): unknown[] {
  const line = (message: object) => ({ model: 'm', message, done: false });
  return [
    ...thinking.map((piece) => line({ content: '', thinking: piece })),
    ...content.map((piece) => line({ content: piece })),
    ...calls.map((call) => line({ content: '', tool_calls: [call] })),
    { model: 'm', message: { content: '' }, done: true, done_reason, ...counts },
  ];
}

function whole({ thinking, content, calls, done_reason, counts }: Made): string {
  const message = {
    content: content.join(''),
    ...(thinking.length > 0 && { thinking: thinking.join('') }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return JSON.stringify({ model: 'm', message, done: true, done_reason, ...counts });
}

test('an answer says the same streamed as whole, what it used included', () => {
  fc.assert(
    fc.property(anyReply, (made) => {
      const builder = new ReplyBuilder();
      const last = new Map<string, ProviderEvent>();
      for (const event of says(...streamed(made))) {
        last.set(event.type, event);
        if (event.type.endsWith('-delta')) builder.add(event as Parameters<typeof builder.add>[0]);
      }
      const finish = last.get('finish');
      const usage = last.get('usage');
      if (finish?.type !== 'finish' || usage?.type !== 'usage') {
        throw new Error('The stream did not say all it had to.');
      }
      const { reply, report } = fromBody(whole(made));
      expect(builder.build(finish.reason)).toEqual(reply);
      expect(usage.report).toEqual(report);
      expect(last.has('done')).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('no line off the wire, however strange, ends in anything but events or a fault', () => {
  const outer = fc.constantFrom('message', 'logprobs', 'done', 'done_reason', 'model', 'error');
  const inner = fc.constantFrom('content', 'thinking', 'tool_calls');
  const line = fc
    .tuple(outer, inner, fc.jsonValue(), fc.boolean())
    .map(([outer, inner, value, nested]) =>
      nested ? { message: { [inner]: value }, done: value } : { [outer]: value },
    );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
      try {
        says(...lines);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 500 },
  );
});
