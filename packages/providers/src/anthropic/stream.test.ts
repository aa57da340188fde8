import { readFileSync } from 'node:fs';
import { Fault, NO_USAGE, type ProviderEvent, ReplyBuilder, type UsageReport } from '@weir/core';
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

const CUT: Partial<UsageReport> = { incomplete: ['outputTokens'] };

const EXPECTED: Record<string, ProviderEvent[]> = {
  plain: [
    { type: 'identity', model: 'claude-test-5', upstreamId: 'msg_plain' },
    {
      type: 'usage',
      report: {
        usage: { ...NO_USAGE, inputTokens: 8, cacheReadTokens: 32, outputTokens: 1 },
        serviceTier: 'standard',
        ...CUT,
      },
    },
    { type: 'text-delta', text: 'Genève ' },
    { type: 'text-delta', text: 'lies on a lake 🏞️.' },
    { type: 'finish', reason: 'stop' },
    {
      type: 'usage',
      report: {
        usage: { ...NO_USAGE, inputTokens: 8, cacheReadTokens: 32, outputTokens: 9 },
        serviceTier: 'standard',
      },
    },
    { type: 'done' },
  ],
  tools: [
    { type: 'identity', model: 'claude-test-5', upstreamId: 'msg_tools' },
    { type: 'usage', report: { usage: { ...NO_USAGE, inputTokens: 80, outputTokens: 2 }, ...CUT } },
    { type: 'reasoning-delta', text: 'They want ' },
    { type: 'reasoning-delta', text: 'the weather.' },
    { type: 'text-delta', text: 'Let me look. ' },
    { type: 'tool-delta', index: 0, id: 'toolu_a', name: 'weather', arguments: '' },
    { type: 'tool-delta', index: 0, arguments: '{"city":' },
    { type: 'tool-delta', index: 0, arguments: '"Köln"}' },
    { type: 'tool-delta', index: 1, id: 'toolu_b', name: 'time', arguments: '' },
    { type: 'tool-delta', index: 1, arguments: '{}' },
    {
      type: 'reasoning-delta',
      text: '',
      state:
        'anthropic:[{"block":{"type":"thinking","thinking":"They want the weather.","signature":"c2ln"},"characters":0,"calls":0},{"block":{"type":"redacted_thinking","data":"b3BhcXVl"},"characters":0,"calls":0}]',
    },
    { type: 'finish', reason: 'tool_calls' },
    {
      type: 'usage',
      report: {
        usage: { ...NO_USAGE, inputTokens: 180, outputTokens: 55, reasoningTokens: 7 },
        fees: { web_search: 1 },
      },
    },
    { type: 'done' },
  ],
  bare: [
    { type: 'identity', model: 'local', upstreamId: 'chatcmpl-bare' },
    { type: 'tool-delta', index: 0, id: 'call_a', name: 'weather', arguments: '' },
    { type: 'tool-delta', index: 0, arguments: '{"city":"Köln"}' },
    { type: 'text-delta', text: 'So' },
    { type: 'text-delta', text: ' be it.' },
    { type: 'finish', reason: 'length' },
    { type: 'usage', report: { usage: { ...NO_USAGE, inputTokens: 10, outputTokens: 4 } } },
    { type: 'done' },
  ],
  cut: [
    { type: 'identity', model: 'claude-test-5', upstreamId: 'msg_plain' },
    {
      type: 'usage',
      report: {
        usage: { ...NO_USAGE, inputTokens: 8, cacheReadTokens: 32, outputTokens: 1 },
        serviceTier: 'standard',
        ...CUT,
      },
    },
    { type: 'text-delta', text: 'Genève ' },
  ],
};

