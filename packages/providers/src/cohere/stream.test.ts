import { readFileSync } from 'node:fs';
import { Fault, NO_USAGE, type ProviderEvent, ReplyBuilder } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SseParser } from '../sse.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';

function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`./fixtures/${name}.sse`, import.meta.url));
}

/** What was told, and what it ended in if that was a fault. */
function replay(chunks: readonly Uint8Array[]): { events: ProviderEvent[]; thrown: unknown } {
  const parser = new SseParser(1_000_000);
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

function says(...wire: unknown[]): ProviderEvent[] {
  const stream = reader();
  return wire.flatMap((event) => stream.read(JSON.stringify(event)));
}

function identity(upstreamId: string): ProviderEvent {
  return { type: 'identity', model: '', upstreamId };
}

function spent(inputTokens: number, outputTokens: number): ProviderEvent {
  return { type: 'usage', report: { usage: { ...NO_USAGE, inputTokens, outputTokens } } };
}

const DONE: ProviderEvent = { type: 'done' };

const EXPECTED: Record<string, ProviderEvent[]> = {
  plain: [
    identity('b1f2-plain'),
    { type: 'text-delta', text: 'Genève ' },
    { type: 'text-delta', text: 'lies on a lake 🏞️.' },
    { type: 'finish', reason: 'stop' },
    spent(8, 9),
    DONE,
  ],
  tools: [
    identity('b1f2-tools'),
    { type: 'reasoning-delta', text: 'They want ' },
    { type: 'reasoning-delta', text: 'the weather.' },
    { type: 'reasoning-delta', text: '', state: 'cohere:22' },
    { type: 'reasoning-delta', text: 'I will look ', state: 'cohere:22' },
    { type: 'reasoning-delta', text: 'it up.' },
    { type: 'tool-delta', index: 0, id: 'weather_x1', name: 'weather', arguments: '' },
    { type: 'tool-delta', index: 0, arguments: '{"city":' },
    { type: 'tool-delta', index: 0, arguments: '"Köln"}' },
    { type: 'tool-delta', index: 1, id: 'time_x2', name: 'time', arguments: '' },
    { type: 'tool-delta', index: 1, arguments: '{}' },
    { type: 'finish', reason: 'tool_calls' },
    spent(80, 31),
    DONE,
  ],
  cited: [
    identity('b1f2-cited'),
    { type: 'reasoning-delta', text: 'It is ' },
    { type: 'reasoning-delta', text: 'written there.' },
    { type: 'reasoning-delta', text: '', state: 'cohere:20' },
    { type: 'text-delta', text: 'Köln has ' },
    { type: 'text-delta', text: 'rain.' },
    { type: 'finish', reason: 'stop' },
    spent(40, 12),
    DONE,
  ],
  logprobs: [
    identity('b1f2-logprobs'),
    { type: 'text-delta', text: 'The', tokens: [{ token: 'The', logprob: -0.75, top: [] }] },
    { type: 'text-delta', text: ' end', tokens: [{ token: ' end', logprob: -0.5, top: [] }] },
    { type: 'text-delta', text: ' 🏁', tokens: [{ token: ' 🏁', logprob: -0.875, top: [] }] },
    { type: 'finish', reason: 'length' },
    spent(8, 5),
    DONE,
  ],
  // Without numbers, with lists of one, with events nobody knows, without what is billed, ended as OpenAI would.
  bare: [
    identity('b1f2-bare'),
    { type: 'text-delta', text: 'So' },
    { type: 'tool-delta', index: 0, id: 'call_a', name: 'weather', arguments: '{"city":' },
    { type: 'tool-delta', index: 0, arguments: '"Köln"}' },
    { type: 'tool-delta', index: 1, id: 'call_b', name: 'time', arguments: '' },
    { type: 'tool-delta', index: 1, arguments: '{ }' },
    { type: 'finish', reason: 'tool_calls' },
    { type: 'usage-refused', reason: 'usage_missing' },
    DONE,
    DONE,
  ],
  cut: [identity('b1f2-plain'), { type: 'text-delta', text: 'Genève ' }],
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

  test('byte by byte too', () => {
    for (const [name, events] of Object.entries(EXPECTED)) {
      const whole = fixture(name);
      const single = Array.from(whole, (_byte, at) => whole.subarray(at, at + 1));
      expect(replay(single).events, name).toEqual(events);
    }
  });
});

