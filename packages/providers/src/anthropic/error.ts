import { Fault, type FaultKind } from '@weir/core';
import { faultMessage } from '../fault-message.ts';
import { parsedOr, record, type Wire } from '../wire.ts';

interface ErrorFields {
  readonly type: string;
  /** Of the cause; few errors have one. */
  readonly code: string;
  /** Prose. Read for two things that the API says in no other way, and never handed on. */
  readonly message: string;
}

const KINDS: ReadonlyMap<string, FaultKind> = new Map([
  ['authentication_error', 'upstream_auth'],
  ['permission_error', 'upstream_auth'],
  ['billing_error', 'upstream_rejected'],
  ['not_found_error', 'upstream_rejected'],
  ['request_too_large', 'context_overflow'],
  ['rate_limit_error', 'upstream_rate_limited'],
  ['conflict_error', 'upstream_unavailable'],
  ['overloaded_error', 'upstream_unavailable'],
  ['timeout_error', 'upstream_unavailable'],
  ['api_error', 'upstream_unavailable'],
  // llama.cpp, which answers in the envelope of its own protocol.
  ['exceed_context_size_error', 'context_overflow'],
]);

/** Our account there is empty, capped or blocked: no fault of the caller's, and no wait will mend it. */
const ACCOUNT_CODES = new Set([
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
  'organization_on_hold',
  'cmek_key_disabled',
  'cmek_key_network_blocked',
]);

/** The same without a code, as a 400 that blames the request. */
const ACCOUNT_PROSE =
  /^(?:your credit balance is too low\b|you have reached your specified (?:workspace )?api usage limits\b)/i;

const CONTEXT_PROSE =
  /^(?:prompt is too long\b|input length and `?max_tokens`? exceed context limit\b)/i;

/** Below 500, yet the provider's failure: timeout and conflict. */
const PASSING = new Set([408, 409]);

/**
 * Classifies an error reply. The provider's message stays out: it may hold the prompt or a key. A provider that
 * rejects our key is our failure, never the caller's 401.
 */
export function toFault(status: number, body: string, retryAfterMs: number | undefined): Fault {
  const fields = fieldsFrom(parsedOr(body));
  const kind = kindFrom(fields) ?? kindOfStatus(status);
  const message = status === 413 && kind === 'context_overflow' ? TOO_LARGE : faultMessage(kind);
  return faultOf(kind, message, fields, `status ${status}`, retryAfterMs);
}

/** An error among the events of a stream, where the status is 200 and says nothing. */
export function eventFault(wire: Wire): Fault {
  const fields = fieldsFrom(wire);
  const known = fields.type === 'invalid_request_error' ? 'invalid_request' : undefined;
  const kind = kindFrom(fields) ?? known ?? 'upstream_unavailable';
  return faultOf(kind, faultMessage(kind), fields, 'error event', undefined);
}

function faultOf(
  kind: FaultKind,
  message: string,
  { type, code }: ErrorFields,
  where: string,
  retryAfterMs: number | undefined,
): Fault {
  return new Fault(kind, message, {
    retryAfterMs,
    cause: `provider ${where}, type ${type || '-'}, code ${code || '-'}`,
  });
}

/** What the error itself says, if that is enough. `invalid_request_error` is not: it comes with any 4xx. */
function kindFrom({ type, code, message }: ErrorFields): FaultKind | undefined {
  if (ACCOUNT_CODES.has(code)) return 'upstream_rejected';
  if (type === 'invalid_request_error') {
    if (CONTEXT_PROSE.test(message)) return 'context_overflow';
    return ACCOUNT_PROSE.test(message) ? 'upstream_rejected' : undefined;
  }
  return KINDS.get(type);
}

function kindOfStatus(status: number): FaultKind {
  if (status === 401 || status === 403) return 'upstream_auth';
  if (status === 402 || status === 404) return 'upstream_rejected';
  if (status === 413) return 'context_overflow';
  if (status === 429) return 'upstream_rate_limited';
  if (PASSING.has(status) || status >= 500) return 'upstream_unavailable';
  return status >= 400 ? 'invalid_request' : 'upstream_invalid';
}

/** The limit is on bytes and this provider's own: the next one may take the request. */
const TOO_LARGE = 'The request is larger than the provider accepts.';

function fieldsFrom(wire: Wire): ErrorFields {
  const error = record(wire['error']);
  const message = error['message'];
  return {
    type: word(error['type']),
    code: word(record(error['details'])['error_code']),
    message: typeof message === 'string' ? message : '',
  };
}

/** Machine words only; anything longer could be prose, and prose could be a prompt. */
function word(value: unknown): string {
  return typeof value === 'string' && /^\w{1,60}$/.test(value) ? value : '';
}
