import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toFault } from './error.ts';

function kindOf(status: number, body: unknown): string {
  return toFault(status, JSON.stringify(body), undefined).kind;
}

describe('the three envelopes are read alike', () => {
  const fields = { message: 'm', type: 'invalid_request_error', param: 'temperature', code: 'bad' };
  test.each([
    ['nested', { error: fields }],
    ['flat', { object: 'error', ...fields }],
    ['text with a type beside it', { error: 'm', error_type: 'validation', param: 'temperature' }],
  ])('%s', (_name, body) => {
    const fault = toFault(400, JSON.stringify(body), undefined);
    expect(fault.kind).toBe('invalid_request');
    expect(fault.param).toBe('temperature');
  });
});

describe('a provider that refuses us is our failure, never the caller’s', () => {
  test.each([
    [401, 'upstream_auth'],
    [403, 'upstream_auth'],
    [402, 'upstream_rejected'],
    [404, 'upstream_rejected'],
  ])('status %d is %s', (status, kind) => {
    const fault = toFault(status, '{"error":{"message":"no","code":"invalid_api_key"}}', undefined);
    expect(fault.kind).toBe(kind);
    expect(fault.row.http).toBe(502);
    expect(fault.row.retry).toBe('elsewhere');
  });
});

describe('429 has two causes', () => {
  test('too fast is worth another try, later or elsewhere', () => {
    const body = JSON.stringify({ error: { type: 'requests', code: 'rate_limit_exceeded' } });
    const fault = toFault(429, body, 2000);
    expect(fault.kind).toBe('upstream_rate_limited');
    expect(fault.retryAfterMs).toBe(2000);
  });

  test('an empty account is not', () => {
    expect(kindOf(429, { error: { code: 'insufficient_quota' } })).toBe('upstream_rejected');
  });

  test('an overload by the name of TGI is too fast', () => {
    expect(kindOf(429, { error: 'Model is overloaded', error_type: 'overloaded' })).toBe(
      'upstream_rate_limited',
    );
  });
});

describe('a prompt that does not fit is known by a machine word', () => {
  test.each([
    ['OpenAI and TabbyAPI', { error: { code: 'context_length_exceeded' } }],
    ['llama.cpp', { error: { code: 400, type: 'exceed_context_size_error', n_ctx: 256 } }],
    ['vLLM', { error: { code: 400, type: 'BadRequestError', param: 'input_tokens' } }],
  ])('%s', (_engine, body) => {
    expect(kindOf(400, body)).toBe('context_overflow');
  });

  test('and not by prose, in which the prompt may be quoted', () => {
    const message = 'maximum context length exceeded; code: context_length_exceeded, status 429';
    expect(kindOf(400, { error: { message, type: 'BadRequestError', code: 400 } })).toBe(
      'invalid_request',
    );
  });
});

describe('what one model refuses, another may take', () => {
  const message = "Unsupported value: 'temperature' does not support 0.2 with this model.";

  test.each(['unsupported_parameter', 'unsupported_value'])('%s', (code) => {
    const error = { message, type: 'invalid_request_error', param: 'temperature', code };
    const fault = toFault(400, JSON.stringify({ error }), undefined);
    expect(fault.kind).toBe('unsupported_parameter');
    expect(fault.param).toBe('temperature');
    expect(fault.row).toMatchObject({ http: 400, retry: 'elsewhere' });
    expect(fault.message).toBe('The model does not take a parameter of this request.');
  });

  test('and prose that only holds such words is nothing of the kind', () => {
    const error = { message: `A prompt: ${message}`, type: 'invalid_request_error', code: null };
    expect(kindOf(400, { error })).toBe('invalid_request');
  });
});

test.each([408, 409, 424, 498, 500, 502, 503, 504, 529])(
  'status %d is a failure that another provider may not have',
  (status) => {
    expect(kindOf(status, {})).toBe('upstream_unavailable');
    expect(toFault(status, '<html>', undefined).row.retry).toBe('elsewhere');
  },
);

test.each([400, 413, 415, 422])('status %d is a request that no provider would take', (status) => {
  expect(kindOf(status, { error: { type: 'invalid_request_error' } })).toBe('invalid_request');
});

const SECRET = 'sk-secret-0123456789 my mother’s maiden name';

test('nothing the provider wrote reaches the caller: not its prose, not a key, not a prompt', () => {
  const place = fc.constantFrom('message', 'type', 'code', 'param', 'detail', 'error_type');
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), place, fc.boolean(), (status, name, nested) => {
      const body = nested ? { error: { [name]: SECRET } } : { [name]: SECRET };
      const fault = toFault(status, JSON.stringify(body), undefined);
      expect(fault.message).not.toContain('secret');
      expect(fault.param ?? '').not.toContain('secret');
      expect(String(fault.cause)).not.toContain('secret');
    }),
  );
});

test('any status with any body is some fault', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      fc.oneof(fc.string(), fc.json()),
      (status, body) => {
        const fault = toFault(status, body, undefined);
        expect(fault.message).not.toBe('');
        expect(fault.row.http).toBeGreaterThanOrEqual(400);
      },
    ),
  );
});
