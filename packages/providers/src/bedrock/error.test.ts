import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventFault, toFault } from './error.ts';

function body(message: string, type?: string): string {
  return JSON.stringify({ message, ...(type !== undefined && { __type: type }) });
}

describe('the status says what an error is, since its type is told in a header', () => {
  test.each([
    [400, 'invalid_request'],
    [401, 'upstream_auth'],
    [403, 'upstream_auth'],
    [404, 'upstream_rejected'],
    [408, 'upstream_unavailable'],
    [413, 'context_overflow'],
    [424, 'upstream_unavailable'],
    [429, 'upstream_rate_limited'],
    [500, 'upstream_unavailable'],
    [502, 'upstream_unavailable'],
    [503, 'upstream_unavailable'],
    [302, 'upstream_invalid'],
  ])('%d is %s, with a body or without', (status, kind) => {
    for (const text of [body('m'), '<html>', '', '[]', 'null']) {
      expect(toFault(status, text, undefined).kind).toBe(kind);
    }
  });

  test('how long to wait is handed on', () => {
    expect(toFault(429, body('m'), 2000).retryAfterMs).toBe(2000);
  });
});

describe('a type within the body goes before the status', () => {
  test.each([
    [400, 'com.amazon.coral.service#ExpiredTokenException', 'upstream_auth'],
    [400, 'com.amazon.coral.service#UnrecognizedClientException', 'upstream_auth'],
    [400, 'ServiceQuotaExceededException', 'upstream_rejected'],
    [429, 'ModelNotReadyException', 'upstream_unavailable'],
    [400, 'ThrottlingException:http://internal.amazon.com/coral/', 'upstream_rate_limited'],
    [400, 'SerializationException', 'invalid_request'],
    [500, 'NobodyKnowsException', 'upstream_unavailable'],
  ])('%d %s is %s', (status, type, kind) => {
    expect(toFault(status, body('m', type), undefined).kind).toBe(kind);
  });
});

describe('a prompt that does not fit is known by the beginning of a sentence, as there is no word for it', () => {
  const WRAPPED = 'The model returned the following errors: ';
  test.each([
    'Input is too long for requested model.',
    `${WRAPPED}Input is too long for requested model.`,
    `${WRAPPED}prompt is too long: 903884 tokens > 200000 maximum`,
    `${WRAPPED}input length and \`max_tokens\` exceed context limit: 188240 + 21333 > 200000`,
    `${WRAPPED}Too many total text bytes: 90000000 > 20000000`,
    `${WRAPPED}Input Tokens Exceeded: Number of input tokens exceeds maximum length.`,
    "This model's maximum context length is 8192 tokens. Please reduce the length of the prompt",
  ])('%s', (message) => {
    for (const fault of [
      toFault(400, body(message), undefined),
      eventFault('validationException', { message }),
    ]) {
      expect(fault.kind).toBe('context_overflow');
      expect(fault.message).not.toContain('0000');
    }
  });

  test.each([
    'messages.0.content: "prompt is too long: 208310 tokens > 200000 maximum"',
    'The text field in the ContentBlock object at messages.0.content.0 is blank.',
    'Value "input is too long for requested model" failed to satisfy constraint',
  ])('and not by a sentence that quotes one: %s', (message) => {
    expect(toFault(400, body(message), undefined).kind).toBe('invalid_request');
  });
});

test.each([
  'The provided model identifier is invalid.',
  'Invocation of model ID anthropic.claude-sonnet-4-6 with on-demand throughput isn’t supported.',
  'Operation not allowed',
])('a model that is set up wrongly is our failure, never the caller’s: %s', (message) => {
  const fault = toFault(400, body(message), undefined);
  expect(fault.kind).toBe('upstream_rejected');
  expect(fault.row).toMatchObject({ http: 502, retry: 'elsewhere' });
});

test.each([
  ['internalServerException', 'upstream_unavailable'],
  ['modelStreamErrorException', 'upstream_unavailable'],
  ['modelTimeoutException', 'upstream_unavailable'],
  ['serviceUnavailableException', 'upstream_unavailable'],
  ['throttlingException', 'upstream_rate_limited'],
  ['validationException', 'invalid_request'],
  ['accessDeniedException', 'upstream_auth'],
  ['nobodyKnowsException', 'upstream_unavailable'],
])('within a stream the exception’s name is all: %s is %s', (name, kind) => {
  expect(eventFault(name, { message: 'm' }).kind).toBe(kind);
});

test('an error of the stream itself has a code', () => {
  expect(eventFault('error', { code: 'InternalFailure' }).kind).toBe('upstream_unavailable');
  expect(eventFault('error', { code: 'ThrottlingException' }).kind).toBe('upstream_rate_limited');
  expect(eventFault('error', {}).kind).toBe('upstream_unavailable');
});

const SECRET = 'sk-secret-0123456789 my mother’s maiden name';

test('nothing the provider wrote reaches the caller: not its prose, not a key, not a prompt', () => {
  const place = fc.constantFrom('message', 'Message', '__type', 'code');
  const start = fc.constantFrom('', 'prompt is too long: ', 'x#', 'a:');
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), place, start, (status, name, prefix) => {
      const wire = { [name]: prefix + SECRET };
      const faults = [
        toFault(status, JSON.stringify(wire), undefined),
        eventFault('error', wire),
        eventFault('validationException', wire),
        eventFault(`${SECRET}Exception`, wire),
      ];
      for (const fault of faults) {
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
