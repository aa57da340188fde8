import * as contracts from '@weir/contracts';
import { FAULTS, Fault, type FaultKind } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventFromWire } from './events.ts';
import { encodeStatus, failureFrom, kindOfCode, statusOf } from './status.ts';

const kind = fc.constantFrom(...(Object.keys(FAULTS) as FaultKind[]));

function decoded(fault: Fault) {
  return contracts.Status.decode(encodeStatus(statusOf(fault)));
}

function detailNames(fault: Fault): string[] {
  return decoded(fault).details.map(({ typeUrl }) => typeUrl.replace(/^.*\//, ''));
}

test('a fault is the same fault on the other side: kind, words, parameter and wait', () => {
  const wait = fc.option(fc.nat({ max: 86_400_000 }), { nil: undefined });
  const param = fc.option(fc.string(), { nil: undefined });
  fc.assert(
    fc.property(kind, fc.string(), param, wait, (named, message, where, retryAfterMs) => {
      const fault = new Fault(named, message, { param: where, retryAfterMs });
      const { fault: received } = failureFrom(decoded(fault));
      expect(received).toMatchObject({ kind: named, message, param: where, retryAfterMs });
    }),
  );
});

test('the cause stays here', () => {
  const fault = new Fault('upstream_auth', 'Refused.', { cause: 'key sk-secret was revoked' });
  expect(encodeStatus(statusOf(fault)).toString('latin1')).not.toContain('secret');
});

test('the attempts of a failed call come along, for they may have cost money', () => {
  const bare = contracts.AttemptSettled.create({ attemptId: 'r.draft.1', costPicoUsd: 5n });
  const attempt = eventFromWire({ event: { $case: 'attemptSettled', value: bare } });
  if (attempt?.type !== 'attempt.settled') throw new TypeError('not an attempt');
  const status = statusOf(new Fault('upstream_unavailable', 'Down.'), [attempt]);
  const failed = failureFrom(contracts.Status.decode(encodeStatus(status)));
  expect(failed.attempts).toEqual([attempt]);
});

describe('details that any gRPC client understands', () => {
  test('every fault names its reason and domain', () => {
    fc.assert(
      fc.property(kind, (named) => {
        const { code, details } = decoded(new Fault(named, 'm'));
        expect(code).toBe(FAULTS[named].grpc);
        const [first] = details;
        expect(first?.typeUrl).toBe('type.googleapis.com/google.rpc.ErrorInfo');
        const info = contracts.ErrorInfo.decode(first?.value ?? Buffer.alloc(0));
        expect(info).toMatchObject({ reason: FAULTS[named].reason, domain: 'weir' });
      }),
    );
  });

  test('a wait is a RetryInfo, to the millisecond', () => {
    const { details } = decoded(new Fault('rate_limited', 'm', { retryAfterMs: 1234 }));
    const detail = details.find(({ typeUrl }) => typeUrl.endsWith('RetryInfo'));
    const { retryDelay } = contracts.RetryInfo.decode(detail?.value ?? Buffer.alloc(0));
    expect(retryDelay).toEqual({ seconds: 1n, nanos: 234_000_000 });
  });

  test('a budget is a QuotaFailure and a field is a BadRequest', () => {
    expect(detailNames(new Fault('budget_exhausted', 'm'))).toContain('google.rpc.QuotaFailure');
    expect(detailNames(new Fault('invalid_request', 'm', { param: 'chat' }))).toContain(
      'google.rpc.BadRequest',
    );
    expect(detailNames(new Fault('internal', 'm'))).toEqual([
      'google.rpc.ErrorInfo',
      'weir.v1.FaultDetail',
    ]);
  });
});

test('a peer that says only a code is understood by it', () => {
  expect(failureFrom({ code: 14, message: 'No connection', details: [] })).toMatchObject({
    fault: { kind: 'unavailable', message: 'No connection' },
    attempts: [],
  });
});

test('a kind of fault that is not known here is understood by its code', () => {
  const detail = contracts.FaultDetail.encode(
    contracts.FaultDetail.create({ kind: 'invented_tomorrow' }),
  ).finish();
  const value = Buffer.from(detail);
  const details = [{ typeUrl: 'type.googleapis.com/weir.v1.FaultDetail', value }];
  expect(failureFrom({ code: 4, message: 'm', details }).fault.kind).toBe('deadline_exceeded');
});

test('every code that gRPC has is some kind of fault with that code, or internal', () => {
  for (let code = 0; code <= 16; code++) {
    const named = kindOfCode(code);
    if (named !== 'internal' && named !== 'overloaded') expect(FAULTS[named].grpc).toBe(code);
  }
});
