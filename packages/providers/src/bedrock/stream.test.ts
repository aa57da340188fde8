import { readFileSync } from 'node:fs';
import { Fault, NO_USAGE, type ProviderEvent, ReplyBuilder } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { framesFrom } from '../aws-frames.fixture.ts';
import { AwsFrameParser } from '../aws-frames.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';

function fixture(name: string): Buffer {
  return framesFrom(readFileSync(new URL(`./fixtures/${name}.events`, import.meta.url), 'utf8'));
}

/** What was told, and what it ended in if that was a fault. */
function replay(chunks: readonly Buffer[]): { events: ProviderEvent[]; thrown: unknown } {
  const parser = new AwsFrameParser(1_000_000);
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

const STATE = `bedrock:${JSON.stringify([
  {
    block: {
      reasoningContent: {
        reasoningText: { text: 'They want the weather.', signature: 'c2ln' },
      },
    },
    characters: 0,
    calls: 0,
  },
  { block: { reasoningContent: { redactedContent: 'b3BhcXVl' } }, characters: 0, calls: 0 },
])}`;

const EXPECTED: Record<string, ProviderEvent[]> = {
  plain: [
    { type: 'text-delta', text: 'Genève ' },
    { type: 'text-delta', text: 'lies on a lake 🏞️.' },
    { type: 'finish', reason: 'stop' },
    {
      type: 'usage',
      report: {
        usage: {
          ...NO_USAGE,
          inputTokens: 8,
          cacheReadTokens: 32,
          cacheWrite1hTokens: 16,
          outputTokens: 9,
        },
        serviceTier: 'flex',
      },
    },
    { type: 'done' },
  ],
  tools: [
    { type: 'reasoning-delta', text: 'They want ' },
    { type: 'reasoning-delta', text: 'the weather.' },
    { type: 'text-delta', text: 'Let me look. ' },
    { type: 'tool-delta', index: 0, id: 'tooluse_a', name: 'weather', arguments: '' },
    { type: 'tool-delta', index: 0, arguments: '{"city":' },
    { type: 'tool-delta', index: 0, arguments: '"Köln"}' },
    { type: 'tool-delta', index: 1, id: 'tooluse_b', name: 'time', arguments: '' },
    { type: 'tool-delta', index: 1, arguments: '{}' },
    { type: 'reasoning-delta', text: '', state: STATE },
    { type: 'finish', reason: 'tool_calls' },
    { type: 'usage', report: { usage: { ...NO_USAGE, inputTokens: 180, outputTokens: 55 } } },
    { type: 'done' },
  ],
  routed: [
    { type: 'text-delta', text: 'Ye' },
    { type: 'finish', reason: 'length' },
    { type: 'identity', model: 'meta.llama3-1-8b-instruct-v1:0', upstreamId: '' },
    { type: 'usage', report: { usage: { ...NO_USAGE, inputTokens: 3, outputTokens: 1 } } },
    { type: 'done' },
  ],
  cut: [{ type: 'text-delta', text: 'Genève ' }],
  // No end, so that it is a failure, whose usage is known all the same.
  spoilt: [
    { type: 'tool-delta', index: 0, id: 'tooluse_a', name: 'weather', arguments: '' },
    { type: 'tool-delta', index: 0, arguments: '{"city":' },
    { type: 'usage', report: { usage: { ...NO_USAGE, inputTokens: 3, outputTokens: 7 } } },
    { type: 'done' },
  ],
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
  test('an exception among the events ends it, and what it said stays out', () => {
    const whole = fixture('throttled');
    for (let at = 0; at <= whole.length; at++) {
      const { events, thrown } = replay([whole.subarray(0, at), whole.subarray(at)]);
      expect(events).toEqual([{ type: 'text-delta', text: 'Genève ' }]);
      expect(thrown).toMatchObject({ kind: 'upstream_rate_limited' });
      expect(String(thrown) + String((thrown as Fault).cause)).not.toContain('secret');
    }
  });

  test.each([
    ['no JSON', '{"contentBlockDelta":{"del}'],
    ['no object', 'null'],
    [
      'a piece of a call that never began',
      '{"contentBlockDelta":{"contentBlockIndex":3,"delta":{"toolUse":{"input":"{}"}}}}',
    ],
  ])('%s is invalid', (_what, data) => {
    expect(() => reader().read(data)).toThrow(
      expect.objectContaining({ kind: 'upstream_invalid' }),
    );
  });
});

test('events nobody knows say nothing, and neither do blocks nobody knows', () => {
  expect(
    says(
      { news: { text: 'x' } },
      {},
      { contentBlockStart: { contentBlockIndex: 0, start: { image: { format: 'png' } } } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { image: {} } } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'x' } } },
      { contentBlockDelta: { contentBlockIndex: 1, delta: { novelty: 'x' } } },
      { contentBlockDelta: { contentBlockIndex: 1 } },
      { contentBlockStop: { contentBlockIndex: 9 } },
    ),
  ).toEqual([]);
});

test('nothing after the end is part of the answer but what it used', () => {
  const usage = { inputTokens: 1, outputTokens: 1 };
  expect(
    says(
      { messageStop: { stopReason: 'stop_sequence' } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'more' } } },
      { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { toolUseId: 'a' } } } },
      { messageStop: { stopReason: 'max_tokens' } },
      { metadata: { usage } },
    ).map(({ type }) => type),
  ).toEqual(['finish', 'usage', 'done']);
});

