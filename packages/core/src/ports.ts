import type { ChatReply, ChatRequest, Expectations } from './chat.ts';
import type { EventBatch } from './event-text.ts';
import type {
  AttemptOpened,
  AttemptRole,
  AttemptSettled,
  DraftLabelled,
  LedgerEvent,
  RequestOutcome,
} from './events.ts';
import type { ChatDelta } from './stream.ts';
import type { Purchase, Verdict } from './verdict.ts';

/**
 * The ports: what the services of Weir are to each other. Whether one is in this process or an address away is
 * known only to the host. Every method takes its cancellation last; streams are async iterables, and leaving one
 * early cancels it.
 */

/** Two times: `nowMs` tells the date, `monotonicMs` measures spans and deadlines and never jumps. */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
}

/** Who asks: known from the key alone, never from the request. */
export interface Principal {
  readonly tenant: string;
  readonly keyId: string;
}

/** What every step of one request shares. */
export interface CallContext extends Principal {
  readonly requestId: string;
  /** A configured route, or `provider/model` for a call without a cascade. */
  readonly route: string;
  /** On the process's monotonic clock; a wire carries the time remaining instead. */
  readonly deadlineAtMs: number;
  /** Upstream calls that this request may still make. */
  readonly attemptsLeft: number;
  readonly tags: Readonly<Record<string, string>>;
  /** W3C trace context of the caller, passed on untouched. */
  readonly traceparent?: string | undefined;
  /** What its attempts are booked as, where that is not what the service called usually does. */
  readonly role?: Extract<AttemptRole, 'second_draft' | 'judge' | 'shadow'> | undefined;
}

export interface ModelCall {
  readonly context: CallContext;
  readonly chat: ChatRequest;
}

/** An answer, who gave it, and every attempt that was made for it, in order, the failed ones too. */
export interface Served {
  readonly reply: ChatReply;
  readonly tier: string;
  readonly attempts: readonly AttemptSettled[];
  /** Parameters of the request that whoever answered has no word for, and that were left out. */
  readonly dropped: readonly string[];
  /** Of a draft: what is known of the endpoint that made it. */
  readonly endpoint?: DraftEndpoint | undefined;
}

/** What shapes a draft's log-probabilities, and whether they may be believed. */
export interface DraftEndpoint {
  /** Hash of model, quantisation, engine, its version, its speculation and its template, as far as the endpoint tells. */
  readonly fingerprint: string;
  /** False when a probe found them missing, filled in or impossible; undefined while none has been made. */
  readonly logprobsTrusted?: boolean | undefined;
}

/**
 * A served stream: deltas, then one `end`. A stream that stops without `end` has thrown.
 * A fault thrown by these ports carries the attempts made so far (see `FailedCall`).
 */
export type ServedEvent = ChatDelta | { readonly type: 'end'; readonly served: Served };

/** The cheap model's answer. */
export interface Draft {
  generate(call: ModelCall, signal: AbortSignal): Promise<Served>;
  stream(call: ModelCall, signal: AbortSignal): AsyncIterable<ServedEvent>;
}

/** The frontier's answer, through as many tiers as it takes. */
export interface Escalation {
  escalate(call: ModelCall, signal: AbortSignal): Promise<Served>;
  stream(call: ModelCall, signal: AbortSignal): AsyncIterable<ServedEvent>;
}

export interface ScoreCall {
  readonly requestId: string;
  readonly route: string;
  readonly chat: ChatRequest;
  readonly reply: ChatReply;
  readonly expect?: Expectations | undefined;
  readonly endpoint?: DraftEndpoint | undefined;
  /** The answer to what an earlier verdict wanted to buy; null when it could not be had. */
  readonly bought?: Bought | undefined;
}

export interface Bought {
  readonly kind: Purchase['kind'];
  readonly reply: ChatReply | null;
}

/** A draft and the frontier's answer to the same question. */
export interface CompareCall extends ScoreCall {
  readonly frontier: ChatReply;
  readonly frontierCostPicoUsd: bigint | null;
}

/** What a comparison says, and the draft as a scorer model sees it. */
export type Comparison = Pick<DraftLabelled, 'draftRight' | 'frontierRight' | 'example'>;

/** Whether a draft is worth making: `escalationChance` is how likely it would be thrown away. */
export interface DraftPlan {
  readonly draft: boolean;
  readonly escalationChance: number | null;
}

/** Says whether a draft may be served. */
export interface Scorer {
  score(call: ScoreCall, signal: AbortSignal): Promise<Verdict>;
  /** Before there is a draft. */
  plan(
    call: Pick<ScoreCall, 'requestId' | 'route' | 'chat'>,
    signal: AbortSignal,
  ): Promise<DraftPlan>;
  /** Null when the two answers cannot be compared. */
  compare(call: CompareCall, signal: AbortSignal): Promise<Comparison | null>;
}

export interface HoldCall extends Principal {
  readonly requestId: string;
  readonly amountPicoUsd: bigint;
  /** How long the hold may live without being settled. */
  readonly expiresInMs: number;
}

