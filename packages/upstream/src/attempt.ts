import {
  type AttemptOpened,
  type AttemptOutcome,
  type AttemptRole,
  type AttemptSettled,
  type CallContext,
  type ChatRequest,
  type Clock,
  type Fault,
  type Journal,
  meteringOf,
  NO_USAGE,
  type Provenance,
  type UsageReport,
} from '@weir/core';
import {
  costOf,
  estimatePromptTokens,
  estimateTokens,
  type PriceBook,
  PriceError,
} from '@weir/pricing';
import type { Deployment } from './deployment.ts';

/** Which attempt of which request this is. */
export interface AttemptPlace {
  readonly context: CallContext;
  readonly role: AttemptRole;
  readonly tier: string;
  /** 1 for the first attempt in this role. */
  readonly number: number;
}

/** What of an answer was seen, for attempts whose usage the provider did not report. */
export interface Seen {
  /** Tokens where the engine listed them one by one; otherwise estimated from `characters`. */
  readonly tokens: number;
  readonly characters: number;
}

export type AttemptEnd =
  | { readonly type: 'completed'; readonly report: UsageReport | undefined; readonly seen: Seen }
  | {
      readonly type: 'broken';
      readonly fault: Fault;
      /** True when the provider cannot have charged: nothing was sent, or it answered with an error status. */
      readonly free: boolean;
      readonly report: UsageReport | undefined;
      readonly seen: Seen;
    };

export interface Identity {
  readonly model: string;
  readonly upstreamId: string;
}

/** The money side of one upstream call: opened before it, settled after it, exactly once, on every path. */
export class Attempt {
  readonly #deployment: Deployment;
  readonly #journal: Journal;
  readonly #prices: PriceBook;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly opened: AttemptOpened;
  #identity: Identity = { model: '', upstreamId: '' };
  #firstTokenMs: number | null = null;

  constructor(
    place: AttemptPlace,
    chat: ChatRequest,
    deployment: Deployment,
    deps: { readonly journal: Journal; readonly prices: PriceBook; readonly clock: Clock },
  ) {
    this.#deployment = deployment;
    this.#journal = deps.journal;
    this.#prices = deps.prices;
    this.#clock = deps.clock;
    this.#startedAtMs = deps.clock.monotonicMs();
    const { context } = place;
    const estimatedInputTokens = estimatePromptTokens(chat);
    const openedAtMs = deps.clock.nowMs();
    this.opened = {
      attemptId: `${context.requestId}.${place.role}.${place.number}`,
      requestId: context.requestId,
      tenant: context.tenant,
      keyId: context.keyId,
      route: context.route,
      role: place.role,
      tier: place.tier,
      provider: deployment.provider,
      model: deployment.model,
      openedAtMs,
      estimatedInputTokens,
      inputCostPicoUsd: this.#costOf(
        { usage: { ...NO_USAGE, inputTokens: estimatedInputTokens } },
        openedAtMs,
      ),
      priceBookHash: deps.prices.hash,
      tags: context.tags,
    };
  }

  /** Resolves when the attempt is on disk. */
  open(): Promise<void> {
    return this.#journal.open(this.opened);
  }

  identify(identity: Identity): void {
    this.#identity = identity;
  }

  /** The first piece of the answer is there. */
  begin(): void {
    this.#firstTokenMs ??= Math.round(this.#clock.monotonicMs() - this.#startedAtMs);
  }

  settle(end: AttemptEnd): AttemptSettled {
    const { report, provenance } = this.#reportOf(end);
    const settledAtMs = this.#clock.nowMs();
    const settled: AttemptSettled = {
      ...this.opened,
      type: 'attempt.settled',
      settledAtMs,
      outcome: outcomeOf(end),
      fault: end.type === 'broken' ? end.fault.kind : null,
      servedModel: this.#identity.model,
      upstreamId: this.#identity.upstreamId,
      usage: report.usage,
      provenance,
      costPicoUsd: provenance === 'computed' ? 0n : this.#costOf(report, settledAtMs),
      firstTokenMs: this.#firstTokenMs,
      metering: meteringOf(report),
    };
    this.#journal.settle(settled);
    return settled;
  }

  /** What the provider said, filled up from what was seen where it did not come to say all. */
  #reportOf(end: AttemptEnd): { report: UsageReport; provenance: Provenance } {
    const { report } = end;
    if (report && !report.incomplete) return { report, provenance: 'reported' };
    if (!report && end.type === 'broken' && end.free) {
      return { report: { usage: NO_USAGE }, provenance: 'computed' };
    }
    const known = report?.usage ?? {
      ...NO_USAGE,
      inputTokens: this.opened.estimatedInputTokens,
    };
    const seenTokens = end.seen.tokens || estimateTokens(end.seen.characters);
    const outputTokens = Math.max(known.outputTokens, seenTokens);
    return {
      report: { ...report, usage: { ...known, outputTokens } },
      provenance: end.type === 'broken' ? 'lower_bound' : 'estimated',
    };
  }

  /** Null when that is not known: the model has no price, or something was used that its price does not cover. */
  #costOf(report: UsageReport, atMs: number): bigint | null {
    const { provider, model } = this.#deployment;
    const served = this.#identity.model;
    const price = this.#prices.priceOf(provider, model, atMs, served);
    if (!price && report.reportedPicoUsd === undefined) return null;
    const priceOf = (other?: string) =>
      other === undefined ? price : this.#prices.priceOf(provider, other, atMs);
    try {
      return costOf(report, priceOf, { atMs }).picoUsd;
    } catch (error) {
      if (error instanceof PriceError) return null;
      throw error;
    }
  }
}

function outcomeOf(end: AttemptEnd): AttemptOutcome {
  if (end.type === 'completed') return 'completed';
  if (end.fault.kind === 'cancelled') return 'cancelled';
  return end.fault.kind === 'deadline_exceeded' ? 'timed_out' : 'failed';
}
