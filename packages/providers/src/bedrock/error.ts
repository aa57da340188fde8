import { Fault, type FaultKind } from '@weir/core';
import { faultMessage } from '../fault-message.ts';
import { parsedOr, text, type Wire } from '../wire.ts';

/** By the type of the error. Of Converse's own, and what stands before it at AWS. */
const KINDS: ReadonlyMap<string, FaultKind> = new Map([
  ['AccessDeniedException', 'upstream_auth'],
  ['ExpiredTokenException', 'upstream_auth'],
  ['IncompleteSignatureException', 'upstream_auth'],
  ['InvalidSignatureException', 'upstream_auth'],
  ['MissingAuthenticationTokenException', 'upstream_auth'],
  ['UnrecognizedClientException', 'upstream_auth'],
  ['ResourceNotFoundException', 'upstream_rejected'],
  ['ServiceQuotaExceededException', 'upstream_rejected'],
  ['ThrottlingException', 'upstream_rate_limited'],
  ['InternalServerException', 'upstream_unavailable'],
  ['ModelErrorException', 'upstream_unavailable'],
  ['ModelNotReadyException', 'upstream_unavailable'],
  ['ModelStreamErrorException', 'upstream_unavailable'],
  ['ModelTimeoutException', 'upstream_unavailable'],
  ['ServiceUnavailableException', 'upstream_unavailable'],
]);

/** What everything wrong with a request is, and with what we have set up: only its prose tells one from the other. */
const VALIDATION = 'ValidationException';

/** Each maker in its own words; some come wrapped. */
const WRAPPED = /^the model returned the following errors: /i;
const CONTEXT_PROSE =
  /^(?:input is too long for requested model\b|prompt is too long\b|input length and `?max_tokens`? exceed context limit\b|too many total text bytes\b|input tokens exceeded\b|this model's maximum context length is\b)/i;

/** The model's id is ours, not the caller's. */
const SETUP_PROSE =
  /^(?:the provided model identifier is invalid\b|invocation of model id \S+ with on-demand throughput\b|operation not allowed\b)/i;

/** Below 500, yet the provider's failure: timeout and a model's own error. */
const PASSING = new Set([408, 424]);

/**
 * Classifies an error reply. The type is mostly told in a header and the status says the same, so that the body's is a
 * help where it is there. Its message stays out: it may hold the prompt or a key.
 */
export function toFault(status: number, body: string, retryAfterMs: number | undefined): Fault {
  const wire = parsedOr(body);
  const type = typeFrom(wire['__type']);
  const invalid = type === VALIDATION || (type === '' && status === 400);
  const kind = KINDS.get(type) ?? (invalid ? kindOfProse(wire) : kindOfStatus(status));
  return faultOf(kind, type, `status ${status}`, retryAfterMs);
}

/** An exception among the events of a stream, where the status is 200 and says nothing. */
export function eventFault(event: string, wire: Wire): Fault {
  const type = event === 'error' ? typeFrom(wire['code']) : typeFrom(event);
  const known = type === VALIDATION ? kindOfProse(wire) : KINDS.get(type);
  return faultOf(known ?? 'upstream_unavailable', type, 'error event', undefined);
}

function faultOf(
  kind: FaultKind,
  type: string,
  where: string,
  retryAfterMs: number | undefined,
): Fault {
  return new Fault(kind, faultMessage(kind), {
    retryAfterMs,
    cause: `provider ${where}, type ${type || '-'}`,
  });
}

function kindOfProse(wire: Wire): FaultKind {
  const message = text(wire['message'] ?? wire['Message']).replace(WRAPPED, '');
  if (CONTEXT_PROSE.test(message)) return 'context_overflow';
  return SETUP_PROSE.test(message) ? 'upstream_rejected' : 'invalid_request';
}

function kindOfStatus(status: number): FaultKind {
  if (status === 401 || status === 403) return 'upstream_auth';
  if (status === 404) return 'upstream_rejected';
  if (status === 413) return 'context_overflow';
  if (status === 429) return 'upstream_rate_limited';
  if (PASSING.has(status) || status >= 500) return 'upstream_unavailable';
  return status >= 400 ? 'invalid_request' : 'upstream_invalid';
}

/** `namespace#Type:uri` in a body, a member's name in a stream. Anything longer than a name could be prose. */
function typeFrom(value: unknown): string {
  const name = text(value)
    .replace(/^[\w.]{1,100}#/, '')
    .replace(/:.*$/s, '');
  return /^[A-Za-z]{1,60}$/.test(name) ? name.charAt(0).toUpperCase() + name.slice(1) : '';
}