describe('a recorded stream says the same at every split of its bytes', () => {
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
  test('an error among the events ends it, and what the error said stays out', () => {
    const whole = fixture('overloaded');
    for (let at = 0; at <= whole.length; at++) {
      const { events, thrown } = replay([whole.subarray(0, at), whole.subarray(at)]);
      expect(thrown).toMatchObject({ kind: 'upstream_unavailable' });
      expect((thrown as Fault).message).not.toContain('secret');
      expect(events.at(-1)).toEqual({ type: 'text-delta', text: 'Par' });
    }
  });

  test('a turn that was paused is never finished, but what it used is told before it breaks', () => {
    const whole = fixture('paused');
    for (let at = 0; at <= whole.length; at++) {
      const { events, thrown } = replay([whole.subarray(0, at), whole.subarray(at)]);
      expect(thrown).toMatchObject({ kind: 'upstream_invalid' });
      expect(events.map(({ type }) => type)).toEqual(['identity', 'usage', 'text-delta', 'usage']);
      expect(events.at(-1)).toEqual({
        type: 'usage',
        report: { usage: { ...NO_USAGE, inputTokens: 8, outputTokens: 20 } },
      });
    }
  });

  test.each(['{"type":"content_block_delta","de', 'junk', '', 'null', '7', '"text"'])(
    'an event that is no JSON object (%s) is invalid',
    (data) => {
      expect(() => reader().read(data)).toThrow(
        expect.objectContaining({ kind: 'upstream_invalid' }),
      );
    },
  );

  test('a piece of a block that never began is invalid, since what came before it is missing', () => {
    const delta = { type: 'input_json_delta', partial_json: '"Köln"}' };
    expect(() => says({ type: 'content_block_delta', index: 3, delta })).toThrow(
      expect.objectContaining({ kind: 'upstream_invalid' }),
    );
  });
});

const TEXT = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
const piece = (text: string) => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text },
});
const ends = (stop_reason: string | null, usage?: unknown) => ({
  type: 'message_delta',
  delta: { stop_reason },
  usage,
});

test('nothing is told after the finish but the usage: a late piece of text is no part of the answer', () => {
  const usage = { input_tokens: 3, output_tokens: 2 };
  const block = { ...TEXT, index: 1, content_block: { type: 'text', text: 'No:' } };
  const late = [piece(' or Lyon'), block, ends('end_turn', usage), { type: 'ping' }];
  expect(says(TEXT, piece('Paris'), ends('end_turn'), ...late)).toEqual([
    { type: 'text-delta', text: 'Paris' },
    { type: 'finish', reason: 'stop' },
    { type: 'usage', report: { usage: { ...NO_USAGE, inputTokens: 3, outputTokens: 2 } } },
  ]);
});

test('a count without a stop reason does not finish the answer', () => {
  const usage = { input_tokens: 3, output_tokens: 1 };
  expect(says(ends(null, usage)).map(({ type }) => type)).toEqual(['usage']);
});

test('a later count takes the place of the earlier one, and leaves what it does not repeat', () => {
  const first = ends(null, { input_tokens: 3, output_tokens: 1 });
  const [, last] = says(first, ends('end_turn', { input_tokens: null, output_tokens: 4 })).filter(
    ({ type }) => type === 'usage',
  );
  expect(last).toEqual({
    type: 'usage',
    report: { usage: { ...NO_USAGE, inputTokens: 3, outputTokens: 4 } },
  });
});

test('a tool call whose block was never closed has its arguments before the finish', () => {
  const content_block = { type: 'tool_use', id: 'a', name: 'f', input: {} };
  expect(says({ type: 'content_block_start', index: 0, content_block }, ends('tool_use'))).toEqual([
    { type: 'tool-delta', index: 0, id: 'a', name: 'f', arguments: '' },
    { type: 'tool-delta', index: 0, arguments: '{}' },
    { type: 'finish', reason: 'tool_calls' },
  ]);
});

test('usage that cannot be true is refused, so that the cost is estimated rather than wrong', () => {
  const start = (usage: unknown) => ({ type: 'message_start', message: { usage } });
  expect(says(start({ input_tokens: -1, output_tokens: 1 }))).toEqual([
    { type: 'usage-refused', reason: 'usage_invalid_negative' },
  ]);
  expect(says(start(7), ends('end_turn', { output_tokens: 'many' }))).toEqual([
    { type: 'usage-refused', reason: 'usage_invalid_type' },
    { type: 'finish', reason: 'stop' },
  ]);
  expect(says(start(null), ends('end_turn', { output_tokens: 5 }))).toEqual([
    { type: 'finish', reason: 'stop' },
  ]);
});