test('usage that comes before the end does not end anything', () => {
  const usage = { inputTokens: 1, outputTokens: 1 };
  expect(
    says({ metadata: { usage } }, { messageStop: { stopReason: 'end_turn' } }).map(
      ({ type }) => type,
    ),
  ).toEqual(['usage', 'finish']);
});

test('usage that is missing or cannot be true is not known, rather than zero', () => {
  const stop = { messageStop: { stopReason: 'end_turn' } };
  for (const usage of [undefined, null]) {
    expect(says(stop, { metadata: { usage } }).map(({ type }) => type)).toEqual(['finish', 'done']);
  }
  const usage = { inputTokens: 1, outputTokens: 2, totalTokens: 9 };
  expect(says(stop, { metadata: { usage } })).toEqual([
    { type: 'finish', reason: 'stop' },
    { type: 'usage-refused', reason: 'usage_inconsistent' },
    { type: 'done' },
  ]);
});

const anyText = fc.string({ unit: 'grapheme', maxLength: 12 });
const anyName = fc.stringMatching(/^[a-z]{1,8}$/);
const anyBlock = fc.oneof(
  anyText.map((text) => ({ text })),
  fc
    .record({ text: anyText, signature: fc.constantFrom('', 'c2ln', 'Zm9v') })
    .map((reasoningText) => ({ reasoningContent: { reasoningText } })),
  fc.constantFrom('b3BhcXVl', 'eHl6').map((redactedContent) => ({
    reasoningContent: { redactedContent },
  })),
  fc
    .record({
      toolUseId: anyName,
      name: anyName,
      input: fc.dictionary(anyName, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
    })
    .map((toolUse) => ({ toolUse })),
);
const anyAnswer = fc.record({
  content: fc.array(anyBlock, { maxLength: 6 }),
  stopReason: fc.constantFrom('end_turn', 'tool_use', 'max_tokens', 'guardrail_intervened'),
  usage: fc.record({ inputTokens: fc.nat(), outputTokens: fc.nat() }),
  serviceTier: fc.constantFrom({ type: 'flex' }, { type: 'default' }),
});

type Answer = typeof anyAnswer extends fc.Arbitrary<infer A> ? A : never;

/** The events by which Converse would have streamed an answer, each block's content cut at the given place. */
function streamed({ content, stopReason, ...metadata }: Answer, cut: number): unknown[] {
  const halves = (text: string) => [text.slice(0, cut), text.slice(cut)];
  const blocks = content.flatMap((block, contentBlockIndex) => {
    const piece = (delta: unknown) => ({ contentBlockDelta: { contentBlockIndex, delta } });
    const stop = { contentBlockStop: { contentBlockIndex } };
    if ('text' in block) return [...halves(block.text).map((text) => piece({ text })), stop];
    if ('toolUse' in block) {
      const { input, ...toolUse } = block.toolUse;
      const whole = JSON.stringify(input);
      const pieces = whole === '{}' ? [] : halves(whole);
      return [
        { contentBlockStart: { contentBlockIndex, start: { toolUse } } },
        ...pieces.map((half) => piece({ toolUse: { input: half } })),
        stop,
      ];
    }
    const thought = (reasoningContent: unknown) => piece({ reasoningContent });
    if ('redactedContent' in block.reasoningContent) {
      return [thought(block.reasoningContent), stop];
    }
    const { text, signature } = block.reasoningContent.reasoningText;
    return [...halves(text).map((half) => thought({ text: half })), thought({ signature }), stop];
  });
  return [
    { messageStart: { role: 'assistant' } },
    ...blocks,
    { messageStop: { stopReason } },
    { metadata },
  ];
}

test('an answer says the same streamed as whole, what it used and what it thought included', () => {
  fc.assert(
    fc.property(anyAnswer, fc.nat({ max: 12 }), (answer, cut) => {
      const builder = new ReplyBuilder();
      const last = new Map<string, ProviderEvent>();
      for (const event of says(...streamed(answer, cut))) {
        last.set(event.type, event);
        if (event.type.endsWith('-delta')) builder.add(event as Parameters<typeof builder.add>[0]);
      }
      const finish = last.get('finish');
      const usage = last.get('usage');
      if (finish?.type !== 'finish' || usage?.type !== 'usage') {
        throw new Error('The stream did not say all it had to.');
      }
      const { content, ...rest } = answer;
      const whole = { output: { message: { role: 'assistant', content } }, ...rest };
      expect({
        reply: builder.build(finish.reason),
        report: usage.report,
        model: '',
        upstreamId: '',
      }).toEqual(fromBody(JSON.stringify(whole)));
      expect(last.has('done')).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('no event off the wire, however strange, ends in anything but events or a fault', () => {
  const type = fc.constantFrom(
    'messageStart',
    'contentBlockStart',
    'contentBlockDelta',
    'contentBlockStop',
    'messageStop',
    'metadata',
    'error',
    'newsException',
  );
  const place = fc.constantFrom('start', 'delta', 'usage', 'stopReason', 'trace', 'serviceTier');
  const inner = fc.constantFrom('', 'text', 'toolUse', 'reasoningContent', 'input', 'type');
  const event = fc.tuple(type, place, inner, fc.jsonValue()).map(([type, place, inner, value]) => ({
    [type]: { contentBlockIndex: 0, [place]: inner ? { [inner]: value } : value },
  }));
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
