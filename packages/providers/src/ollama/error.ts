import { Fault, type FaultKind } from '@weir/core';
import { faultMessage, refused } from '../fault-message.ts';
import { parsedOr, record } from '../wire.ts';

interface ErrorFields {
  /** In a machine's words, where a runner or something on the way says one. */
  readonly type: string;
  readonly message: string;
}

/** Below 500, yet the provider's failure: a timeout, a conflict, and a request that it gave up itself. */
const PASSING = new Set([408, 409, 499]);

/** How the runners said that a prompt does not fit, before they had a word for it. */
const OVERFLOW =
  /^(?:the )?(?:prompt|input)(?: length)? exceeds (?:the |maximum )?context length\b/i;

/**
 * That a model lacks an ability is said in prose only. The whole sentence is asked for, and a name has no spaces, so
 * that a prompt that is quoted in some other message cannot pass for it.
 */
const LACKS: readonly (readonly [sentence: RegExp, param: string])[] = [
  [/^\S+ does not support tools$/, 'tools'],
  [/^\S+ does not support thinking$/, 'reasoning_effort'],
  [/^think value "\w+" is not supported for this model$/, 'reasoning_effort'],
  [/^this model is missing data required for image input$/, 'messages'],
  [/^Multimodal data provided, but model does not support multimodal requests\.$/, 'messages'],
];

/**
 * Classifies an error reply. The provider's message stays out: it may hold the prompt, or what the model said. A
 * provider that rejects our key is our failure, never the caller's 401.
 */
export function toFault(status: number, body: string, retryAfterMs: number | undefined): Fault {
  return faultFrom(status, fieldsOf(parsedOr(body)), retryAfterMs);
}

/** An error among the lines of an answer, or in place of one: what its status would have been is seldom told. */
export function faultIn(wire: object): Fault {
  const status = 'status' in wire && typeof wire.status === 'number' ? wire.status : 500;
  return faultFrom(status >= 400 && status <= 599 ? status : 500, fieldsOf(wire), undefined);
}

function faultFrom(status: number, fields: ErrorFields, retryAfterMs: number | undefined): Fault {
  const [, param] = LACKS.find(([sentence]) => sentence.test(fields.message)) ?? [];
  if (param) return refused(param, 'asks for something that this model cannot do');
  const kind = kindOf(status, fields);
  return new Fault(kind, faultMessage(kind), {
    retryAfterMs,
    cause: `provider status ${status}, type ${fields.type || '-'}`,
  });
}

function kindOf(status: number, { type, message }: ErrorFields): FaultKind {
  if (status < 400) return 'upstream_invalid';
  if (type === 'exceed_context_size_error' || OVERFLOW.test(message)) return 'context_overflow';
  if (status === 401 || status === 403) return 'upstream_auth';
  // 402: the plan at Ollama's cloud does not have the model, or has used it up.
  if (status === 402 || status === 404) return 'upstream_rejected';
  if (status === 429) return 'upstream_rate_limited';
  return PASSING.has(status) || status >= 500 ? 'upstream_unavailable' : 'invalid_request';
}

/** `{error: text}`. Since version 0.30 the text may be the JSON of a runner's own error, and that is an object. */
function fieldsOf(wire: unknown): ErrorFields {
  const error = record(wire)['error'];
  const text = typeof error === 'string' ? error : '';
  const inner = text.startsWith('{') ? record(parsedOr(text)['error']) : record(error);
  const { type, message } = inner;
  return {
    type: typeof type === 'string' && /^\w{1,60}$/.test(type) ? type : '',
    message: typeof message === 'string' ? message : text,
  };
}