test('a prompt that is not counted before the end is not said to be known', () => {
  const usage = { input_tokens: 0, output_tokens: 0 };
  const [event] = says({ type: 'message_start', message: { usage } });
  expect(event).toMatchObject({ report: { incomplete: ['inputTokens', 'outputTokens'] } });
});

const count = fc.nat({ max: 1_000_000 });
const anyBlock = fc.oneof(
  fc.record({ type: fc.constant('text'), text: fc.string({ unit: 'grapheme' }) }),
  fc.record({ type: fc.constant('thinking'), thinking: fc.string({ unit: 'grapheme' }) }),
  fc.record({ type: fc.constant('redacted_thinking'), data: fc.string() }),
  fc.record({
    type: fc.constantFrom('tool_use', 'server_tool_use'),
    id: fc.string(),
    name: fc.string(),
    input: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
  }),
);
const anyMessage = fc.record({
  id: fc.string({ minLength: 1 }),
  model: fc.string(),
  content: fc.array(anyBlock, { maxLength: 6 }),
  stop_reason: fc.constantFrom('end_turn', 'max_tokens', 'tool_use', 'refusal', 'news'),
  usage: fc.record({
    input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count,
    cache_creation_input_tokens: fc.option(count),
    service_tier: fc.constantFrom('standard', 'priority', null),
    speed: fc.constantFrom('standard', 'fast', null),
  }),
});

const DELTAS: Record<string, readonly [delta: string, field: string]> = {
  text: ['text_delta', 'text'],
  thinking: ['thinking_delta', 'thinking'],
  tool_use: ['input_json_delta', 'partial_json'],
  server_tool_use: ['input_json_delta', 'partial_json'],
};

type Message = typeof anyMessage extends fc.Arbitrary<infer M> ? M : never;

/** The events by which the API would have streamed a message, each block's content cut at the given place. */
function streamed({ content, stop_reason, usage, ...message }: Message, cut: number): unknown[] {
  const { output_tokens, ...known } = usage;
  const blocks = content.flatMap((block: Record<string, unknown>, index) => {
    const [delta, field] = DELTAS[String(block['type'])] ?? [];
    const isTool = 'input' in block;
    const whole = isTool ? JSON.stringify(block['input']) : String(block[field ?? ''] ?? '');
    // As the API does: an empty object comes in one empty piece.
    const pieces = whole === '{}' && isTool ? [''] : [whole.slice(0, cut), whole.slice(cut)];
    const empty = isTool ? { ...block, input: {} } : { ...block, ...(field && { [field]: '' }) };
    return [
      { type: 'content_block_start', index, content_block: empty },
      ...(delta && field ? pieces : []).map((piece) => ({
        type: 'content_block_delta',
        index,
        delta: { type: delta, [field ?? '']: piece },
      })),
      { type: 'content_block_stop', index },
    ];
  });
  return [
    { type: 'message_start', message: { ...message, usage: { ...known, output_tokens: 1 } } },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason }, usage: { output_tokens } },
    { type: 'message_stop' },
  ];
}

test('a message says the same streamed as whole, what it used included', () => {
  fc.assert(
    fc.property(anyMessage, fc.nat({ max: 12 }), (message, cut) => {
      const builder = new ReplyBuilder();
      const last = new Map<string, ProviderEvent>();
      for (const event of says(...streamed(message, cut))) {
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
      }).toEqual(fromBody(JSON.stringify(message)));
      expect(last.has('done')).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('no event off the wire, however strange, ends in anything but events or a fault', () => {
  const type = fc.constantFrom(
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'error',
    'news',
  );
  const place = fc.constantFrom('message', 'content_block', 'delta', 'usage', 'index', 'error');
  const inner = fc.constantFrom(
    '',
    'type',
    'text',
    'input',
    'partial_json',
    'usage',
    'stop_reason',
  );
  const event = fc.tuple(type, place, inner, fc.jsonValue()).map(([type, place, inner, value]) => ({
    type,
    [place]: inner ? { type: 'tool_use', [inner]: value } : value,
  }));
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), (events) => {
      try {
        says(TEXT, ...events);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 500 },
  );
});
