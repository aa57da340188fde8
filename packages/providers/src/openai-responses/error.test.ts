import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultIn, toFault } from './error.ts';

function bodyOf(error: object): string {
  return JSON.stringify({ error: { message: 'm', type: 'invalid_request_error', ...error } });
}

test.each([
  [400, {}, 'invalid_request'],
  [400, { code: 'context_length_exceeded' }, 'context_overflow'],
  [401, { code: 'invalid_api_key' }, 'upstream_auth'],
  [404, { code: 'model_not_found' }, 'upstream_rejected'],
  [429, { code: 'rate_limit_exceeded' }, 'upstream_rate_limited'],
  [429, { code: 'insufficient_quota' }, 'upstream_rejected'],
  [500, {}, 'upstream_unavailable'],
  [503, {}, 'upstream_unavailable'],
])('an error reply is what it is of chat completions: %d with %j is %s', (status, error, kind) => {
  expect(toFault(status, bodyOf(error), undefined).kind).toBe(kind);
});

test('how long to wait is handed on', () => {
  const body = bodyOf({ code: 'rate_limit_exceeded' });
  expect(toFault(429, body, 2000).retryAfterMs).toBe(2000);
});

test.each([
  ['input[3].content[0].image_url', 'messages'],
  ['input', 'messages'],
  ['max_output_tokens', 'max_completion_tokens'],
  ['text.format.schema', 'response_format'],
  ['text.verbosity', 'verbosity'],
  ['reasoning.effort', 'reasoning_effort'],
  ['tools[2].parameters', 'tools[2].function.parameters'],
  ['temperature', 'temperature'],
])('the caller asked in other words, so %s is %s to it', (param, name) => {
  const fault = toFault(400, bodyOf({ param }), undefined);
  expect([fault.kind, fault.param]).toEqual(['invalid_request', name]);
});

describe('what this model refuses, another may take: it is known by a word, or by how it is said without one', () => {
  test.each([
    [
      { message: "Unsupported parameter: 'temperature' is not supported.", param: 'temperature' },
      'temperature',
    ],
    [{ code: 'unsupported_value', param: 'reasoning.effort' }, 'reasoning_effort'],
    [{ message: 'Encrypted content is not supported with this model.' }, undefined],
  ])('%j names %s', (error, param) => {
    const fault = toFault(400, bodyOf(error), undefined);
    expect([fault.kind, fault.param]).toEqual(['unsupported_parameter', param]);
  });
});

describe('an error without a status is known by its words', () => {
  test.each([
    [{ code: 'server_error' }, 'upstream_unavailable'],
    [{ code: 'rate_limit_exceeded' }, 'upstream_rate_limited'],
    [{ type: 'too_many_requests', code: 'too_many_requests' }, 'upstream_rate_limited'],
    [{ code: 'insufficient_quota' }, 'upstream_rejected'],
    [{ code: 'context_length_exceeded' }, 'context_overflow'],
    [{ type: 'invalid_request_error' }, 'invalid_request'],
    [{ code: 'invalid_image_url' }, 'invalid_request'],
    [{ code: 'image_content_policy_violation' }, 'content_filtered'],
    [{ code: 'vector_store_timeout' }, 'upstream_unavailable'],
    [{ code: 'nobody_knows' }, 'upstream_unavailable'],
    [{}, 'upstream_unavailable'],
  ])('%j is %s, flat as well as nested', (error, kind) => {
    expect(faultIn({ type: 'error', ...error }).kind).toBe(kind);
    expect(faultIn({ type: 'error', error }).kind).toBe(kind);
  });
});

const SECRET = 'sk-secret-0123456789 my mother’s maiden name';

test('nothing the provider wrote reaches the caller: not its prose, not a key, not a prompt', () => {
  const place = fc.constantFrom('message', 'type', 'code', 'param');
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), place, (status, name) => {
      const error = { [name]: SECRET };
      for (const fault of [toFault(status, bodyOf(error), undefined), faultIn({ error })]) {
        expect(fault.message).not.toContain('secret');
        expect(fault.param ?? '').not.toContain('secret');
        expect(String(fault.cause)).not.toContain('secret');
      }
    }),
  );
});

test('anything at all in place of an error is some fault', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (error) => {
      expect(faultIn(error).row.http).toBeGreaterThanOrEqual(400);
    }),
  );
});
