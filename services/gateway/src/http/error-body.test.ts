import { FAULTS, Fault, type FaultKind } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { errorBody, retryHeaders } from './error-body.ts';

const KINDS = Object.keys(FAULTS) as FaultKind[];

test.each(KINDS)(
  '%s is an envelope with all four fields, and its cause is in none of them',
  (kind) => {
    const body = JSON.parse(errorBody(new Fault(kind, 'Said.', { cause: 'sk-secret' })));
    expect(Object.keys(body.error).toSorted()).toEqual(['code', 'message', 'param', 'type']);
    expect(body.error).toMatchObject({ message: 'Said.', param: null, type: FAULTS[kind].type });
    expect(JSON.stringify(body)).not.toContain('secret');
  },
);

test('the offending parameter is named', () => {
  const fault = new Fault('invalid_request', 'Bad.', { param: 'messages.0.role' });
  expect(JSON.parse(errorBody(fault)).error.param).toBe('messages.0.role');
});

describe('whether and when to come back', () => {
  test('a limit on rate says when, rounded up so that nobody is early', () => {
    const fault = new Fault('rate_limited', '', { retryAfterMs: 1200.4 });
    expect(retryHeaders(fault)).toEqual({ 'retry-after': '2', 'retry-after-ms': '1201' });
  });

  test('a wait longer than SDKs honour is told as "do not"', () => {
    const fault = new Fault('rate_limited', '', { retryAfterMs: 120_000 });
    expect(retryHeaders(fault)).toEqual({ 'x-should-retry': 'false' });
  });

  test('a wait of less than a second is at least one in whole seconds', () => {
    const fault = new Fault('overloaded', '', { retryAfterMs: 5 });
    expect(retryHeaders(fault)).toEqual({ 'retry-after': '1', 'retry-after-ms': '5' });
  });

  test('a budget that is used up is not to be tried again', () => {
    expect(retryHeaders(new Fault('budget_exhausted', ''))).toEqual({ 'x-should-retry': 'false' });
  });

  test('whatever Weir has already tried elsewhere, its caller should not try again', () => {
    for (const kind of KINDS.filter((name) => FAULTS[name].retry === 'elsewhere')) {
      if (FAULTS[kind].http < 500) continue;
      expect(retryHeaders(new Fault(kind, '')), kind).toEqual({ 'x-should-retry': 'false' });
    }
  });

  test('a provider’s own word on when is passed on beside that', () => {
    const fault = new Fault('upstream_rate_limited', '', { retryAfterMs: 7000 });
    expect(retryHeaders(fault)).toEqual({
      'x-should-retry': 'false',
      'retry-after': '7',
      'retry-after-ms': '7000',
    });
  });

  test('a caller who has left is told nothing', () => {
    expect(retryHeaders(new Fault('cancelled', ''))).toEqual({});
  });

  test('a request that is wrong says nothing of the kind: SDKs do not repeat it anyway', () => {
    for (const kind of KINDS.filter((name) => FAULTS[name].http < 429)) {
      expect(retryHeaders(new Fault(kind, '')), kind).toEqual({});
    }
  });
});
