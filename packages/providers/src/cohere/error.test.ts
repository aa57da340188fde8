import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toFault } from './error.ts';

function body(message: string): string {
  return JSON.stringify({ id: 'b1f2', message });
}

describe('the status of an error says what it is', () => {
  test.each([
    [400, 'invalid_request'],
    [422, 'invalid_request'],
    [401, 'upstream_auth'],
    [403, 'upstream_auth'],
    [402, 'upstream_rejected'],
    [404, 'upstream_rejected'],
    [501, 'upstream_rejected'],
    [408, 'upstream_unavailable'],
    [429, 'upstream_rate_limited'],
    [498, 'content_filtered'],
    [499, 'upstream_unavailable'],
    [500, 'upstream_unavailable'],
    [503, 'upstream_unavailable'],
    [504, 'upstream_unavailable'],
    [302, 'upstream_invalid'],
  ])('%d is %s', (status, kind) => {
    expect(toFault(status, body('m'), undefined).kind).toBe(kind);
    expect(toFault(status, '<html>', undefined).kind).toBe(kind);
  });

  test('how long to wait is handed on', () => {
    expect(toFault(429, body('m'), 2000).retryAfterMs).toBe(2000);
  });
});

describe('what only the beginning of a sentence says', () => {
  test.each([
    'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292. Try using a shorter prompt, or enabling prompt truncating.',
    'too many tokens: size limit exceeded by 11326 tokens. Try using shorter or fewer inputs.',
    'invalid request: too many tokens: the total number of tokens in the prompt exceeds the limit of 4081.',
  ])('the prompt does not fit: %s', (message) => {
    const fault = toFault(400, body(message), undefined);
    expect(fault.kind).toBe('context_overflow');
    expect(fault.message).not.toContain('4');
  });

  test.each([
    'too many tokens: max tokens must be less than or equal to 4096, the maximum output for this model - received 8192.',
    'invalid request: message "too many tokens: the prompt is long" is not valid',
    'invalid request: cannot specify both frequency_penalty and presence_penalty.',
  ])('the request is wrong: %s', (message) => {
    expect(toFault(400, body(message), undefined).kind).toBe('invalid_request');
  });

  test('a key for trying out is used up for the month, which no wait will mend; a minute is waited for', () => {
    const limited = (what: string) =>
      toFault(429, body(`You are using a Trial key, which is limited to ${what}.`), undefined).kind;
    expect(limited('1000 API calls / month')).toBe('upstream_rejected');
    expect(limited('40 API calls / minute')).toBe('upstream_rate_limited');
  });
});

test('a filtered prompt is nobody’s failure, and another provider may see it otherwise', () => {
  expect(toFault(498, body('m'), undefined).row).toMatchObject({ http: 400, retry: 'elsewhere' });
});

const SECRET = 'sk-secret-0123456789 my mother’s maiden name';

test('nothing the provider wrote reaches the caller: not its prose, not a key, not a prompt', () => {
  const start = fc.constantFrom('', 'too many tokens: ', 'invalid request: ');
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), start, (status, prefix) => {
      const fault = toFault(status, body(prefix + SECRET), undefined);
      expect(fault.message).not.toContain('secret');
      expect(String(fault.cause)).not.toContain('secret');
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
