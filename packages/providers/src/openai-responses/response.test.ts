import { readFileSync } from 'node:fs';
import { Fault, NO_USAGE } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBody } from './response.ts';

function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8');
}

function read(body: object) {
  return fromBody(JSON.stringify({ id: 'x', model: 'm', status: 'completed', ...body }));
}

test('a response with its log-probabilities, cached prompt, tier and dated model name', () => {
  const { reply, report, model, upstreamId } = fromBody(fixture('response'));
  expect(reply.text).toBe('The sum is 42.');
  expect(reply.finish).toBe('stop');
  expect([model, upstreamId]).toEqual(['gpt-test-2026-08-01', 'resp_whole']);
  expect(report).toEqual({
    usage: { ...NO_USAGE, inputTokens: 4, cacheReadTokens: 8, outputTokens: 5 },
    serviceTier: 'priority',
  });
});

test('log-probabilities are handed on as reported, the unbelievable ones too', () => {
  const { reply } = fromBody(fixture('response'));
  expect(reply.tokens?.map(({ token, logprob }) => [token, logprob])).toEqual([
    ['The', -0.125],
    [' sum', -9999],
    [' is 42.', -0.25],
  ]);
  expect(reply.tokens?.[0]?.top).toEqual([
    { token: 'The', logprob: -0.125 },
    { token: 'A', logprob: -2.5 },
  ]);
});

test('a part without log-probabilities is seen to have none', () => {
  const entry = { token: 'One', logprob: -1, top_logprobs: [] };
  const content = [
    { type: 'output_text', text: 'One', logprobs: [entry] },
    { type: 'output_text', text: ' two', logprobs: [] },
  ];
  expect(read({ output: [{ type: 'message', content }] }).reply.tokens).toEqual([
    { token: 'One', logprob: -1, top: [] },
    { token: ' two', top: [] },
  ]);
});

test('a tool call with the thought before it, and a fee for what the provider looked up', () => {
  const { reply, report } = fromBody(fixture('tool-response'));
  expect(reply).toEqual({
    text: '',
    toolCalls: [{ id: 'call_a', name: 'weather', arguments: '{"city":"Köln"}' }],
    finish: 'tool_calls',
    reasoning: 'They want the weather.',
    reasoningState: `openai-responses:${JSON.stringify([
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: ['They want the weather.'],
        encrypted_content: 'enc+/==',
      },
      { type: 'function_call' },
    ])}`,
  });
  expect(report?.usage).toMatchObject({ outputTokens: 40, reasoningTokens: 30 });
  expect(report?.fees).toEqual({ web_search: 1 });
});

describe('a response says why it ended', () => {
  const said = { type: 'message', content: [{ type: 'output_text', text: 'Half' }] };
  const called = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{' };

  test.each([
    ['completed', null, [said], 'stop'],
    ['completed', null, [], 'stop'],
    [undefined, null, [said], 'stop'],
    ['completed', null, [said, called], 'tool_calls'],
    ['incomplete', { reason: 'max_output_tokens' }, [called], 'length'],
    ['incomplete', { reason: 'content_filter' }, [said], 'content_filter'],
    ['incomplete', { reason: 'nobody_knows' }, [said], 'length'],
    ['incomplete', null, [said], 'length'],
  ])('%s with %j', (status, incomplete_details, output, finish) => {
    expect(read({ status, incomplete_details, output }).reply.finish).toBe(finish);
  });

  test.each([
    ['failed', { code: 'server_error' }, 'upstream_unavailable'],
    ['failed', { code: 'rate_limit_exceeded' }, 'upstream_rate_limited'],
    ['failed', { code: 'invalid_prompt' }, 'content_filtered'],
    ['failed', null, 'upstream_unavailable'],
    ['in_progress', null, 'upstream_invalid'],
    ['queued', null, 'upstream_invalid'],
    ['cancelled', null, 'upstream_invalid'],
  ])('%s with %j is no answer but a fault', (status, error, kind) => {
    expect(() => read({ status, error, output: [said] })).toThrow(
      expect.objectContaining({ kind }),
    );
  });
});

test('a refusal is told apart from text', () => {
  const content = [{ type: 'refusal', refusal: 'No.' }];
  const { reply } = read({ output: [{ type: 'message', content }] });
  expect(reply).toEqual({ text: '', refusal: 'No.', toolCalls: [], finish: 'stop' });
});

test('several thoughts are paragraphs, and those that a model shows are thoughts like any other', () => {
  const summary = (text: string) => ({ type: 'reasoning', summary: [{ text }] });
  const shown = {
    type: 'reasoning',
    summary: [],
    content: [{ type: 'reasoning_text', text: 'c' }],
  };
  const { reply } = read({ output: [summary('a'), summary(''), summary('b'), shown] });
  expect(reply.reasoning).toBe('a\n\nb\n\nc');
  expect(reply.reasoningState).toBeUndefined();
});

test('usage that is absent or contradicts itself is not known, rather than zero, and the latter is told', () => {
  const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 900 };
  const lying = read({ output: [], usage });
  expect([lying.report, lying.refusedUsage]).toEqual([undefined, 'usage_inconsistent']);
  const silent = read({ output: [], usage: null });
  expect([silent.report, silent.refusedUsage]).toEqual([undefined, undefined]);
});

describe('status 200 alone makes no answer', () => {
  test.each([
    ['cut JSON', '{"output":[{"type":"mess'],
    ['a page of HTML', '<html><body>Bad gateway</body></html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['no output', '{"id":"x","object":"response","status":"completed"}'],
    ['an error object', '{"error":{"message":"secret prompt","code":500}}'],
    ['an error event', '{"type":"error","message":"secret prompt","output":[]}'],
  ])('%s is invalid', (_what, body) => {
    let thrown: unknown;
    try {
      fromBody(body);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Fault);
    expect((thrown as Fault).kind).toBe('upstream_invalid');
    expect((thrown as Fault).message).not.toContain('secret');
  });
});

test('no body, however strange, ends in anything but a reply or a fault', () => {
  const place = fc.constantFrom('output', 'usage', 'status', 'error', 'incomplete_details', 'id');
  const type = fc.constantFrom('message', 'reasoning', 'function_call', 'news');
  const field = fc.constantFrom('content', 'summary', 'arguments', 'encrypted_content', 'phase');
  const item = fc.tuple(type, field, fc.jsonValue()).map(([type, field, value]) => ({
    type,
    [field]: value,
  }));
  fc.assert(
    fc.property(place, fc.jsonValue(), fc.array(item, { maxLength: 3 }), (place, value, output) => {
      try {
        read({ output, [place]: value });
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 1000 },
  );
});
