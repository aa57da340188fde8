import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultIn, toFault } from './error.ts';

function body(status: string, rest: object = {}): string {
  return JSON.stringify({ error: { code: 0, message: 'm', status, ...rest } });
}

describe('a failure is classified by its google.rpc code', () => {
  test.each([
    [400, 'INVALID_ARGUMENT', 'invalid_request'],
    [400, 'FAILED_PRECONDITION', 'upstream_rejected'],
    [401, 'UNAUTHENTICATED', 'upstream_auth'],
    [403, 'PERMISSION_DENIED', 'upstream_auth'],
    [404, 'NOT_FOUND', 'upstream_rejected'],
    [429, 'RESOURCE_EXHAUSTED', 'upstream_rate_limited'],
    [499, 'CANCELLED', 'upstream_unavailable'],
    [500, 'INTERNAL', 'upstream_unavailable'],
    [501, 'UNIMPLEMENTED', 'upstream_rejected'],
    [503, 'UNAVAILABLE', 'upstream_unavailable'],
    [504, 'DEADLINE_EXCEEDED', 'upstream_unavailable'],
  ])('%d %s is %s', (status, code, kind) => {
    expect(toFault(status, body(code), undefined).kind).toBe(kind);
    expect(toFault(status, `[${body(code)}]`, undefined).kind).toBe(kind);
  });

  test.each([
    [400, 'invalid_request'],
    [401, 'upstream_auth'],
    [403, 'upstream_auth'],
    [404, 'upstream_rejected'],
    [408, 'upstream_unavailable'],
    [413, 'invalid_request'],
    [429, 'upstream_rate_limited'],
    [500, 'upstream_unavailable'],
    [502, 'upstream_unavailable'],
    [302, 'upstream_invalid'],
  ])('and where something else answers, %d alone is %s', (status, kind) => {
    expect(toFault(status, '<html>', undefined).kind).toBe(kind);
  });
});

test.each(['API_KEY_INVALID', 'API_KEY_EXPIRED'])(
  'a key that Google calls an invalid argument (%s) is our failure, never the caller’s',
  (reason) => {
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' },
      { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US' },
    ];
    const fault = toFault(400, body('INVALID_ARGUMENT', { details }), undefined);
    expect(fault.kind).toBe('upstream_auth');
    expect(fault.row.http).toBe(502);
  },
);

describe('a prompt that does not fit', () => {
  test.each([
    'The input token count (3475108) exceeds the maximum number of tokens allowed (1048576).',
    'The input token count exceeds the maximum number of tokens allowed 1048576.',
    'Unable to submit request because the input token count is 34324 but model only supports up to 32768.',
  ])('is known by a whole sentence: %s', (message) => {
    const fault = toFault(400, body('INVALID_ARGUMENT', { message }), undefined);
    expect(fault.kind).toBe('context_overflow');
    expect(fault.message).not.toContain('input token count');
  });

  test.each([
    ['INVALID_ARGUMENT', 'Invalid value "The input token count (1) exceeds the maximum" at text'],
    ['INVALID_ARGUMENT', 'The token count is not a number'],
    ['INVALID_ARGUMENT', 'Input token count must be an integer'],
  ])('and not by a mention of it', (status, message) => {
    expect(toFault(400, body(status, { message }), undefined).kind).toBe('invalid_request');
  });

  test('nor by anything that a failure of another kind says', () => {
    const message = 'The input token count (5) exceeds the maximum for a minute';
    const fault = toFault(429, body('RESOURCE_EXHAUSTED', { message }), undefined);
    expect(fault.kind).toBe('upstream_rate_limited');
  });
});

describe('when to try again', () => {
  const retry = (retryDelay: unknown) =>
    body('RESOURCE_EXHAUSTED', {
      details: [
        { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [] },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
      ],
    });

  test.each([
    ['34s', 34_000],
    ['3.5s', 3500],
    ['34.074824224s', 34_075],
    ['0s', 0],
    ['34', undefined],
    ['-1s', undefined],
    ['99999999999s', undefined],
    [34, undefined],
    [null, undefined],
  ])('"%s" is %s milliseconds', (delay, ms) => {
    expect(toFault(429, retry(delay), undefined).retryAfterMs).toBe(ms);
  });

  test('the header goes first, even when it says at once', () => {
    expect(toFault(429, retry('34s'), 2000).retryAfterMs).toBe(2000);
    expect(toFault(429, retry('34s'), 0).retryAfterMs).toBe(0);
  });
});

describe('an error within an answer', () => {
  test('is classified like one that came alone, with the status that it repeats', () => {
    expect(faultIn({ code: 429, status: 'RESOURCE_EXHAUSTED' }).kind).toBe('upstream_rate_limited');
    expect(faultIn({ code: 401 }).kind).toBe('upstream_auth');
  });

  test.each([[{}], ['text'], [true], [{ code: 200 }], [{ code: 'x' }], [{ status: 'OK' }]])(
    'that says nothing (%j) is an answer that broke off',
    (error) => {
      expect(faultIn(error).kind).toBe('upstream_unavailable');
    },
  );
});

const SECRET = 'sk-secret-0123456789 my mother’s maiden name';

test('nothing the provider wrote reaches the caller: not its prose, not a key, not a prompt', () => {
  const place = fc.constantFrom('message', 'status', 'code', 'reason', 'retryDelay', 'detail');
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), place, (status, name) => {
      const error = { [name]: SECRET, details: [{ [name]: SECRET }] };
      const fault = toFault(status, JSON.stringify({ error }), undefined);
      expect(fault.message).not.toContain('secret');
      expect(fault.param).toBeUndefined();
      expect(String(fault.cause)).not.toContain('secret');
    }),
  );
});

test('any status with any body is some fault', () => {
  const error = fc.jsonValue().map((value) => JSON.stringify({ error: value }));
  const details = fc.jsonValue().map((value) => JSON.stringify([{ error: { details: value } }]));
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      fc.oneof(fc.string(), fc.json(), error, details),
      (status, text) => {
        const fault = toFault(status, text, undefined);
        expect(fault.message).not.toBe('');
        expect(fault.row.http).toBeGreaterThanOrEqual(400);
      },
    ),
  );
});
