import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventFault, toFault } from './error.ts';

function body(type: string, message = 'm', error_code?: string): string {
  const details = error_code === undefined ? null : { error_code };
  return JSON.stringify({ type: 'error', error: { type, message, details }, request_id: 'req_1' });
}

describe('the status and the type of an error say what it is', () => {
  test.each([
    [400, 'invalid_request_error', 'invalid_request'],
    [422, 'invalid_request_error', 'invalid_request'],
    [401, 'authentication_error', 'upstream_auth'],
    [403, 'permission_error', 'upstream_auth'],
    [402, 'billing_error', 'upstream_rejected'],
    [404, 'not_found_error', 'upstream_rejected'],
    [404, 'invalid_request_error', 'upstream_rejected'],
    [409, 'conflict_error', 'upstream_unavailable'],
    [413, 'request_too_large', 'context_overflow'],
    [429, 'rate_limit_error', 'upstream_rate_limited'],
    [500, 'api_error', 'upstream_unavailable'],
    [504, 'timeout_error', 'upstream_unavailable'],
    [529, 'overloaded_error', 'upstream_unavailable'],
    [400, 'exceed_context_size_error', 'context_overflow'],
  ])('%d %s is %s', (status, type, kind) => {
    expect(toFault(status, body(type), undefined).kind).toBe(kind);
  });

  test.each([
    [400, 'invalid_request'],
    [401, 'upstream_auth'],
    [403, 'upstream_auth'],
    [402, 'upstream_rejected'],
    [404, 'upstream_rejected'],
    [408, 'upstream_unavailable'],
    [413, 'context_overflow'],
    [429, 'upstream_rate_limited'],
    [500, 'upstream_unavailable'],
    [502, 'upstream_unavailable'],
    [503, 'upstream_unavailable'],
    [529, 'upstream_unavailable'],
    [302, 'upstream_invalid'],
  ])('%d from something on the way that speaks no JSON is %s', (status, kind) => {
    expect(toFault(status, '<html>', undefined).kind).toBe(kind);
  });

  test('how long to wait is handed on', () => {
    expect(toFault(429, body('rate_limit_error'), 2000).retryAfterMs).toBe(2000);
  });
});

describe('a provider that refuses us is our failure, never the caller’s', () => {
  test.each([
    [400, 'invalid_request_error', 'organization_on_hold'],
    [402, 'billing_error', 'linked_organization_spend_limit_reached'],
    [429, 'rate_limit_error', 'contract_spend_limit_reached'],
    [429, 'rate_limit_error', 'enforced_spend_limit_reached'],
  ])(
    '%d %s because of %s: another provider may serve, waiting does not help',
    (status, type, code) => {
      const fault = toFault(status, body(type, 'm', code), undefined);
      expect(fault.kind).toBe('upstream_rejected');
      expect(fault.row.http).toBe(502);
      expect(fault.row.retry).toBe('elsewhere');
    },
  );

  test.each([
    'Your credit balance is too low to access the Anthropic API.',
    'You have reached your specified API usage limits. You will regain access on 2026-12-01.',
    'You have reached your specified workspace API usage limits.',
  ])('an account without credit has no code, and its 400 blames the request: %s', (message) => {
    expect(toFault(400, body('invalid_request_error', message), undefined).kind).toBe(
      'upstream_rejected',
    );
  });

  test('a limit on how fast use may grow is a limit of rate', () => {
    expect(toFault(429, body('rate_limit_error', 'm', 'ramp_limit_exceeded'), 1).kind).toBe(
      'upstream_rate_limited',
    );
  });
});

describe('a prompt that does not fit is known by the beginning of a sentence, as there is no word for it', () => {
  test.each([
    'prompt is too long: 208310 tokens > 200000 maximum',
    'Prompt is too long',
    'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again',
  ])('%s', (message) => {
    const fault = toFault(400, body('invalid_request_error', message), undefined);
    expect(fault.kind).toBe('context_overflow');
    expect(fault.message).not.toContain('0000');
  });

  test.each([
    'messages.0.content: "prompt is too long: 208310 tokens > 200000 maximum"',
    'max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens',
    'tools.0.name: your credit balance is too low',
  ])('and not by a sentence that quotes one: %s', (message) => {
    expect(toFault(400, body('invalid_request_error', message), undefined).kind).toBe(
      'invalid_request',
    );
  });

  test('a request of too many bytes is said to be large, not long', () => {
    expect(toFault(413, body('request_too_large'), undefined).message).toContain('larger');
    expect(toFault(413, '<html>', undefined).message).toContain('larger');
  });
});

test.each([
  ['overloaded_error', 'upstream_unavailable'],
  ['api_error', 'upstream_unavailable'],
  ['timeout_error', 'upstream_unavailable'],
  ['rate_limit_error', 'upstream_rate_limited'],
  ['authentication_error', 'upstream_auth'],
  ['invalid_request_error', 'invalid_request'],
  ['nobody_knows_error', 'upstream_unavailable'],
])('within a stream there is only the type: %s is %s', (type, kind) => {
  expect(eventFault(JSON.parse(body(type))).kind).toBe(kind);
});

const SECRET = 'sk-secret-0123456789 my mother’s maiden name';

test('nothing the provider wrote reaches the caller: not its prose, not a key, not a prompt', () => {
  const place = fc.constantFrom('message', 'type', 'code', 'param', 'details');
  const start = fc.constantFrom('', 'prompt is too long: ', 'Your credit balance is too low ');
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), place, start, (status, name, prefix) => {
      const value = name === 'details' ? { error_code: SECRET } : prefix + SECRET;
      const wire = { type: 'error', error: { type: 'invalid_request_error', [name]: value } };
      for (const fault of [toFault(status, JSON.stringify(wire), undefined), eventFault(wire)]) {
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
