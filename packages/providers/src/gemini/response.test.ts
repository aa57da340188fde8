import { readFileSync } from 'node:fs';
import { type Fault, type ProviderEvent, ReplyBuilder } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SseParser } from '../sse.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';

function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8');
}

function bodyOf(candidate: unknown): string {
  return JSON.stringify({ candidates: [candidate], modelVersion: 'm', responseId: 'r' });
}

test('an answer with its thoughts, cached prompt and dated model name', () => {
  const { reply, report, model, upstreamId } = fromBody(fixture('reply'));
  expect(reply.text).toBe('The sum is 42.');
  expect(reply.reasoning).toBe('Six times seven. ');
  expect(reply.finish).toBe('stop');
  expect([model, upstreamId]).toEqual(['gemini-test-001', 'resp-whole']);
  expect(report?.usage).toMatchObject({
    inputTokens: 4,
    cacheReadTokens: 8,
    outputTokens: 12,
    reasoningTokens: 7,
  });
});

test('log-probabilities are handed on as reported, a missing one as missing', () => {
  const { reply } = fromBody(fixture('reply'));
  expect(reply.tokens).toEqual([
    {
      token: 'The',
      logprob: -0.125,
      top: [
        { token: 'The', logprob: -0.125 },
        { token: 'It', logprob: -2.5 },
      ],
    },
    { token: ' sum', logprob: 0, top: [{ token: ' sum', logprob: -0.5 }] },
    { token: ' is 42.', logprob: undefined, top: [] },
  ]);
});

test('tool calls without text, one with its signature, and usage that is not known rather than zero', () => {
  const { reply, report } = fromBody(fixture('tool-reply'));
  expect(reply).toEqual({
    text: '',
    toolCalls: [
      { id: 'fc-a~c2lnK25hdHVyZS8', name: 'weather', arguments: '{"city":"Köln"}' },
      { id: 'call_1', name: 'time', arguments: '{}' },
    ],
    finish: 'tool_calls',
  });
  expect(report).toBeUndefined();
});

