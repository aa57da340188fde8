import { readFileSync } from 'node:fs';
import { Fault } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openai } from './index.ts';

const { fromBody } = openai;

function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8');
}

function bodyOf(choice: unknown): string {
  return JSON.stringify({ id: 'x', model: 'm', choices: [choice] });
}

test('a completion with its log-probabilities, cached prompt and dated model name', () => {
  const { reply, report, model, upstreamId } = fromBody(fixture('completion'));
  expect(reply.text).toBe('The sum is 42.');
  expect(reply.finish).toBe('stop');
  expect([model, upstreamId]).toEqual(['gpt-test-2026-08-01', 'chatcmpl-whole']);
  expect(report?.usage).toMatchObject({ inputTokens: 4, cacheReadTokens: 8, outputTokens: 5 });
});

test('log-probabilities are handed on as reported, the unbelievable ones too', () => {
  const { reply } = fromBody(fixture('completion'));
  expect(reply.tokens?.map(({ token, logprob }) => [token, logprob])).toEqual([
    ['The', -0.125],
    [' sum', -9999],
    [' is', 0],
    [' 42.', -0.25],
    ['', -21.5],
  ]);
});

test('a tool call without text, and usage that is not known rather than zero', () => {
  const { reply, report } = fromBody(fixture('tool-completion'));
  expect(reply).toEqual({
    text: '',
    toolCalls: [{ id: 'call_a', name: 'weather', arguments: '{"city":"Köln"}' }],
    finish: 'tool_calls',
    reasoning: 'They want the weather.',
  });
  expect(report).toBeUndefined();
});

describe('status 200 alone makes no answer', () => {
  test.each([
    ['cut JSON', '{"choices":[{"message":{"content":"Par'],
    ['a page of HTML', '<html><body>Bad gateway</body></html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['no choices', '{"id":"x"}'],
    ['empty choices', '{"choices":[]}'],
    ['a choice of nothing', '{"choices":[null]}'],
    ['a choice without its message', '{"choices":[{"finish_reason":"stop"}]}'],
    ['an error object', '{"error":{"message":"secret prompt","code":500}}'],
    ['a flat error object', '{"object":"error","message":"secret prompt","choices":[]}'],
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

  test('an answer that its provider broke off is a failure', () => {
    const body = bodyOf({ message: { content: 'Half' }, finish_reason: 'error' });
    expect(() => fromBody(body)).toThrow(expect.objectContaining({ kind: 'upstream_unavailable' }));
  });
});

test.each([
  ['length', 'length'],
  ['model_length', 'length'],
  ['content_filter', 'content_filter'],
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['eos', 'stop'],
])('the finish reason "%s" is %s', (wire, finish) => {
  const body = bodyOf({ message: { content: 'x' }, finish_reason: wire });
  expect(fromBody(body).reply.finish).toBe(finish);
});

test('no body, however strange, ends in anything but a reply or a fault', () => {
  const place = fc.constantFrom('content', 'tool_calls', 'refusal', 'reasoning', 'logprobs');
  fc.assert(
    fc.property(fc.jsonValue(), place, (value, name) => {
      const choice =
        name === 'logprobs'
          ? { message: { content: 'x' }, logprobs: { content: value } }
          : { message: { [name]: value } };
      try {
        const { reply } = fromBody(bodyOf(choice));
        expect(typeof reply.text).toBe('string');
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 500 },
  );
});
