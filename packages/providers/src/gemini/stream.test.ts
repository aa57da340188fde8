import { readFileSync } from 'node:fs';
import { Fault, type ProviderEvent } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonArrayParser } from '../json-array.ts';
import { SseParser } from '../sse.ts';
import { reader } from './stream.ts';

function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`./fixtures/${name}.sse`, import.meta.url));
}

function read(parser: SseParser | JsonArrayParser, chunks: readonly Uint8Array[]): ProviderEvent[] {
  const stream = reader();
  const data = [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
  return data.flatMap((event) => stream.read(event));
}

function replay(chunks: readonly Uint8Array[]): ProviderEvent[] {
  return read(new SseParser(1_000_000), chunks);
}

function says(...chunks: unknown[]): ProviderEvent[] {
  const stream = reader();
  return chunks.flatMap((chunk) => stream.read(JSON.stringify(chunk)));
}

/** A candidate as a piece of a stream. */
function piece(text: string | undefined, finishReason?: string, rest: object = {}): object {
  const content = text === undefined ? {} : { content: { parts: [{ text }] } };
  return { candidates: [{ ...content, ...(finishReason && { finishReason }) }], ...rest };
}

/** Usage as an event says it; what else the report holds is the normaliser's matter. */
function spent(inputTokens: number, outputTokens: number, ends: boolean, reasoningTokens = 0) {
  const usage = expect.objectContaining({ inputTokens, outputTokens, reasoningTokens });
  const report = ends ? { usage } : { usage, incomplete: ['outputTokens'] };
  return { type: 'usage', report: expect.objectContaining(report) };
}

function identity(upstreamId: string) {
  return { type: 'identity', model: 'gemini-test-001', upstreamId };
}

const EXPECTED: Record<string, unknown[]> = {
  plain: [
    identity('resp-plain'),
    { type: 'text-delta', text: 'Genève ' },
    spent(8, 0, false),
    { type: 'text-delta', text: 'lies on a lake 🏞️.' },
    spent(8, 6, false),
    { type: 'finish', reason: 'stop' },
    spent(8, 9, true),
  ],
  thinking: [
    identity('resp-think'),
    { type: 'reasoning-delta', text: '**Look** it up. ' },
    spent(10, 4, false, 4),
    { type: 'reasoning-delta', text: 'In French.' },
    { type: 'text-delta', text: 'Paris' },
    spent(10, 8, false, 7),
    { type: 'text-delta', text: ' is' },
    { type: 'finish', reason: 'length' },
    spent(10, 9, true, 7),
  ],
  tools: [
    identity('resp-tools'),
    {
      type: 'tool-delta',
      index: 0,
      id: 'fc-a~c2lnK25hdHVyZS8',
      name: 'weather',
      arguments: '{"city":"Köln"}',
    },
    { type: 'tool-delta', index: 1, id: 'call_1', name: 'time', arguments: '{}' },
    { type: 'finish', reason: 'tool_calls' },
    spent(80, 30, true),
  ],
  logprobs: [
    identity('resp-lp'),
    {
      type: 'text-delta',
      text: 'The sum',
      tokens: [
        {
          token: 'The',
          logprob: -0.25,
          top: [
            { token: 'The', logprob: -0.25 },
            { token: 'A', logprob: -2 },
          ],
        },
        { token: ' sum', logprob: -0.5, top: [{ token: ' sum', logprob: -0.5 }] },
      ],
    },
    { type: 'text-delta', text: ' is 42.', tokens: [{ token: ' is 42.', logprob: -1, top: [] }] },
    { type: 'finish', reason: 'stop' },
    spent(9, 3, true),
  ],
  'stop-on-every-piece': [
    identity('resp-stop'),
    { type: 'text-delta', text: 'Paris' },
    { type: 'finish', reason: 'stop' },
    spent(4, 1, true),
    { type: 'text-delta', text: ' or Lyon' },
    spent(4, 3, true),
  ],
  blocked: [
    identity('resp-blocked'),
    { type: 'finish', reason: 'content_filter' },
    spent(9, 0, true),
  ],
};

describe('a recorded stream says the same at every split of its bytes', () => {
  test.each(Object.keys(EXPECTED))('%s', (name) => {
    const whole = fixture(name);
    const events = replay([whole]);
    expect(events).toEqual(EXPECTED[name]);
    for (let at = 0; at <= whole.length; at++) {
      expect(replay([whole.subarray(0, at), whole.subarray(at)])).toEqual(events);
    }
  });

  test('byte by byte too', () => {
    for (const [name, events] of Object.entries(EXPECTED)) {
      const whole = fixture(name);
      const single = Array.from(whole, (_byte, at) => whole.subarray(at, at + 1));
      expect(replay(single), name).toEqual(events);
    }
  });

  test.each(Object.keys(EXPECTED))('%s, as the array that a server without SSE sends', (name) => {
    const events = replay([fixture(name)]);
    const parser = new SseParser(1_000_000);
    const array = `[${[...parser.push(fixture(name)), ...parser.end()].join('\n,\r\n')}\n]\n`;
    const whole = new TextEncoder().encode(array);
    for (let at = 0; at <= whole.length; at++) {
      const chunks = [whole.subarray(0, at), whole.subarray(at)];
      expect(read(new JsonArrayParser(1_000_000), chunks)).toEqual(events);
    }
  });
});

describe('a stream that breaks is a fault, whatever status it began with', () => {
  test('an error among the pieces ends it, and what the error said stays out', () => {
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

  test.each(['{"candidates":[{"cont', 'junk', '', 'null', '7', '"text"'])(
    'an event that is no JSON object (%s) is invalid',
    (data) => {
      expect(() => reader().read(data)).toThrow(
        expect.objectContaining({ kind: 'upstream_invalid' }),
      );
    },
  );

  test.each([
    'OTHER',
    'MALFORMED_FUNCTION_CALL',
    'UNEXPECTED_TOOL_CALL',
    'MISSING_THOUGHT_SIGNATURE',
    'A_REASON_OF_TOMORROW',
  ])('an answer that ended with %s was broken off, not finished', (reason) => {
    expect(() => says(piece('Half', reason))).toThrow(
      expect.objectContaining({ kind: 'upstream_unavailable' }),
    );
  });

  test('what a broken answer cost is told before it fails, and it is never finished', () => {
    const stream = reader();
    const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };
    const broken = piece('Half', 'MALFORMED_FUNCTION_CALL', { usageMetadata });
    const events = stream.read(JSON.stringify(broken));
    expect(events).toEqual([{ type: 'text-delta', text: 'Half' }, spent(10, 5, true)]);
    expect(() => stream.read(JSON.stringify(piece(' more', 'STOP')))).toThrow(
      expect.objectContaining({ kind: 'upstream_unavailable' }),
    );
  });
});

test('an answer that breaks off after it claimed to end fails at once, lest the claim stand', () => {
  const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };
  expect(() => says(piece('Half', 'STOP'), piece(' more', 'OTHER', { usageMetadata }))).toThrow(
    expect.objectContaining({ kind: 'upstream_unavailable' }),
  );
});

describe('the end of an answer', () => {
  test('is never told by the reader: the connection ends it', () => {
    expect(says(piece('Paris', 'STOP')).map(({ type }) => type)).toEqual(['text-delta', 'finish']);
  });

  test('is the last one that was named', () => {
    const events = says(piece('Paris', 'STOP'), piece(' or', 'STOP'), piece(' L', 'MAX_TOKENS'));
    const ends = events.filter(({ type }) => type === 'finish');
    expect(ends).toEqual([
      { type: 'finish', reason: 'stop' },
      { type: 'finish', reason: 'length' },
    ]);
  });

  test('becomes that of a tool call when one follows', () => {
    const call = { functionCall: { name: 'look', args: {} } };
    const events = says(piece('', 'STOP'), {
      candidates: [{ content: { parts: [call] }, finishReason: 'STOP' }],
    });
    expect(events.at(-1)).toEqual({ type: 'finish', reason: 'tool_calls' });
  });

  test('may come without a word', () => {
    expect(says(piece(undefined, 'SAFETY'))).toEqual([
      { type: 'finish', reason: 'content_filter' },
    ]);
  });
});

describe('usage', () => {
  const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };

  test('that cannot be true is refused, so that the cost is estimated rather than wrong', () => {
    const untrue = { ...usageMetadata, totalTokenCount: 900 };
    const refused = { type: 'usage-refused', reason: 'usage_inconsistent' };
    expect(says({ usageMetadata: untrue })).toEqual([refused]);
  });

  test('of searches counts each query once, in whichever pieces they come', () => {
    const searched = (...webSearchQueries: string[]) => ({
      candidates: [{ groundingMetadata: { webSearchQueries } }],
    });
    const apart = says(searched('a', 'b'), searched('b'), { usageMetadata });
    const together = says({ ...searched('a', 'b'), usageMetadata });
    expect(apart).toEqual(together);
    expect(apart).toHaveLength(1);
  });

  test('of searches has a limit, since each count of tokens counts them anew', () => {
    const webSearchQueries = Array.from({ length: 1001 }, (_value, query) => `q${query}`);
    const searched = { candidates: [{ groundingMetadata: { webSearchQueries } }] };
    expect(() => says(searched)).toThrow(expect.objectContaining({ kind: 'upstream_invalid' }));
  });

  test('is told again when searches come after it', () => {
    const searched = { candidates: [{ groundingMetadata: { webSearchQueries: ['a'] } }] };
    const events = says({ ...piece('x', 'STOP'), usageMetadata }, searched, searched);
    const [before, after, ...rest] = events.filter((event) => event.type === 'usage');
    expect(before?.report.fees).toBeUndefined();
    expect(after?.report).toEqual({ ...before?.report, fees: { web_search_query: 1 } });
    expect(rest).toEqual([]);
  });

  test('that names the kind of traffic and no counts is passed over', () => {
    const events = says(
      { usageMetadata: { trafficType: 'ON_DEMAND' } },
      { ...piece('x', 'STOP'), usageMetadata },
      { usageMetadata: { trafficType: 'ON_DEMAND' } },
    );
    expect(events.slice(2)).toEqual([spent(10, 5, true)]);
  });
});