describe('a stream that breaks is a fault, whatever status it began with', () => {
  test('an answer that was given up is never finished, but what it used is told before it breaks', () => {
    const whole = fixture('broken-off');
    for (let at = 0; at <= whole.length; at++) {
      const { events, thrown } = replay([whole.subarray(0, at), whole.subarray(at)]);
      expect(thrown).toMatchObject({ kind: 'upstream_unavailable' });
      expect((thrown as Fault).message).not.toContain('secret');
      expect(events).toEqual([
        identity('b1f2-broken'),
        { type: 'text-delta', text: 'Par' },
        spent(8, 2),
      ]);
    }
  });

  test.each([
    { type: 'message-end', delta: { finish_reason: 'ERROR' } },
    { type: 'message-end', delta: { finish_reason: 'TIMEOUT' } },
    { type: 'message-end', delta: { finish_reason: 'NEWS' } },
    { type: 'message-end', delta: { finish_reason: 'COMPLETE', error: 'secret' } },
    { message: 'internal server error: secret' },
  ])('%j breaks it off', (event) => {
    expect(() => says(event)).toThrow(expect.objectContaining({ kind: 'upstream_unavailable' }));
  });

  test.each(['{"type":"content-delta","de', 'junk', '', 'null', '7', '"text"'])(
    'an event that is no JSON object (%s) is invalid',
    (data) => {
      expect(() => reader().read(data)).toThrow(
        expect.objectContaining({ kind: 'upstream_invalid' }),
      );
    },
  );

  test.each([
    { type: 'message-end' },
    { type: 'message-end', delta: {} },
    { type: 'tool-call-delta', index: 3, delta: { message: { tool_calls: { function: {} } } } },
  ])('an end without a reason and a piece of no call are invalid: %j', (event) => {
    expect(() => says(event)).toThrow(expect.objectContaining({ kind: 'upstream_invalid' }));
  });
});

test('nothing is told after the end', () => {
  const end = { type: 'message-end', delta: { finish_reason: 'COMPLETE' } };
  const late = { type: 'content-delta', delta: { message: { content: { text: 'late' } } } };
  expect(says(end, late, end)).toEqual([{ type: 'finish', reason: 'stop' }, DONE]);
});

test('a word that was filtered ends the answer as filtered', () => {
  const end = { type: 'message-end', delta: { finish_reason: 'ERROR_TOXIC' } };
  expect(says(end)[0]).toEqual({ type: 'finish', reason: 'content_filter' });
});

test.each([
  [7, 'usage_invalid_type'],
  [{}, 'usage_missing'],
  [{ billed_units: {} }, 'usage_missing'],
  [{ billed_units: { input_tokens: -1, output_tokens: 1 } }, 'usage_invalid_negative'],
])(
  'usage that cannot be billed from is refused, so that the cost is estimated: %j',
  (usage, reason) => {
    const end = { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage } };
    expect(says(end)).toEqual([
      { type: 'finish', reason: 'stop' },
      { type: 'usage-refused', reason },
      DONE,
    ]);
  },
);

test.each([undefined, null])('usage that is not there is not refused: %j', (usage) => {
  const end = { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage } };
  expect(says(end).map(({ type }) => type)).toEqual(['finish', 'done']);
});

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const anyCall = fc.record({ id: word, name: word, args: fc.constantFrom('', '{}', '{"a":"é"}') });
const anyReply = fc.record({
  id: word,
  thinking: fc.option(word),
  plan: fc.option(word),
  texts: fc.array(word, { maxLength: 3 }),
  logprobs: fc.option(fc.double({ min: -9, max: 0, noNaN: true })),
  calls: fc.array(anyCall, { maxLength: 3 }),
  finish_reason: fc.constantFrom('COMPLETE', 'MAX_TOKENS', 'STOP_SEQUENCE', 'TOOL_CALL'),
  billed_units: fc.record({ input_tokens: fc.nat(), output_tokens: fc.nat() }),
});
type AnyReply = typeof anyReply extends fc.Arbitrary<infer R> ? R : never;

