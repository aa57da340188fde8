import type { FaultKind } from './fault.ts';
import type { Metering, Provenance, Usage } from './usage.ts';

/** Why an attempt was made. `direct` is a call without a cascade. */
export type AttemptRole = 'draft' | 'escalation' | 'direct';

/** What is known of an attempt before its call is sent; the journal makes this durable first. */
export interface AttemptOpened {
  /** `<requestId>.<role>.<n>`: also the event id, the journal key and what the provider is sent as client request id. */
  readonly attemptId: string;
  readonly requestId: string;
  readonly tenant: string;
  readonly keyId: string;
  readonly route: string;
  readonly role: AttemptRole;
  readonly tier: string;
  readonly provider: string;
  /** The model asked for, under the provider's name. */
  readonly model: string;
  readonly openedAtMs: number;
  /** Our own count of the prompt; what a lost attempt is settled from. */
  readonly estimatedInputTokens: number;
  /** What the estimated prompt alone costs; null when the model has no price. */
  readonly inputCostPicoUsd: bigint | null;
  readonly priceBookHash: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** How an attempt ended. `lost`: the process died during the call and found it open afterwards. */
export type AttemptOutcome = 'completed' | 'failed' | 'cancelled' | 'timed_out' | 'lost';

/** The unit of money: one upstream call and what it cost. Written once, never edited. */
export interface AttemptSettled extends AttemptOpened {
  readonly type: 'attempt.settled';
  readonly settledAtMs: number;
  readonly outcome: AttemptOutcome;
  readonly fault: FaultKind | null;
  /** The model that answered, as the provider named it; empty when none did. */
  readonly servedModel: string;
  readonly upstreamId: string;
  readonly usage: Usage;
  readonly provenance: Provenance;
  /** Null is "not known" (no price, no evidence), never zero. */
  readonly costPicoUsd: bigint | null;
  readonly firstTokenMs: number | null;
  readonly metering: Metering | null;
}

export type RequestOutcome = 'served' | 'degraded' | 'failed' | 'cancelled';

/** One per request, after its last attempt: which answer was given and what the frontier alone would have cost. */
export interface RequestCompleted {
  readonly type: 'request.completed';
  readonly requestId: string;
  readonly tenant: string;
  readonly keyId: string;
  readonly route: string;
  readonly completedAtMs: number;
  readonly durationMs: number;
  readonly outcome: RequestOutcome;
  readonly fault: FaultKind | null;
  readonly decision: 'accept' | 'escalate' | 'none';
  readonly confidence: number | null;
  /** `draft`, a tier's name, or empty when nothing was served. */
  readonly servedBy: string;
  readonly attempts: number;
  /** The same request at the route's frontier price; null when that is not known. */
  readonly counterfactualPicoUsd: bigint | null;
  readonly tags: Readonly<Record<string, string>>;
}

export type LedgerEvent = AttemptSettled | RequestCompleted;

/** Unique over all events; the idempotency key at every store and the NATS message id. */
export function eventIdOf(event: LedgerEvent): string {
  return event.type === 'attempt.settled' ? event.attemptId : event.requestId;
}

/**
 * Settles an attempt that was still open when its process died. What the provider did is not known; that it read
 * the prompt is likely, so the prompt's price is a lower bound. Never dropped, never zero.
 */
export function settleLost(opened: AttemptOpened, nowMs: number): AttemptSettled {
  return {
    ...opened,
    type: 'attempt.settled',
    settledAtMs: nowMs,
    outcome: 'lost',
    fault: null,
    servedModel: '',
    upstreamId: '',
    usage: {
      inputTokens: opened.estimatedInputTokens,
      cacheReadTokens: 0,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      cacheWriteOtherTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
    },
    provenance: opened.inputCostPicoUsd === null ? 'unknown' : 'lower_bound',
    costPicoUsd: opened.inputCostPicoUsd,
    firstTokenMs: null,
    metering: null,
  };
}