test('no event off the wire, however strange, ends in anything but events or a fault', () => {
  const places = {
    candidates: (value: unknown) => ({ candidates: value }),
    candidate: (value: unknown) => ({ candidates: [value] }),
    content: (value: unknown) => ({ candidates: [{ content: value }] }),
    parts: (value: unknown) => ({ candidates: [{ content: { parts: value } }] }),
    part: (value: unknown) => ({ candidates: [{ content: { parts: [value] } }] }),
    functionCall: (value: unknown) => ({
      candidates: [{ content: { parts: [{ functionCall: value, thoughtSignature: value }] } }],
    }),
    args: (value: unknown) => ({
      candidates: [{ content: { parts: [{ functionCall: { args: value, name: value } }] } }],
    }),
    finishReason: (value: unknown) => ({ candidates: [{ finishReason: value }] }),
    logprobsResult: (value: unknown) => ({ candidates: [{ logprobsResult: value }] }),
    chosenCandidates: (value: unknown) => ({
      candidates: [{ logprobsResult: { chosenCandidates: [value], topCandidates: [value] } }],
    }),
    top: (value: unknown) => ({
      candidates: [
        { logprobsResult: { chosenCandidates: [{}], topCandidates: [{ candidates: [value] }] } },
      ],
    }),
    groundingMetadata: (value: unknown) => ({ candidates: [{ groundingMetadata: value }] }),
    queries: (value: unknown) => ({
      candidates: [{ groundingMetadata: { webSearchQueries: value } }],
      usageMetadata: { promptTokenCount: 1, totalTokenCount: 1 },
    }),
    promptFeedback: (value: unknown) => ({ promptFeedback: value }),
    usageMetadata: (value: unknown) => ({ usageMetadata: value }),
    count: (value: unknown) => ({ usageMetadata: { promptTokenCount: value } }),
    error: (value: unknown) => ({ error: value }),
    details: (value: unknown) => ({ error: { details: value, code: value, status: value } }),
  };
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...Object.values(places)), (value, at) => {
      try {
        reader().read(JSON.stringify(at(value)));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a tool call nested deeper than can be written down is a fault', () => {
  const args = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  const data = `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":${args}}}}]}}]}`;
  expect(() => reader().read(data)).toThrow(Fault);
});
