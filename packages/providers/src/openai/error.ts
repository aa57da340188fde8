import { Fault, type FaultKind } from '@weir/core';
import { faultMessage } from '../fault-message.ts';

interface ErrorFields {
  readonly type: string;
  readonly code: string;
  readonly param: string | undefined;
}

/** Below 500, yet the provider's failure: timeout, conflict, TGI's "failed during generation", Groq's lack of capacity. */
const PASSING = new Set([408, 409, 424, 498]);

/** Words by which engines say that the prompt does not fit, in their `code` or `type` field. */
const CONTEXT_WORDS = new Set(['context_length_exceeded', 'exceed_context_size_error']);

/**
 * Classifies an error reply. The provider's message stays out: it may hold the prompt or a key. A provider that
 * rejects our key is our failure, never the caller's 401.
 */
export function toFault(status: number, body: string, retryAfterMs: number | undefined): Fault {
  const fields = parseFields(body);
  const kind = kindOf(status, fields);
  return new Fault(kind, faultMessage(kind), {
    param: kind === 'invalid_request' ? fields.param : undefined,
    retryAfterMs,
    cause: `provider status ${status}, type ${fields.type || '-'}, code ${fields.code || '-'}`,
  });
}

function kindOf(status: number, fields: ErrorFields): FaultKind {
  if (CONTEXT_WORDS.has(fields.code) || CONTEXT_WORDS.has(fields.type)) return 'context_overflow';
  // vLLM says only which parameter is too large.
  if (status === 400 && fields.param === 'input_tokens') return 'context_overflow';
  if (status === 401 || status === 403) return 'upstream_auth';
  // 402: our account there is empty, which is no fault of the caller.
  if (status === 402 || status === 404) return 'upstream_rejected';
  if (status === 429) {
    return fields.code === 'insufficient_quota' ? 'upstream_rejected' : 'upstream_rate_limited';
  }
  if (PASSING.has(status) || status >= 500) return 'upstream_unavailable';
  return status >= 400 ? 'invalid_request' : 'upstream_invalid';
}

/** Three envelopes are in use: `{error: {...}}`, the same fields flat, and `{error: text, error_type}`. */
function parseFields(body: string): ErrorFields {
  let wire: unknown;
  try {
    wire = JSON.parse(body);
  } catch {
    wire = undefined;
  }
  const outer = asRecord(wire);
  const inner = asRecord(outer['error']);
  const pick = (name: string) => inner[name] ?? outer[name];
  const param = pick('param');
  return {
    type: word(pick('type')) || word(outer['error_type']),
    code: word(pick('code')),
    param: typeof param === 'string' && /^[\w.[\]-]{1,100}$/.test(param) ? param : undefined,
  };
}

/** Machine words only; anything longer could be prose, and prose could be a prompt. */
function word(value: unknown): string {
  return typeof value === 'string' && /^\w{1,60}$/.test(value) ? value : '';
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
