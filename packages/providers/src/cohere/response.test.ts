import { readFileSync } from 'node:fs';
import { Fault, NO_USAGE } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBody } from './response.ts';

function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8');
}

function replyOf(rest: object, message: object = {}) {
  return fromBody(JSON.stringify({ id: 'x', finish_reason: 'COMPLETE', message, ...rest }));
}

test('a reply with thoughts, text in two pieces and citations, which stand beside the text', () => {
  const { reply, report, model, upstreamId } = fromBody(fixture('reply'));
  expect(reply).toEqual({
    text: 'Genève lies on a lake.',
    reasoning: 'Hm, a lake.',
    reasoningState: 'cohere:11',
    toolCalls: [],
    finish: 'stop',
  });
  expect(report?.usage).toEqual({ ...NO_USAGE, inputTokens: 8, outputTokens: 9 });
  expect([model, upstreamId]).toEqual(['', 'b1f2-whole']);
});

test('a plan is what was thought before the tools were called, and a call without arguments has none', () => {
  expect(fromBody(fixture('tool-reply')).reply).toEqual({
    text: '',
    reasoning: 'I will look it up.',
    reasoningState: 'cohere:0',
    toolCalls: [
      { id: 'weather_x1', name: 'weather', arguments: '{"city":"Köln"}' },
      { id: 'time_x2', name: 'time', arguments: '{}' },
    ],
    finish: 'tool_calls',
  });
});

test('a piece of several tokens has the probability of all of them, since its letters cannot be divided', () => {
  const logprobs = [
    { text: 'The', token_ids: [578], logprobs: [-0.75] },
    { text: ' 🏁', token_ids: [9, 10], logprobs: [-0.5, -0.25] },
    { text: '!', token_ids: [0] },
    { text: '?', token_ids: [0, 1], logprobs: [-1, null] },
    { text: '.', logprobs: [] },
    null,
  ];
  expect(replyOf({ logprobs }).reply.tokens).toEqual([
    { token: 'The', logprob: -0.75, top: [] },
    { token: ' 🏁', logprob: -0.75, top: [] },
    { token: '!', logprob: undefined, top: [] },
    { token: '?', logprob: undefined, top: [] },
    { token: '.', logprob: undefined, top: [] },
    { token: '', logprob: undefined, top: [] },
  ]);
  expect(replyOf({ logprobs: [] }).reply).not.toHaveProperty('tokens');
  expect(replyOf({ logprobs: null }).reply).not.toHaveProperty('tokens');
});

test.each([
  ['COMPLETE', 'stop'],
  ['STOP_SEQUENCE', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['TOOL_CALL', 'tool_calls'],
  ['ERROR_TOXIC', 'content_filter'],
])('%s is %s', (finish_reason, finish) => {
  expect(replyOf({ finish_reason }).reply.finish).toBe(finish);
});

test('who calls tools and says that this is all has called tools', () => {
  const message = { tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }] };
  expect(replyOf({}, message).reply.finish).toBe('tool_calls');
});

test.each([
  [undefined, undefined],
  [null, undefined],
  [7, 'usage_invalid_type'],
  [{}, 'usage_missing'],
  [{ tokens: { input_tokens: 5, output_tokens: 2 } }, 'usage_missing'],
  [{ billed_units: { input_tokens: 5 } }, 'usage_missing'],
  [{ billed_units: { input_tokens: -1, output_tokens: 2 } }, 'usage_invalid_negative'],
])(
  'usage that is missing or cannot be true is not known, rather than zero: %j',
  (usage, refused) => {
    const { report, refusedUsage } = replyOf({ usage });
    expect([report, refusedUsage]).toEqual([undefined, refused]);
  },
);

describe('status 200 alone makes no answer', () => {
  test.each([
    ['cut JSON', '{"message":{"content":[{"type":"text","text":"Par'],
    ['a page of HTML', '<html><body>Bad gateway</body></html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['no message', '{"id":"x","finish_reason":"COMPLETE"}'],
    ['an error', '{"id":"x","message":"secret prompt"}'],
    ['no end', '{"id":"x","message":{"content":[{"type":"text","text":"secret"}]}}'],
  ])('%s', (_what, body) => {
    expect(() => fromBody(body)).toThrow(expect.objectContaining({ kind: 'upstream_invalid' }));
    try {
      fromBody(body);
    } catch (fault) {
      expect((fault as Fault).message).not.toContain('secret');
    }
  });

  test.each(['ERROR', 'TIMEOUT', 'USER_CANCEL', 'news'])('nor does an end by %s', (reason) => {
    expect(() => replyOf({ finish_reason: reason })).toThrow(
      expect.objectContaining({ kind: 'upstream_unavailable' }),
    );
  });
});

test('any JSON with status 200 is an answer or a fault', () => {
  const place = fc.constantFrom('message', 'finish_reason', 'usage', 'logprobs', 'id');
  const inner = fc.constantFrom('content', 'tool_calls', 'tool_plan');
  fc.assert(
    fc.property(place, inner, fc.jsonValue(), (place, inner, value) => {
      try {
        replyOf({ [place]: value }, { [inner]: value });
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 500 },
  );
});
