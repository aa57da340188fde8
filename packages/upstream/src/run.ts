import type { Fault } from '@weir/core';
import type { ProviderCall } from '@weir/providers';
import type { Attempt, AttemptEnd, Heard, Seen } from './attempt.ts';
import type { Breaker, CallOutcome } from './breaker.ts';
import type { Deployment } from './deployment.ts';
import type { EngineTime } from './engine-time.ts';
import type { Transport } from './transport.ts';

/** Where a deployment is reached, for as long as the process lives. */
export interface Endpoint {
  readonly transport: Transport;
  readonly breaker: Breaker;
  /** Of the base URL, without a slash at its end. */
  readonly basePath: string;
  readonly engine: EngineTime;
}

/** One call while it is under way. */
export interface Run {
  readonly endpoint: Endpoint;
  readonly attempt: Attempt;
  readonly deployment: Deployment;
  readonly call: ProviderCall;
  readonly dropped: readonly string[];
  readonly traceparent: string | undefined;
  /** Tells the breaker how it went, once. */
  readonly leave: (outcome: CallOutcome) => void;
  /** Ends the exchange itself, where that does not end with the caller's waiting. */
  readonly exchange: AbortController | undefined;
  heard: Heard;
  /** The provider cannot have charged for it. */
  free: boolean;
  /** Since when its provider has been at it; undefined before it was sent. */
  entered: number | undefined;
}

/** What it has come to by now. */
export function endOf({ heard, free, entered }: Run, fault: Fault | undefined): AttemptEnd {
  return { fault, heard, free: free || entered === undefined };
}

export const NOTHING_SEEN: Seen = { tokens: 0, characters: 0 };
