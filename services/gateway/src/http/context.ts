import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Inference } from '@weir/core';
import type { Log } from '@weir/runtime';
import type { Admission } from '../admission.ts';
import type { Authenticator, VirtualKey } from '../authenticator.ts';
import type { ModelEntry } from '../model-entry.ts';
import type { CompletionLimits } from './chat-request.ts';
import type { Idempotency } from './idempotency.ts';

export interface HttpLimits extends CompletionLimits {
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  /** For the whole head of a request to arrive. */
  readonly headersTimeoutMs: number;
  /** For the whole request to arrive. */
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Silence after which a stream that holds its answer back sends a comment. */
  readonly streamCommentMs: number;
  /** How long a reader may leave a full buffer standing. */
  readonly slowReaderMs: number;
  readonly maxConnections: number;
}

/** What every handler works with. */
export interface HttpContext {
  readonly inference: Inference;
  readonly authenticator: Authenticator;
  readonly admission: Admission;
  readonly idempotency: Idempotency;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: HttpLimits;
  /** Everything that can be asked for, by its id: routes, then `provider/model`. */
  readonly models: ReadonlyMap<string, ModelEntry>;
  /** Whether new requests are welcome. */
  readonly ready: () => boolean;
  readonly metrics: () => Promise<{ readonly text: string; readonly contentType: string }>;
}

/** One request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** What goes out with whatever status it will be; Node writes headers given at once faster than one by one. */
  readonly headers: Record<string, string | number>;
  /** What the path said after the route's fixed part; empty where it says nothing. */
  readonly rest: string;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
}

/** The same, for routes that need a key. */
export interface KeyedExchange extends Exchange {
  readonly key: VirtualKey;
}
