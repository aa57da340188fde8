import { readFileSync } from 'node:fs';
import { Fault, NO_USAGE } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBody } from './response.ts';

function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8');
}

function bodyOf(content: unknown, rest: object = {}): string {
  return JSON.stringify({ output: { message: { role: 'assistant', content } }, ...rest });
}

test('an answer with thoughts, text with sources, tools of ours and what is none of ours', () => {
  const { reply, model, upstreamId } = fromBody(fixture('message'));
  expect(reply).toEqual({
    text: 'Let me look. One moment.',
    reasoning: 'They want the weather.',
    reasoningState: expect.stringMatching(/^bedrock:\[.*c2ln.*b3BhcXVl.*\]$/),
    toolCalls: [
      { id: 'tooluse_a', name: 'weather', arguments: '{"city":"Köln","days":2}' },
      { id: 'tooluse_b', name: 'time', arguments: '{}' },
    ],
    finish: 'tool_calls',
  });
  expect([model, upstreamId]).toEqual(['', '']);
});

test('its usage comes in buckets that exclude each other, with the tier that served it', () => {
  const { report } = fromBody(fixture('message'));
  expect(report).toEqual({
    usage: {
      inputTokens: 40,
      cacheReadTokens: 20,
      cacheWrite5mTokens: 10,
      cacheWrite1hTokens: 20,
      cacheWriteOtherTokens: 0,
      outputTokens: 55,
      reasoningTokens: 0,
    },
    serviceTier: 'priority',
  });
});

test('thoughts that nobody signed are told, and leave no state', () => {
  const { reply } = fromBody(bodyOf([{ reasoningContent: { reasoningText: { text: 'Hm.' } } }]));
  expect(reply).toEqual({ text: '', reasoning: 'Hm.', toolCalls: [], finish: 'stop' });
});

test('a thought that is signed and hidden has a state, and no text', () => {
  const reasoningText = { text: '', signature: 'c2ln' };
  const { reply } = fromBody(bodyOf([{ reasoningContent: { reasoningText } }, { text: 'Yes' }]));
  expect(reply.reasoning).toBeUndefined();
  expect(reply.reasoningState).toContain('c2ln');
});

test.each([
  ['arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-1-8b', 'meta.llama3-1-8b'],
  ['arn:aws:bedrock:us-east-1:1:inference-profile/us.meta.llama3-1-8b', 'us.meta.llama3-1-8b'],
  ['meta.llama3-1-8b', 'meta.llama3-1-8b'],
])('a router says whom it asked: %s', (invokedModelId, model) => {
  const trace = { promptRouter: { invokedModelId } };
  expect(fromBody(bodyOf([], { trace })).model).toBe(model);
});

test.each([
  [undefined, undefined],
  [null, undefined],
  [7, 'usage_invalid_type'],
  [{}, 'usage_missing'],
  [{ inputTokens: 5 }, 'usage_missing'],
  [{ inputTokens: 1, outputTokens: 2, totalTokens: 4 }, 'usage_inconsistent'],
])('usage that is missing or cannot be true is not known, rather than zero: %j', (usage, code) => {
  const { report, refusedUsage } = fromBody(bodyOf([], { usage }));
  expect([report, refusedUsage]).toEqual([undefined, code]);
});

test('usage without a tier says none', () => {
  const usage = { inputTokens: 5, outputTokens: 2 };
  expect(fromBody(bodyOf([], { usage })).report).toEqual({
    usage: { ...NO_USAGE, inputTokens: 5, outputTokens: 2 },
  });
});

describe('status 200 alone makes no answer', () => {
  const deep = `${'['.repeat(9000)}${']'.repeat(9000)}`;
  test.each([
    ['cut JSON', '{"output":{"message":{"content":[{"text":"Par'],
    ['a page of HTML', '<html><body>Bad gateway</body></html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['no message', '{"output":{},"stopReason":"end_turn"}'],
    ['content that is no list', '{"output":{"message":{"content":"secret"}}}'],
    ['an error', '{"message":"secret prompt"}'],
    ['arguments too deep', bodyOf([{ toolUse: { input: 0 } }]).replace('0', deep)],
  ])('%s is invalid', (_what, body) => {
    let thrown: unknown;
    try {
      fromBody(body);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ kind: 'upstream_invalid' });
    expect((thrown as Fault).message).not.toContain('secret');
  });

  test.each(['malformed_model_output', 'malformed_tool_use'])(
    'nor does one that stopped with "%s"',
    (stopReason) => {
      const body = bodyOf([{ text: 'Half' }], { stopReason });
      expect(() => fromBody(body)).toThrow(expect.objectContaining({ kind: 'upstream_invalid' }));
    },
  );
});

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['content_filtered', 'content_filter'],
  ['guardrail_intervened', 'content_filter'],
  ['nobody_knows', 'stop'],
  [null, 'stop'],
])('the stop reason "%s" is %s', (stopReason, finish) => {
  expect(fromBody(bodyOf([], { stopReason })).reply.finish).toBe(finish);
});

test('no body, however strange, ends in anything but a reply or a fault', () => {
  const place = fc.constantFrom(
    'content',
    'block',
    'text',
    'toolUse',
    'reasoningContent',
    'citationsContent',
    'usage',
    'stopReason',
    'serviceTier',
    'trace',
  );
  fc.assert(
    fc.property(fc.jsonValue(), place, (value, name) => {
      const block = name === 'block' ? value : { [name]: value };
      const isOuter = ['usage', 'stopReason', 'serviceTier', 'trace'].includes(name);
      const content = name === 'content' ? value : [block];
      try {
        const { reply } = fromBody(isOuter ? bodyOf([], { [name]: value }) : bodyOf(content));
        expect(typeof reply.text).toBe('string');
        for (const call of reply.toolCalls) expect(() => JSON.parse(call.arguments)).not.toThrow();
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 500 },
  );
});
