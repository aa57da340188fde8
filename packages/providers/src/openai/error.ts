import { Fault, type FaultKind } from '@weir/core';
import { faultMessage } from '../fault-message.ts';
import { parsedOr, record, type Wire } from '../wire.ts';
import type { ErrorWords } from './compatible.ts';

interface ErrorFields {
  /** Machine words by which it says what happened, the most telling first. */
  readonly said: readonly string[];
  readonly param: string | undefined;
  /** Only ever compared from its beginning, and never told. */
  readonly message: string;
  /** Where it is a status of its own. */
  readonly code: number | undefined;
}

/** Below 500, yet the provider's failure: timeout, conflict, TGI's "failed during generation", Groq's lack of capacity. */
const PASSING = new Set([408, 409, 424, 498]);

/** Words that mean the same to whoever uses them, and more than a status can say. */
const KINDS: ReadonlyMap<string, FaultKind> = new Map<string, FaultKind>([
  // OpenAI, Groq, Cerebras, TabbyAPI; llama.cpp.
  ['context_length_exceeded', 'context_overflow'],
  ['exceed_context_size_error', 'context_overflow'],
  ['content_filter', 'content_filtered'],
  ['content_policy_violation', 'content_filtered'],
  ['insufficient_quota', 'upstream_rejected'],
  // Of this model only: another may take it.
  ['unsupported_parameter', 'unsupported_parameter'],
  ['unsupported_value', 'unsupported_parameter'],
]);

/** Whose parameter, if it names one, is the caller's. */
const OF_A_PARAMETER: ReadonlySet<FaultKind> = new Set([
  'invalid_request',
  'unsupported_parameter',
]);

const NO_WORDS: ErrorWords = {};

/**
 * Classifies an error reply. The provider's message stays out: it may hold the prompt or a key. A provider that
 * rejects our key is our failure, never the caller's 401.
 */
export function toFault(
  status: number,
  body: string,
  retryAfterMs: number | undefined,
  words: ErrorWords = NO_WORDS,
): Fault {
  return faultOf(status, fieldsFrom(parsedOr(body), words), retryAfterMs, words);
}

/**
 * An envelope where the status was 200 already: an event, a body, or a choice. It is what it would have been with the
 * status that it names, and where it names none, or one that says no more, what such an answer is anyway.
 */
export function faultIn(envelope: unknown, otherwise: FaultKind, words: ErrorWords): Fault {
  const fields = fieldsFrom(record(envelope), words);
  // TGI answers a stream for a prompt that does not fit with status 200.
  const status = fields.code ?? (words.overflow?.test(fields.message) ? 400 : 500);
  const fault = faultOf(status, fields, undefined, words);
  if (fault.kind !== 'upstream_unavailable') return fault;
  return new Fault(otherwise, faultMessage(otherwise), { cause: fault.cause });
}

function faultOf(
  status: number,
  fields: ErrorFields,
  retryAfterMs: number | undefined,
  words: ErrorWords,
): Fault {
  const kind = kindOf(status, fields, words);
  return new Fault(kind, faultMessage(kind), {
    param: OF_A_PARAMETER.has(kind) ? fields.param : undefined,
    retryAfterMs,
    cause: `provider status ${status}, said ${fields.said.join(', ') || 'nothing'}`,
  });
}

function kindOf(
  status: number,
  fields: ErrorFields,
  { kinds, overflow, unsupported }: ErrorWords,
): FaultKind {
  for (const word of fields.said) {
    const kind = (kinds && Object.hasOwn(kinds, word) ? kinds[word] : undefined) ?? KINDS.get(word);
    if (kind) return kind;
  }
  // vLLM says only which parameter is too large.
  if (status === 400 && fields.param === 'input_tokens') return 'context_overflow';
  if (status >= 400 && status < 500 && overflow?.test(fields.message)) return 'context_overflow';
  if (status === 400 && unsupported?.test(fields.message)) return 'unsupported_parameter';
  if (status === 401 || status === 403) return 'upstream_auth';
  // 402: our account there is empty, which is no fault of the caller.
  if (status === 402 || status === 404) return 'upstream_rejected';
  if (status === 429) return 'upstream_rate_limited';
  if (PASSING.has(status) || status >= 500) return 'upstream_unavailable';
  return status >= 400 ? 'invalid_request' : 'upstream_invalid';
}

/**
 * Four envelopes are in use: `{error: {...}}`, the same fields flat, `{error: text}` with a word beside it, and
 * FastAPI's `{detail}`. Some nest another error in the first.
 */
function fieldsFrom(outer: Wire, { at }: ErrorWords): ErrorFields {
  const inner = record(outer['error']);
  const pick = (name: string) => inner[name] ?? outer[name];
  const param = pick('param');
  const code = pick('code');
  const message = inner['message'] ?? outer['message'] ?? outer['error'] ?? outer['detail'];
  const nested = at?.reduce<unknown>((value, name) => record(value)[name], inner);
  const said = [nested, code, pick('type'), outer['error_type']].map(word).filter(Boolean);
  return {
    said,
    param: typeof param === 'string' && /^[\w.[\]-]{1,100}$/.test(param) ? param : undefined,
    message: typeof message === 'string' ? message : '',
    code: statusFrom(code) ?? statusFrom(outer['status_code']),
  };
}

/** Machine words only; anything longer could be prose, and prose could be a prompt. */
function word(value: unknown): string {
  return typeof value === 'string' && /^\w{1,60}$/.test(value) ? value : '';
}

/** LiteLLM writes it as a text. */
function statusFrom(code: unknown): number | undefined {
  const status = typeof code === 'string' && /^[45]\d\d$/.test(code) ? Number(code) : code;
  const isStatus = typeof status === 'number' && status >= 400 && status <= 599;
  return isStatus ? status : undefined;
}
