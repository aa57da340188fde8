import { readFileSync } from 'node:fs';
import { Fault, NO_USAGE } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBody } from './response.ts';

function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8');
}

function bodyOf(message: object): string {
  return JSON.stringify({ id: 'x', type: 'message', model: 'm', content: [], ...message });
}

test('a message with thoughts, text in two pieces, tools of ours and what is none of ours', () => {
  const { reply, model, upstreamId } = fromBody(fixture('message'));
  expect(reply).toEqual({
    text: 'Let me look. One moment.',
    reasoning: 'They want the weather.',
    reasoningState: expect.stringMatching(/^anthropic:.*"signature":"c2ln"/),
    toolCalls: [
      { id: 'toolu_a', name: 'weather', arguments: '{"city":"Köln","days":2}' },
      { id: 'toolu_b', name: 'time', arguments: '{}' },
    ],
    finish: 'tool_calls',
  });
  expect([model, upstreamId]).toEqual(['claude-test-5-20261101', 'msg_whole']);
});

test('its usage comes in buckets that exclude each other, with the tier that served it', () => {
  const { report } = fromBody(fixture('message'));
  expect(report?.usage).toEqual({
    inputTokens: 40,
    cacheReadTokens: 20,
    cacheWrite5mTokens: 10,
    cacheWrite1hTokens: 20,
    cacheWriteOtherTokens: 0,
    outputTokens: 55,
    reasoningTokens: 7,
  });
  expect(report?.serviceTier).toBe('standard');
  expect(report?.incomplete).toBeUndefined();
});

test('what was served fast is said to have been', () => {
  const usage = { input_tokens: 1, output_tokens: 1, speed: 'fast', inference_geo: 'us' };
  expect(fromBody(bodyOf({ usage })).report?.conditions).toEqual({
    speed: 'fast',
    inference_geo: 'us',
  });
});

test('a refusal ends the answer, and why it came stays out', () => {
  const { reply, report } = fromBody(fixture('refusal'));
  expect(reply).toEqual({ text: '', toolCalls: [], finish: 'content_filter' });
  expect(report?.usage).toEqual({ ...NO_USAGE, inputTokens: 12, outputTokens: 3 });
});

test.each([
  undefined,
  null,
  7,
  {},
  { input_tokens: 5 },
  { input_tokens: -1, output_tokens: 2 },
  { input_tokens: 1, output_tokens: 2, cache_creation_input_tokens: 5, cache_creation: {} },
])('usage that is missing or cannot be true is not known, rather than zero: %j', (usage) => {
  expect(fromBody(bodyOf({ usage })).report).toBeUndefined();
});

test.each([
  [undefined, undefined],
  [{}, undefined],
  [7, 'usage_invalid_type'],
  [{ input_tokens: -1, output_tokens: 2 }, 'usage_invalid_negative'],
])('of usage that was sent and cannot be true it is said why: %j', (usage, why) => {
  expect(fromBody(bodyOf({ usage })).refusedUsage).toBe(why);
});

describe('status 200 alone makes no answer', () => {
  test.each([
    ['cut JSON', '{"content":[{"type":"text","text":"Par'],
    ['a page of HTML', '<html><body>Bad gateway</body></html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['no content', '{"id":"x","type":"message"}'],
    ['content that is no list', '{"content":"secret"}'],
    ['an error', '{"type":"error","error":{"type":"api_error","message":"secret prompt"}}'],
    ['an error beside content', '{"content":[],"error":{"message":"secret prompt"}}'],
    [
      'arguments too deep',
      bodyOf({}).replace(
        '[]',
        `[{"type":"tool_use","input":${'['.repeat(9000)}${']'.repeat(9000)}}]`,
      ),
    ],
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

  test.each(['pause_turn', 'compaction'])(
    'nor does a turn that stopped with "%s" halfway',
    (stop_reason) => {
      const body = bodyOf({ content: [{ type: 'text', text: 'Half' }], stop_reason });
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
  ['refusal', 'content_filter'],
  ['nobody_knows', 'stop'],
  [null, 'stop'],
])('the stop reason "%s" is %s', (stop_reason, finish) => {
  expect(fromBody(bodyOf({ stop_reason })).reply.finish).toBe(finish);
});

test('no body, however strange, ends in anything but a reply or a fault', () => {
  const place = fc.constantFrom(
    'content',
    'block',
    'text',
    'thinking',
    'input',
    'usage',
    'stop_reason',
  );
  fc.assert(
    fc.property(fc.jsonValue(), place, (value, name) => {
      const block =
        name === 'block' ? value : { type: name === 'input' ? 'tool_use' : name, [name]: value };
      const outer = ['content', 'usage', 'stop_reason'].includes(name);
      try {
        const { reply } = fromBody(bodyOf(outer ? { [name]: value } : { content: [block] }));
        expect(typeof reply.text).toBe('string');
        for (const call of reply.toolCalls) expect(() => JSON.parse(call.arguments)).not.toThrow();
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 500 },
  );
});
