import { expect, test } from 'vitest';
import { FailedCall } from './failed-call.ts';
import { FAULTS, Fault, type FaultKind, isFaultKind } from './fault.ts';

const KINDS = Object.keys(FAULTS) as FaultKind[];

test.each(KINDS)('%s has a status that its retry rule agrees with', (kind) => {
  const { http, grpc, retry } = FAULTS[kind];
  expect(http).toBeGreaterThanOrEqual(400);
  expect(http).toBeLessThan(600);
  expect(grpc).toBeGreaterThan(0);
  expect(grpc).toBeLessThanOrEqual(16);
  if (retry === 'later') expect([429, 503]).toContain(http);
});

test('every ErrorInfo reason says which fault it was', () => {
  const reasons = KINDS.map((kind) => FAULTS[kind].reason);
  expect(new Set(reasons).size).toBe(KINDS.length);
  for (const reason of reasons) expect(reason).toMatch(/^[A-Z][A-Z_]*[A-Z]$/);
});

test("a failure of the provider is never the caller's", () => {
  for (const kind of KINDS.filter((name) => name.startsWith('upstream_'))) {
    expect(FAULTS[kind].http, kind).toBeGreaterThanOrEqual(500);
    expect(FAULTS[kind].type, kind).toBe('server_error');
  }
});

test('what nobody classified is internal, and says nothing of what it was', () => {
  const fault = Fault.from(new Error('password hunter2 rejected'));
  expect(fault.kind).toBe('internal');
  expect(fault.message).not.toContain('hunter2');
  expect(fault.cause).toBeInstanceOf(Error);
});

test.each([
  [new DOMException('left', 'AbortError'), 'cancelled'],
  [new DOMException('late', 'TimeoutError'), 'deadline_exceeded'],
  ['a string', 'internal'],
  [undefined, 'internal'],
])('%s is classified as %s', (thrown, kind) => {
  expect(Fault.from(thrown).kind).toBe(kind);
});

test('a fault that is caught twice is the same fault', () => {
  const fault = new Fault('rate_limited', 'Slower.', { retryAfterMs: 5 });
  expect(Fault.from(fault)).toBe(fault);
});

test.each(['toString', 'constructor', '__proto__', '', 'RATE_LIMITED'])(
  '"%s" off a wire is no kind of fault',
  (text) => {
    expect(isFaultKind(text)).toBe(false);
  },
);

test('a failed call keeps its attempts however often it is rethrown', () => {
  const failed = new FailedCall(new Fault('upstream_unavailable', 'Down.'), []);
  expect(FailedCall.from(failed)).toBe(failed);
  expect(FailedCall.from(new Error('bug')).fault.kind).toBe('internal');
});