test('of usage that was sent and cannot be true it is said why', () => {
  const body = (usageMetadata: unknown) =>
    JSON.stringify({
      candidates: [{ content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' }],
      usageMetadata,
    });
  const why = (usageMetadata: unknown) => fromBody(body(usageMetadata)).refusedUsage;
  expect(why({ promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 9 })).toBe(
    'usage_inconsistent',
  );
  expect(why({ trafficType: 'ON_DEMAND' })).toBeUndefined();
  expect(why(undefined)).toBeUndefined();
});

test('a prompt that was refused is an empty answer that was filtered, and is paid for', () => {
  const { reply, report, upstreamId } = fromBody(fixture('blocked'));
  expect(reply).toEqual({ text: '', toolCalls: [], finish: 'content_filter' });
  expect(report?.usage).toMatchObject({ inputTokens: 9, outputTokens: 0 });
  expect(upstreamId).toBe('resp-blocked');
});

describe('status 200 alone makes no answer', () => {
  test.each([
    ['cut JSON', '{"candidates":[{"content":{"parts":[{"text":"Par'],
    ['a page of HTML', '<html><body>Bad gateway</body></html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['no candidates', '{"responseId":"x"}'],
    ['empty candidates', '{"candidates":[]}'],
    ['a candidate of nothing', '{"candidates":[null]}'],
    ['feedback that refuses nothing', '{"promptFeedback":{"safetyRatings":[]}}'],
    ['an answer without its end', '{"candidates":[{"content":{"parts":[{"text":"Par"}]}}]}'],
  ])('%s is invalid', (_what, body) => {
    expect(() => fromBody(body)).toThrow(expect.objectContaining({ kind: 'upstream_invalid' }));
  });

  test('an error is the fault that it says it is, and its words stay out', () => {
    let thrown: unknown;
    try {
      fromBody('{"error":{"message":"secret prompt","code":429,"status":"RESOURCE_EXHAUSTED"}}');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ kind: 'upstream_rate_limited' });
    expect((thrown as Fault).message).not.toContain('secret');
  });

  test('an answer that its provider broke off is a failure', () => {
    const body = bodyOf({ content: { parts: [{ text: 'Half' }] }, finishReason: 'OTHER' });
    expect(() => fromBody(body)).toThrow(expect.objectContaining({ kind: 'upstream_unavailable' }));
  });
});

test.each([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['CONTINUATION', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['LANGUAGE', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
])('the finish reason %s is %s, with or without a word said', (wire, finish) => {
  const said = bodyOf({ content: { parts: [{ text: 'x' }] }, finishReason: wire });
  expect(fromBody(said).reply).toEqual({ text: 'x', toolCalls: [], finish });
  const silent = bodyOf({ content: { role: 'model' }, finishReason: wire });
  expect(fromBody(silent).reply).toEqual({ text: '', toolCalls: [], finish });
});

test('a tool call that was cut at the limit is not one to be made', () => {
  const parts = [{ functionCall: { name: 'look', args: {} } }];
  const { reply } = fromBody(bodyOf({ content: { parts }, finishReason: 'MAX_TOKENS' }));
  expect(reply.finish).toBe('length');
});

const word = fc.string({ unit: 'grapheme', maxLength: 12 });
const base64 = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => Buffer.from(bytes).toString('base64'));
const count = fc.nat(100_000);

const part = fc.oneof(
  fc.record({ text: word }),
  fc.record({ text: word, thoughtSignature: base64 }),
  fc.record({ text: word, thought: fc.constant(true) }),
  fc.record(
    {
      functionCall: fc.record(
        { id: word, name: word, args: fc.dictionary(word, fc.jsonValue()) },
        { requiredKeys: ['name'] },
      ),
      thoughtSignature: base64,
    },
    { requiredKeys: ['functionCall'] },
  ),
  fc.record({ inlineData: fc.record({ mimeType: word }) }),
);

const logprob = fc.record({ token: word, logProbability: fc.double({ max: 0, noNaN: true }) });

/** A reply as pieces; whether each lists its tokens is one choice for all of them, as the request makes it. */
const pieces = fc.boolean().chain((lists) =>
  fc.array(
    fc.record({
      parts: fc.array(part, { maxLength: 4 }),
      ...(lists && {
        steps: fc.array(fc.record({ chosen: logprob, top: fc.array(logprob, { maxLength: 2 }) }), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
      queries: fc.array(word, { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
);

const ending = fc.constantFrom('STOP', 'MAX_TOKENS', 'SAFETY', 'RECITATION');

interface Step {
  readonly chosen: unknown;
  readonly top: readonly unknown[];
}

function candidate(
  parts: readonly unknown[],
  steps: readonly Step[] | undefined,
  queries: unknown,
) {
  return {
    content: { role: 'model', parts },
    ...(steps && {
      logprobsResult: {
        chosenCandidates: steps.map(({ chosen }) => chosen),
        topCandidates: steps.map(({ top }) => ({ candidates: top })),
      },
    }),
    groundingMetadata: { webSearchQueries: queries },
  };
}

function metadata(prompt: number, answer: number, thoughts: number) {
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: answer,
    thoughtsTokenCount: thoughts,
    totalTokenCount: prompt + answer + thoughts,
  };
}

/** What `Upstream` makes of a stream. */
function replyOf(events: readonly ProviderEvent[]) {
  const builder = new ReplyBuilder();
  let [finish, report, identity]: unknown[] = [];
  for (const event of events) {
    if (event.type === 'finish') finish = event.reason;
    else if (event.type === 'usage') report = event.report;
    else if (event.type === 'identity') identity = event;
    else if (event.type !== 'done' && event.type !== 'usage-refused') builder.add(event);
  }
  return { reply: builder.build(finish as never), report, identity };
}

test('a stream and its whole twin are the same reply at the same price', () => {
  fc.assert(
    fc.property(
      pieces,
      ending,
      fc.tuple(count, count, count),
      fc.boolean(),
      (streamed, finishReason, [prompt, answer, thoughts], isLate) => {
        const named = { modelVersion: 'm', responseId: 'r' };
        const last = streamed.length - 1;
        const chunks: object[] = streamed.map(({ parts, steps, queries }, index) => ({
          candidates: [
            {
              ...candidate(parts, steps, queries),
              ...(index === last && { finishReason }),
            },
          ],
          ...((index < last || !isLate) && {
            usageMetadata:
              index === last ? metadata(prompt, answer, thoughts) : metadata(prompt, 0, 0),
          }),
          ...named,
        }));
        if (isLate) chunks.push({ usageMetadata: metadata(prompt, answer, thoughts), ...named });
        const parser = new SseParser(1_000_000);
        const sse = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('');
        const data = [...parser.push(new TextEncoder().encode(sse)), ...parser.end()];
        const stream = reader();
        const told = replyOf(data.flatMap((event) => stream.read(event)));

        const steps = streamed.every(({ steps }) => steps === undefined)
          ? undefined
          : streamed.flatMap(({ steps }) => steps ?? []);
        const twin = fromBody(
          JSON.stringify({
            candidates: [
              {
                ...candidate(
                  streamed.flatMap(({ parts }) => parts),
                  steps,
                  streamed.flatMap(({ queries }) => queries),
                ),
                finishReason,
              },
            ],
            usageMetadata: metadata(prompt, answer, thoughts),
            ...named,
          }),
        );
        expect(told.reply).toEqual(twin.reply);
        expect(told.report).toEqual(twin.report);
        expect(twin.report).toBeDefined();
        expect(told.identity).toEqual({ type: 'identity', model: 'm', upstreamId: 'r' });
      },
    ),
    { numRuns: 300 },
  );
});

test('no body, however strange, ends in anything but a reply or a fault', () => {
  const place = fc.constantFrom('content', 'finishReason', 'logprobsResult', 'groundingMetadata');
  fc.assert(
    fc.property(fc.jsonValue(), place, fc.boolean(), (value, name, bare) => {
      const whole = { content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' };
      try {
        const body = bare ? JSON.stringify(value) : bodyOf({ ...whole, [name]: value });
        expect(typeof fromBody(body).reply.text).toBe('string');
      } catch (thrown) {
        expect(thrown).toMatchObject({ name: 'Fault' });
      }
    }),
    { numRuns: 1000 },
  );
});