/** Sums are exact; `null` figures among the rows are counted beside them, never taken as zero. */
export interface LedgerTotals {
  readonly requests: bigint;
  readonly attempts: bigint;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
  readonly costPicoUsd: bigint;
  /** Attempts whose cost is not known, or known only as a lower bound or an estimate. */
  readonly inexactAttempts: bigint;
  readonly counterfactualPicoUsd: bigint;
  readonly escalated: bigint;
}

export type LedgerGroup = 'tenant' | 'route' | 'model' | 'day';

export interface LedgerTag {
  readonly name: string;
  readonly value: string;
}

export interface LedgerQuery {
  readonly tenant?: string | undefined;
  readonly route?: string | undefined;
  /** Only events that carry this tag. */
  readonly tag?: LedgerTag | undefined;
  /** From this time on (inclusive) until that (exclusive), in Unix milliseconds. */
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly groupBy: readonly LedgerGroup[];
}

export interface LedgerRow {
  readonly group: Readonly<Partial<Record<LedgerGroup, string>>>;
  readonly totals: LedgerTotals;
}

export interface LedgerEntry {
  /** Position in the ledger, ascending from 1; the resume point of `watch`. */
  readonly sequence: bigint;
  readonly event: LedgerEvent;
}

export interface RequestLookup {
  readonly tenant?: string | undefined;
  readonly requestId: string;
}

export interface WatchCall {
  readonly tenant?: string | undefined;
  /** Only events that carry this tag. */
  readonly tag?: LedgerTag | undefined;
  readonly afterSequence: bigint;
}

/** The truth about money. `settle` is idempotent by event id; what it returned from is durable. */
export interface Ledger {
  /** Throws `budget_exhausted` when settled + held + amount would pass the key's limit. */
  hold(call: HoldCall, signal: AbortSignal): Promise<void>;
  settle(events: EventBatch, signal: AbortSignal): Promise<void>;
  query(query: LedgerQuery, signal: AbortSignal): Promise<readonly LedgerRow[]>;
  /** Every event of one request, as far as they have arrived; none when it is not known, or another tenant's. */
  request(call: RequestLookup, signal: AbortSignal): Promise<readonly LedgerEntry[]>;
  watch(call: WatchCall, signal: AbortSignal): AsyncIterable<LedgerEntry>;
}

/** Carries ledger events from where they happen to whoever keeps or reads them. */
export interface EventBus {
  /** Resolves when every event is durably accepted; then, and only then, may the caller forget them. */
  publish(events: EventBatch): Promise<void>;
  /** Hands events over in batches, at least once each; a batch counts as done when `handle` resolves. */
  consume(handle: (events: EventBatch) => Promise<void>): Promise<AsyncDisposable>;
}

/** The durable record of attempts on this machine. */
export interface Journal {
  /** Resolves when the attempt is on disk; only then may its call be sent. */
  open(attempt: AttemptOpened): Promise<void>;
  /** Takes the settled attempt over; it will reach the bus whatever happens to this process. */
  settle(attempt: AttemptSettled): void;
  /** The same for an event that was never opened. */
  record(event: LedgerEvent): void;
}

export interface InferenceCall {
  readonly principal: Principal;
  readonly requestId: string;
  readonly model: string;
  readonly chat: ChatRequest;
  readonly expect?: Expectations | undefined;
  /** Shortens the route's deadline; never lengthens it. */
  readonly timeoutMs?: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly traceparent?: string | undefined;
}

/** What one request came to. */
export interface InferenceEnd {
  readonly requestId: string;
  readonly route: string;
  readonly reply: ChatReply;
  readonly outcome: RequestOutcome;
  readonly servedBy: string;
  readonly verdict: Verdict | null;
  readonly attempts: readonly AttemptSettled[];
  readonly costPicoUsd: bigint;
  /** True when some attempt's cost is not exactly known: the cost is then a lower bound. */
  readonly costIsLowerBound: boolean;
  readonly counterfactualPicoUsd: bigint | null;
  /** Parameters of the request that whoever answered has no word for, and that were left out. */
  readonly dropped: readonly string[];
}

export type InferenceEvent =
  | ChatDelta
  | { readonly type: 'verdict'; readonly verdict: Verdict }
  | { readonly type: 'end'; readonly end: InferenceEnd };

/** What a user thought of an answer. Weak evidence, and biased: it moves what is learned, never what is guaranteed. */
export interface FeedbackCall {
  readonly principal: Principal;
  /** The `x-request-id` of the answer. */
  readonly requestId: string;
  /** In [0, 1]: 0 is a thumb down, 1 a thumb up. */
  readonly score: number;
}

/** What became of it. `learned` is false where no scorer model judged the draft: then there is nothing to learn from. */
export interface FeedbackReceipt {
  readonly learned: boolean;
}

/** The whole service, as its callers see it. */
export interface Inference {
  complete(call: InferenceCall, signal: AbortSignal): Promise<InferenceEnd>;
  stream(call: InferenceCall, signal: AbortSignal): AsyncIterable<InferenceEvent>;
  /** Throws `request_not_found` when no such request of this tenant has reached the ledger. */
  feedback(call: FeedbackCall, signal: AbortSignal): Promise<FeedbackReceipt>;
}
