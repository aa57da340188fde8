import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultIn, toFault } from './error.ts';

function faultOf(status: number, error: unknown) {
  return toFault(status, JSON.stringify({ error }), undefined);
}

describe('the status says what an error is', () => {
  test.each([
    [400, 'invalid_request'],
    [401, 'upstream_auth'],
    [402, 'upstream_rejected'],
    [403, 'upstream_auth'],
    [404, 'upstream_rejected'],
    [408, 'upstream_unavailable'],
    [422, 'invalid_request'],
    [429, 'upstream_rate_limited'],
    [499, 'upstream_unavailable'],
    [500, 'upstream_unavailable'],
    [502, 'upstream_unavailable'],
    [503, 'upstream_unavailable'],
    [302, 'upstream_invalid'],
  ])('%d is %s, whether Ollama says it or something on the way', (status, kind) => {
    expect(faultOf(status, 'a sentence').kind).toBe(kind);
    expect(toFault(status, '<html>', undefined).kind).toBe(kind);
    expect(toFault(status, '', undefined).kind).toBe(kind);
  });

  test('a full queue is for another to serve', () => {
    const fault = faultOf(503, 'server busy, please try again.  maximum pending requests exceeded');
    expect(fault.row.retry).toBe('elsewhere');
  });

  test('how long to wait is handed on', () => {
    expect(toFault(429, '{"error":"slower"}', 2000).retryAfterMs).toBe(2000);
  });
});

describe('a prompt that does not fit', () => {
  const runner = {
    error: {
      code: 400,
      message: 'request (9 tokens) exceeds …',
      type: 'exceed_context_size_error',
    },
  };

  test.each([
    ['by its runner in a sentence', 'the input length exceeds the context length'],
    ['by older runners', 'input length exceeds maximum context length'],
    ['by its runner in JSON within the text', JSON.stringify(runner)],
    ['by its runner in JSON as it is', runner.error],
  ])('is told %s', (_how, error) => {
    const fault = faultOf(400, error);
    expect(fault.kind).toBe('context_overflow');
    expect(fault.message).not.toContain('tokens');
    expect(faultOf(500, error).kind).toBe('context_overflow');
    expect(faultIn({ error }).kind).toBe('context_overflow');
  });

  test.each([
    'unexpected text: the input length exceeds the context length',
    JSON.stringify({
      error: { type: 'invalid_request_error', message: 'exceed_context_size_error' },
    }),
    JSON.stringify({ code: 400, type: 'exceed_context_size_error_2' }),
    '{"error":{"type":"exceed_context_size_error"',
  ])('is not told by what quotes one: %s', (error) => {
    expect(faultOf(400, error).kind).toBe('invalid_request');
  });
});

describe('what a model cannot do, another may', () => {
  test.each([
    ['registry.ollama.ai/library/tiny:1b does not support tools', 'tools'],
    ['"tiny:1b" does not support thinking', 'reasoning_effort'],
    ['think value "high" is not supported for this model', 'reasoning_effort'],
    ['this model is missing data required for image input', 'messages'],
    ['Multimodal data provided, but model does not support multimodal requests.', 'messages'],
  ])('%s', (error, param) => {
    const fault = faultOf(400, error);
    expect(fault).toMatchObject({ kind: 'unsupported_parameter', param });
    expect(fault.row.retry).toBe('elsewhere');
    expect(fault.message).not.toContain('tiny');
  });

  test.each([
    'my tiny model does not support tools',
    'tiny:1b does not support tools, said the prompt',
    'tiny:1b does not support tools\nthinking',
  ])('and a sentence that is another one does not say so: %s', (error) => {
    expect(faultOf(400, error).kind).toBe('invalid_request');
  });
});

test.each([
  [{ error: 'an error was encountered while running the model' }, 'upstream_unavailable'],
  [{ error: 'x', status: 400 }, 'invalid_request'],
  [{ error: 'x', status: 429 }, 'upstream_rate_limited'],
  [{ error: 'x', status: 200 }, 'upstream_unavailable'],
  [{ error: 'x', status: 'bad' }, 'upstream_unavailable'],
  [{ error: { message: 'x' } }, 'upstream_unavailable'],
  [{ error: true }, 'upstream_unavailable'],
])('within a stream, where there is no status, %j is %s', (wire, kind) => {
  expect(faultIn(wire).kind).toBe(kind);
});

const SECRET = 'sk-secret-0123456789 my mother’s maiden name';

test('nothing the provider wrote reaches the caller or the log: not its prose, not a key, not a prompt', () => {
  const start = fc.constantFrom('', 'the input length exceeds the context length ', 'error: ');
  const shape = fc.constantFrom(
    (text: string): unknown => text,
    (text: string) => JSON.stringify({ error: { message: text, type: text, code: text } }),
    (text: string) => ({ message: text, type: text, param: text }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), start, shape, (status, prefix, shaped) => {
      const error = shaped(prefix + SECRET);
      for (const fault of [faultOf(status, error), faultIn({ error, status })]) {
        expect(fault.message).not.toContain('secret');
        expect(fault.param ?? '').not.toContain('secret');
        expect(String(fault.cause)).not.toContain('secret');
      }
    }),
  );
});

test('any status with any body is some fault', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      fc.oneof(fc.string(), fc.json()),
      (status, text) => {
        const fault = toFault(status, text, undefined);
        expect(fault.message).not.toBe('');
        expect(fault.row.http).toBeGreaterThanOrEqual(400);
      },
    ),
  );
});
