import * as wire from '@weir/contracts';
import { type AttemptSettled, FailedCall, Fault, type FaultKind, isFaultKind } from '@weir/core';
import { attemptFromWire, attemptToWire } from './events.ts';

const DOMAIN = 'weir';
const TYPE = 'type.googleapis.com/';

/** A fault as google.rpc.Status, with every detail that helps a caller: Google's for all, FaultDetail for Weir's own. */
export function statusOf(fault: Fault, attempts: readonly AttemptSettled[] = []): wire.Status {
  const { row, kind, param, retryAfterMs } = fault;
  const details = [
    any('google.rpc.ErrorInfo', wire.ErrorInfo, {
      reason: row.reason,
      domain: DOMAIN,
      metadata: {},
    }),
  ];
  if (retryAfterMs !== undefined) {
    const retryDelay = {
      seconds: BigInt(Math.floor(retryAfterMs / 1000)),
      nanos: Math.round((retryAfterMs % 1000) * 1e6),
    };
    details.push(any('google.rpc.RetryInfo', wire.RetryInfo, { retryDelay }));
  }
  if (kind === 'budget_exhausted' || kind === 'rate_limited') {
    const violations = [{ subject: kind, description: fault.message }];
    details.push(any('google.rpc.QuotaFailure', wire.QuotaFailure, { violations }));
  }
  if (param !== undefined) {
    const fieldViolations = [{ field: param, description: fault.message }];
    details.push(any('google.rpc.BadRequest', wire.BadRequest, { fieldViolations }));
  }
  details.push(
    any('weir.v1.FaultDetail', wire.FaultDetail, {
      kind,
      param,
      retryAfterMs: retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs),
      attempts: attempts.map(attemptToWire),
    }),
  );
  return { code: row.grpc, message: fault.message, details };
}

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
}

function any<T>(name: string, codec: Codec<T>, message: T): wire.Status['details'][number] {
  return { typeUrl: `${TYPE}${name}`, value: Buffer.from(codec.encode(message).finish()) };
}

export function encodeStatus(status: wire.Status): Buffer {
  return Buffer.from(wire.Status.encode(status).finish());
}

/** The failure that a peer reported. Its attempts come along, since they may have cost money. */
export function failureFrom(status: wire.Status): FailedCall {
  const detail = status.details.find(({ typeUrl }) => typeUrl === `${TYPE}weir.v1.FaultDetail`);
  if (!detail) return new FailedCall(new Fault(kindOfCode(status.code), status.message), []);
  const { kind, param, retryAfterMs, attempts } = wire.FaultDetail.decode(detail.value);
  const known = isFaultKind(kind) ? kind : kindOfCode(status.code);
  const fault = new Fault(known, status.message, { param, retryAfterMs });
  return new FailedCall(fault, attempts.map(attemptFromWire));
}

/** For peers that sent no detail, and for what gRPC itself reports. */
export function kindOfCode(code: number): FaultKind {
  switch (code) {
    case 1:
      return 'cancelled';
    case 3:
      return 'invalid_request';
    case 4:
      return 'deadline_exceeded';
    case 7:
      return 'permission_denied';
    case 8:
      return 'overloaded';
    case 14:
      return 'unavailable';
    case 16:
      return 'unauthenticated';
    default:
      return 'internal';
  }
}
