import { readFileSync } from 'node:fs';
import { Fault, type ProviderEvent } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SseParser } from '../sse.ts';
import { openai } from './index.ts';

const { reader } = openai;

function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`./fixtures/${name}.sse`, import.meta.url));
}

function replay(chunks: readonly Uint8Array[]): ProviderEvent[] {
  const parser = new SseParser(1_000_000);
  const stream = reader();
  const data = [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
  return data.flatMap((event) => stream.read(event));
}

function says(...chunks: unknown[]): ProviderEvent[] {
  const stream = reader();
  return chunks.flatMap((chunk) => stream.read(JSON.stringify(chunk)));
}

const NO_CACHE = {
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheWriteOtherTokens: 0,
  reasoningTokens: 0,
};

const EXPECTED: Record<string, ProviderEvent[]> = {
  plain: [
    { type: 'identity', model: 'gpt-test', upstreamId: 'chatcmpl-plain' },
    { type: 'text-delta', text: 'Genève ' },
    { type: 'text-delta', text: 'lies on a lake 🏞️.' },
    { type: 'finish', reason: 'stop' },
    {
      type: 'usage',
      report: { usage: { ...NO_CACHE, inputTokens: 8, cacheReadTokens: 32, outputTokens: 9 } },
    },
    { type: 'done' },
  ],
  speculative: [
    { type: 'identity', model: 'draft.gguf', upstreamId: 'chatcmpl-spec' },
    {
      type: 'text-delta',
      text: 'The',
      tokens: [
        {
          token: 'The',
          logprob: -0.75,
          top: [
            { token: 'The', logprob: -0.75 },
            { token: 'A', logprob: -1 },
          ],
        },
      ],
    },
    { type: 'text-delta', text: ' capital' },
    { type: 'text-delta', text: ' is' },
    {
      type: 'text-delta',
      text: ' Bern',
      tokens: [{ token: ' Bern', logprob: -1.5, top: [{ token: ' Bern', logprob: -1.5 }] }],
    },
    { type: 'finish', reason: 'length' },
    { type: 'usage', report: { usage: { ...NO_CACHE, inputTokens: 9, outputTokens: 4 } } },
    { type: 'done' },
  ],
  tools: [
    { type: 'identity', model: 'gpt-test', upstreamId: 'chatcmpl-tools' },
    { type: 'tool-delta', index: 0, id: 'call_a', name: 'weather', arguments: '' },
    { type: 'tool-delta', index: 0, arguments: '{"city":' },
    { type: 'tool-delta', index: 1, id: 'call_b', name: 'time', arguments: '{}' },
    { type: 'tool-delta', index: 0, arguments: '"Köln"}' },
    { type: 'finish', reason: 'tool_calls' },
    { type: 'usage', report: { usage: { ...NO_CACHE, inputTokens: 80, outputTokens: 30 } } },
    { type: 'done' },
  ],
  'repeated-finish': [
    { type: 'identity', model: 'local', upstreamId: 'chatcmpl-rep' },
    { type: 'reasoning-delta', text: 'Look it up. ' },
    { type: 'text-delta', text: 'Paris.' },
    { type: 'finish', reason: 'stop' },
    {
      type: 'usage',
      report: { usage: { ...NO_CACHE, inputTokens: 10, outputTokens: 9, reasoningTokens: 7 } },
    },
    { type: 'done' },
  ],
};

describe('a recorded stream says the same at every split of its bytes', () => {
  test.each(Object.keys(EXPECTED))('%s', (name) => {
    const whole = fixture(name);
    for (let at = 0; at <= whole.length; at++) {
      expect(replay([whole.subarray(0, at), whole.subarray(at)])).toEqual(EXPECTED[name]);
    }
  });

  test('byte by byte too', () => {
    for (const [name, events] of Object.entries(EXPECTED)) {
      const whole = fixture(name);
      const single = Array.from(whole, (_byte, at) => whole.subarray(at, at + 1));
      expect(replay(single), name).toEqual(events);
    }
  });
});

test('a chunk may hold several tokens: tokens are counted, chunks are not', () => {
  const whole = fixture('logprobs');
  const events = replay([whole]);
  for (let at = 0; at <= whole.length; at++) {
    expect(replay([whole.subarray(0, at), whole.subarray(at)])).toEqual(events);
  }
  const texts = events.filter((event) => event.type === 'text-delta');
  expect(texts.map(({ text }) => text)).toEqual(['The sum', ' is 42.']);
  expect(texts.flatMap(({ tokens }) => tokens?.map(({ token }) => token))).toEqual([
    'The',
    ' sum',
    ' is',
    ' 42',
    '.',
  ]);
  const usages = events.filter((event) => event.type === 'usage');
  expect(usages.map(({ report }) => report.usage.outputTokens)).toEqual([0, 2, 5, 6]);
});

describe('a stream that breaks is a fault, whatever status it began with', () => {
  test('an error among the events ends it, and what the error said stays out', () => {
    const whole = fixture('broken-off');
    for (let at = 0; at <= whole.length; at++) {
      let thrown: unknown;
      try {
        replay([whole.subarray(0, at), whole.subarray(at)]);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(Fault);
      expect((thrown as Fault).kind).toBe('upstream_unavailable');
      expect((thrown as Fault).message).not.toContain('secret');
    }
  });

  test.each(['{"choices":[{"delta', 'junk', '', 'null', '7', '"text"'])(
    'an event that is no JSON object (%s) is invalid',
    (data) => {
      expect(() => reader().read(data)).toThrow(
        expect.objectContaining({ kind: 'upstream_invalid' }),
      );
    },
  );

  test.each([-1, 128, 1.5, 1e9])('a tool call at index %d is invalid', (index) => {
    const choice = { delta: { tool_calls: [{ index, function: { arguments: '{}' } }] } };
    expect(() => says({ choices: [choice] })).toThrow(
      expect.objectContaining({ kind: 'upstream_invalid' }),
    );
  });

  test.each(['error', 'abort', 'insufficient_system_resource'])(
    'an answer that finished with "%s" was broken off, not finished',
    (reason) => {
      expect(() =>
        says({ choices: [{ delta: { content: 'Half' }, finish_reason: reason }] }),
      ).toThrow(expect.objectContaining({ kind: 'upstream_unavailable' }));
    },
  );
});

test('nothing is told after the finish but the usage: a late piece of text is no part of the answer', () => {
  const events = says(
    { choices: [{ delta: { content: 'Paris' }, finish_reason: 'stop' }] },
    { choices: [{ delta: { content: ' or Lyon' }, finish_reason: 'stop' }] },
  );
  expect(events).toEqual([
    { type: 'text-delta', text: 'Paris' },
    { type: 'finish', reason: 'stop' },
  ]);
});

test('usage that cannot be true is told as such, so that the cost is estimated rather than wrong', () => {
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 900 };
  expect(says({ choices: [], usage })).toEqual([
    { type: 'usage-refused', reason: 'usage_inconsistent' },
  ]);
});

test('no event off the wire, however strange, ends in anything but events or a fault', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.constantFrom('choices', 'usage', 'delta', 'logprobs', 'tool_calls', 'content'),
      (value, place) => {
        const inDelta = ['tool_calls', 'content'].includes(place);
        const choice = inDelta ? { delta: { [place]: value } } : { delta: {}, [place]: value };
        const wire = ['choices', 'usage'].includes(place)
          ? { [place]: value }
          : {
              choices: [
                place === 'logprobs' ? { delta: {}, logprobs: { content: value } } : choice,
              ],
            };
        try {
          reader().read(JSON.stringify(wire));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Fault);
        }
      },
    ),
    { numRuns: 500 },
  );
});
