/**
 * Every way a request can fail, and what each face of the system says about it.
 * A new kind of failure is one line here and nowhere else.
 *
 * `grpc` is the canonical status code, `reason` the ErrorInfo reason; `http`, `type` and `code` are the OpenAI
 * face. `retry` says who may try again: the same place `later`, another provider (`elsewhere`), or nobody.
 */
export const FAULTS = {
  invalid_request: row(3, 400, 'invalid_request_error', null, 'never', 'INVALID_PARAMETER'),
  context_overflow: row(
    3,
    400,
    'invalid_request_error',
    'context_length_exceeded',
    'elsewhere',
    'CONTEXT_LENGTH_EXCEEDED',
  ),
  content_filtered: row(
    3,
    400,
    'invalid_request_error',
    'content_filter',
    'elsewhere',
    'CONTENT_FILTERED',
  ),
  unauthenticated: row(16, 401, 'invalid_request_error', 'invalid_api_key', 'never', 'INVALID_KEY'),
  permission_denied: row(
    7,
    403,
    'invalid_request_error',
    'model_not_allowed',
    'never',
    'MODEL_NOT_ALLOWED',
  ),
  model_not_found: row(
    5,
    404,
    'invalid_request_error',
    'model_not_found',
    'never',
    'MODEL_NOT_FOUND',
  ),
  /** Asked for by its own name; a route asks its next model. */
  model_retired: row(
    5,
    410,
    'invalid_request_error',
    'model_retired',
    'elsewhere',
    'MODEL_RETIRED',
  ),
  unsupported_parameter: row(
    3,
    400,
    'invalid_request_error',
    'unsupported_parameter',
    'elsewhere',
    'UNSUPPORTED_PARAMETER',
  ),
  /** Feedback about a request that this tenant never made, or that the ledger has not heard of yet. */
  request_not_found: row(
    5,
    404,
    'invalid_request_error',
    'request_not_found',
    'never',
    'REQUEST_NOT_FOUND',
  ),
  route_not_found: row(5, 404, 'invalid_request_error', 'unknown_url', 'never', 'UNKNOWN_URL'),
  method_not_allowed: row(
    12,
    405,
    'invalid_request_error',
    'method_not_allowed',
    'never',
    'METHOD_NOT_ALLOWED',
  ),
  idempotency_mismatch: row(
    6,
    409,
    'invalid_request_error',
    'idempotency_mismatch',
    'never',
    'IDEMPOTENCY_MISMATCH',
  ),
  payload_too_large: row(
    3,
    413,
    'invalid_request_error',
    'payload_too_large',
    'never',
    'PAYLOAD_TOO_LARGE',
  ),
  unsupported_media: row(
    3,
    415,
    'invalid_request_error',
    'unsupported_media_type',
    'never',
    'UNSUPPORTED_MEDIA',
  ),
  rate_limited: row(8, 429, 'rate_limit_error', 'rate_limit_exceeded', 'later', 'RATE_LIMITED'),
  budget_exhausted: row(
    8,
    429,
    'insufficient_quota',
    'insufficient_quota',
    'never',
    'BUDGET_EXHAUSTED',
  ),
  cancelled: row(1, 499, 'cancelled', 'cancelled', 'never', 'CANCELLED'),
  deadline_exceeded: row(4, 504, 'server_error', 'deadline_exceeded', 'elsewhere', 'DEADLINE'),
  upstream_rate_limited: row(
    14,
    503,
    'server_error',
    'provider_rate_limited',
    'elsewhere',
    'PROVIDER_RATE_LIMITED',
  ),
  upstream_unavailable: row(
    14,
    503,
    'server_error',
    'provider_unavailable',
    'elsewhere',
    'PROVIDER_FAILED',
  ),
  upstream_invalid: row(
    14,
    502,
    'server_error',
    'provider_invalid',
    'elsewhere',
    'PROVIDER_INVALID',
  ),
  upstream_rejected: row(
    13,
    502,
    'server_error',
    'provider_rejected',
    'elsewhere',
    'PROVIDER_REJECTED',
  ),
  upstream_auth: row(13, 502, 'server_error', 'provider_auth', 'elsewhere', 'PROVIDER_AUTH'),
  circuit_open: row(14, 503, 'server_error', 'circuit_open', 'elsewhere', 'CIRCUIT_OPEN'),
  attempts_exhausted: row(
    14,
    503,
    'server_error',
    'attempts_exhausted',
    'never',
    'ATTEMPTS_EXHAUSTED',
  ),
  overloaded: row(14, 503, 'server_error', 'overloaded', 'later', 'OVERLOADED'),
  ledger_unavailable: row(
    14,
    503,
    'server_error',
    'ledger_unavailable',
    'later',
    'LEDGER_UNAVAILABLE',
  ),
  unavailable: row(14, 503, 'server_error', 'service_unavailable', 'later', 'UNAVAILABLE'),
  internal: row(13, 500, 'server_error', 'internal_error', 'never', 'INTERNAL'),
} as const;

export type FaultKind = keyof typeof FAULTS;
export type FaultRetry = 'never' | 'later' | 'elsewhere';

interface FaultRow {
  readonly grpc: number;
  readonly http: number;
  readonly type: string;
  readonly code: string | null;
  readonly retry: FaultRetry;
  readonly reason: string;
}

function row(
  grpc: number,
  http: number,
  type: string,
  code: string | null,
  retry: FaultRetry,
  reason: string,
): FaultRow {
  return { grpc, http, type, code, retry, reason };
}

export interface FaultOptions {
  /** The offending parameter's path, as the caller wrote it. */
  readonly param?: string | undefined;
  /** How long to wait before another try makes sense. */
  readonly retryAfterMs?: number | undefined;
  /** For the log only; never leaves the process. */
  readonly cause?: unknown;
}

/** A classified failure. `message` is for the caller; `cause` is for the log and never leaves the process. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly kind: FaultKind;
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(kind: FaultKind, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.param = options.param;
    this.retryAfterMs = options.retryAfterMs;
  }

  get row(): FaultRow {
    return FAULTS[this.kind];
  }

  /** Classifies anything thrown, once, where it was caught. What nobody classified is a bug and says nothing outside. */
  static from(thrown: unknown): Fault {
    if (thrown instanceof Fault) return thrown;
    const name = thrown instanceof Error ? thrown.name : '';
    if (name === 'AbortError')
      return new Fault('cancelled', 'The request was cancelled.', { cause: thrown });
    if (name === 'TimeoutError') {
      return new Fault('deadline_exceeded', 'The request ran out of time.', { cause: thrown });
    }
    return new Fault('internal', 'An internal error occurred.', { cause: thrown });
  }
}

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULTS, text);
}