/** A text as the one piece that has its log-probability, so that both ways of telling it tell the same. */
function itemOf(text: string, logprob: number) {
  return { text, token_ids: [1], logprobs: [logprob] };
}

function whole({ id, thinking, plan, texts, logprobs, calls, ...rest }: AnyReply): string {
  return JSON.stringify({
    id,
    finish_reason: rest.finish_reason,
    usage: { billed_units: rest.billed_units },
    message: {
      content: [
        ...(thinking === null ? [] : [{ type: 'thinking', thinking }]),
        ...texts.map((text) => ({ type: 'text', text })),
      ],
      ...(plan !== null && { tool_plan: plan }),
      tool_calls: calls.map(({ id, name, args }) => ({ id, function: { name, arguments: args } })),
    },
    ...(logprobs !== null && { logprobs: texts.map((text) => itemOf(text, logprobs)) }),
  });
}

/** The events by which the API would have streamed it, each content cut at the given place. */
function streamed(reply: AnyReply, cut: number): unknown[] {
  const { thinking, plan, texts, logprobs, calls, finish_reason, billed_units } = reply;
  const contents = [
    ...(thinking === null ? [] : [{ type: 'thinking', content: thinking }]),
    ...texts.map((text) => ({ type: 'text', content: text })),
  ].flatMap(({ type, content }, index) => {
    const pieces =
      type === 'text' && logprobs !== null
        ? [content]
        : [content.slice(0, cut), content.slice(cut)];
    return [
      { type: 'content-start', index, delta: { message: { content: { type, [type]: '' } } } },
      ...pieces.map((piece) => ({
        type: 'content-delta',
        index,
        delta: { message: { content: { [type]: piece } } },
        ...(type === 'text' && logprobs !== null && { logprobs: itemOf(piece, logprobs) }),
      })),
      { type: 'content-end', index },
    ];
  });
  return [
    { type: 'message-start', id: reply.id },
    ...contents,
    ...(plan === null
      ? []
      : [{ type: 'tool-plan-delta', delta: { message: { tool_plan: plan } } }]),
    ...calls.flatMap(({ id, name, args }, index) => [
      {
        type: 'tool-call-start',
        index,
        delta: { message: { tool_calls: { id, function: { name, arguments: '' } } } },
      },
      ...[args.slice(0, cut), args.slice(cut)].map((piece) => ({
        type: 'tool-call-delta',
        index,
        delta: { message: { tool_calls: { function: { arguments: piece } } } },
      })),
      { type: 'tool-call-end', index },
    ]),
    { type: 'message-end', delta: { finish_reason, usage: { billed_units } } },
  ];
}

test('a reply says the same streamed as whole, what it used included', () => {
  fc.assert(
    fc.property(anyReply, fc.nat({ max: 12 }), (reply, cut) => {
      const builder = new ReplyBuilder();
      const last = new Map<string, ProviderEvent>();
      for (const event of says(...streamed(reply, cut))) {
        last.set(event.type, event);
        if (event.type.endsWith('-delta')) builder.add(event as Parameters<typeof builder.add>[0]);
      }
      const finish = last.get('finish');
      const usage = last.get('usage');
      const identity = last.get('identity');
      if (finish?.type !== 'finish' || usage?.type !== 'usage' || identity?.type !== 'identity') {
        throw new Error('The stream did not say all it had to.');
      }
      expect({
        reply: builder.build(finish.reason),
        report: usage.report,
        model: identity.model,
        upstreamId: identity.upstreamId,
      }).toEqual(fromBody(whole(reply)));
      expect(last.has('done')).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('no event off the wire, however strange, ends in anything but events or a fault', () => {
  const type = fc.constantFrom(
    'message-start',
    'content-start',
    'content-delta',
    'content-end',
    'tool-plan-delta',
    'tool-call-start',
    'tool-call-delta',
    'message-end',
    'news',
  );
  const inner = fc.constantFrom('content', 'tool_plan', 'tool_calls', '');
  const event = fc
    .tuple(type, inner, fc.constantFrom('delta', 'index', 'id', 'logprobs'), fc.jsonValue())
    .map(([type, inner, place, value]) =>
      inner
        ? { type, delta: { message: { [inner]: value }, finish_reason: value, usage: value } }
        : { type, [place]: value },
    );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), (events) => {
      try {
        says(...events);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 500 },
  );
});
