import { Fault, type FaultKind } from '@weir/core';
import { faultMessage } from '../fault-message.ts';
import { record } from '../wire.ts';

interface ErrorFields {
  /** The HTTP status as the body repeats it. */
  readonly code: number | undefined;
  /** The google.rpc code by its name. */
  readonly status: string;
  /** Why, in Google's own words for machines (`google.rpc.ErrorInfo`). */
  readonly reasons: readonly string[];
  readonly retryDelayMs: number | undefined;
  readonly isOverflow: boolean;
}

const KINDS: ReadonlyMap<string, FaultKind> = new Map<string, FaultKind>([
  ['INVALID_ARGUMENT', 'invalid_request'],
  ['OUT_OF_RANGE', 'invalid_request'],
  // Our account there: a country that is not served, or billing that is not set up.
  ['FAILED_PRECONDITION', 'upstream_rejected'],
  ['PERMISSION_DENIED', 'upstream_auth'],
  ['UNAUTHENTICATED', 'upstream_auth'],
  ['NOT_FOUND', 'upstream_rejected'],
  ['UNIMPLEMENTED', 'upstream_rejected'],
  ['RESOURCE_EXHAUSTED', 'upstream_rate_limited'],
  ['INTERNAL', 'upstream_unavailable'],
  ['UNKNOWN', 'upstream_unavailable'],
  ['ABORTED', 'upstream_unavailable'],
  ['CANCELLED', 'upstream_unavailable'],
  ['DATA_LOSS', 'upstream_unavailable'],
  ['UNAVAILABLE', 'upstream_unavailable'],
  ['DEADLINE_EXCEEDED', 'upstream_unavailable'],
]);

/** A key that is wrong or has run out is an invalid argument to Google. */
const KEY_REASONS = new Set(['API_KEY_INVALID', 'API_KEY_EXPIRED']);

/**
 * That a prompt does not fit is said in prose only. The whole beginning of the sentence is asked for, so that a prompt
 * that is quoted in some other message cannot pass for it.
 */
const OVERFLOW =
  /^(?:the |unable to submit request because the )?input token count(?: is)?(?: \(?\d+\)?)? (?:exceeds the (?:maximum|limit)|but (?:the )?model only supports)/i;

/**
 * Classifies an error reply. The provider's message stays out: it may hold the prompt or a key. A provider that
 * rejects our key is our failure, never the caller's 401.
 */
export function toFault(status: number, body: string, retryAfterMs: number | undefined): Fault {
  return faultFrom(status, fieldsOf(errorIn(body)), retryAfterMs);
}

/** An error among the pieces of an answer, or in place of one, whatever status it came with. */
export function faultIn(error: unknown): Fault {
  const fields = fieldsOf(record(error));
  const { code } = fields;
  const status = code !== undefined && code >= 400 && code <= 599 ? code : 500;
  return faultFrom(status, fields, undefined);
}

function faultFrom(status: number, fields: ErrorFields, retryAfterMs: number | undefined): Fault {
  const kind = kindOf(status, fields);
  return new Fault(kind, faultMessage(kind), {
    retryAfterMs: retryAfterMs ?? fields.retryDelayMs,
    cause: `provider status ${status}, ${fields.status || '-'}, reasons ${fields.reasons.join(' ') || '-'}`,
  });
}

function kindOf(status: number, fields: ErrorFields): FaultKind {
  if (fields.reasons.some((reason) => KEY_REASONS.has(reason))) return 'upstream_auth';
  const known = KINDS.get(fields.status) ?? kindOfStatus(status);
  return known === 'invalid_request' && fields.isOverflow ? 'context_overflow' : known;
}

/** For what stands before Google's API and has no google.rpc code to say. */
function kindOfStatus(status: number): FaultKind {
  if (status === 401 || status === 403) return 'upstream_auth';
  if (status === 402 || status === 404) return 'upstream_rejected';
  if (status === 429) return 'upstream_rate_limited';
  if (status === 408 || status === 409 || status === 499 || status >= 500) {
    return 'upstream_unavailable';
  }
  return status >= 400 ? 'invalid_request' : 'upstream_invalid';
}

/** `{error: {...}}`, or the same as the one element of an array. */
function errorIn(body: string): Record<string, unknown> {
  let wire: unknown;
  try {
    wire = JSON.parse(body);
  } catch {
    wire = undefined;
  }
  return record(record(Array.isArray(wire) ? wire[0] : wire)['error']);
}

function fieldsOf(error: Record<string, unknown>): ErrorFields {
  const details = Array.isArray(error['details']) ? error['details'].map(record) : [];
  const message = error['message'];
  return {
    code: typeof error['code'] === 'number' ? error['code'] : undefined,
    status: word(error['status']),
    reasons: details.map((detail) => word(detail['reason'])).filter((reason) => reason !== ''),
    retryDelayMs: details
      .map((detail) => milliseconds(detail['retryDelay']))
      .find((delay) => delay !== undefined),
    isOverflow: typeof message === 'string' && OVERFLOW.test(message),
  };
}

/** A `google.protobuf.Duration`: "34s", "3.5s". */
function milliseconds(duration: unknown): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(typeof duration === 'string' ? duration : '');
  return match ? Math.ceil(Number(match[1]) * 1000) : undefined;
}

/** Machine words only; anything longer could be prose, and prose could be a prompt. */
function word(value: unknown): string {
  return typeof value === 'string' && /^[A-Z][A-Z0-9_]{0,62}$/.test(value) ? value : '';
}
