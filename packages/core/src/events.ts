import type { FaultKind } from './fault.ts';
import type { Metering, Provenance, Usage } from './usage.ts';
import type { Judgement, SignalValues } from './verdict.ts';

/**
 * Why an attempt was made. `direct` is a call without a cascade; `second_draft` and `judge` bought evidence about a draft;
 * `shadow` asked the frontier after the caller had the draft, to learn from it; `probe` looked at what an endpoint sends.
 */
export type AttemptRole =
  | 'draft'
  | 'escalation'
  | 'direct'
  | 'second_draft'
  | 'judge'
  | 'shadow'
  | 'probe';

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
  /** How a scorer model judged the draft; null where none did. */
  readonly judgement: Judgement | null;
}

/** Whose word a label is, from the strongest to the weakest. */
export type LabelSource = 'owner' | 'shadow' | 'escalation' | 'judge' | 'feedback';

/** What a scorer model learns from: whether the draft of one request was right, and whether the frontier was. */
export interface DraftLabelled {
  readonly type: 'draft.labelled';
  /** `<requestId>.label.<source>` and a number where a source may speak more than once. */
  readonly labelId: string;
  readonly requestId: string;
  readonly tenant: string;
  readonly keyId: string;
  readonly route: string;
  readonly labelledAtMs: number;
  readonly source: LabelSource;
  /** In [0, 1]; null where the label says nothing about it. */
  readonly draftRight: number | null;
  readonly frontierRight: number | null;
  /** With which chance a request like this one was looked at; 1 when all are. */
  readonly propensity: number;
  /**
   * Among the uniform sample of all drafts: drawn with one chance, whatever was decided. Certificates rest on these alone;
   * rejected drafts that were not drawn are labelled too, since their label costs nothing.
   */
  readonly sampled: boolean;
  /** What was decided about the draft, by which scorer model, and how sure it was. */
  readonly decision: 'accept' | 'escalate';
  readonly model: string;
  readonly confidence: number | null;
  readonly example: Example;
  readonly tags: Readonly<Record<string, string>>;
}

/** One draft as a scorer model sees it: numbers only, nothing of its text. */
export interface Example {
  /** Which endpoint drafted, by everything that shapes its log-probabilities; a change makes it another one. */
  readonly endpoint: string;
  readonly signals: SignalValues;
  /** Hashed word groups of the prompt, ascending. */
  readonly ngrams: readonly number[];
  /** What the frontier costs for it, as a multiple of the route's mean; null where it is not known. */
  readonly relativeCost: number | null;
}

/** By this tag, with the route as its value, a route's labels are found among all events. */
export const LABEL_TAG = 'weir.label';

export type LedgerEvent = AttemptSettled | RequestCompleted | DraftLabelled;

/** Unique over all events; the idempotency key at every store and the NATS message id. */
export function eventIdOf(event: LedgerEvent): string {
  switch (event.type) {
    case 'attempt.settled':
      return event.attemptId;
    case 'request.completed':
      return event.requestId;
    case 'draft.labelled':
      return event.labelId;
  }
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
