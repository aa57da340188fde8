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
  NO_USAGE,
  type Provenance,
  type Usage,
  type UsageReport,
} from '@weir/core';
import { costOf, estimatePromptTokens, estimateTokens, type PriceBook } from '@weir/pricing';
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
    const price = deps.prices.priceOf(deployment.provider, deployment.model);
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
      openedAtMs: deps.clock.nowMs(),
      estimatedInputTokens,
      inputCostPicoUsd: price
        ? costOf({ ...NO_USAGE, inputTokens: estimatedInputTokens }, price)
        : null,
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
    const { usage, provenance } = this.#usageOf(end);
    const settled: AttemptSettled = {
      ...this.opened,
      type: 'attempt.settled',
      settledAtMs: this.#clock.nowMs(),
      outcome: outcomeOf(end),
      fault: end.type === 'broken' ? end.fault.kind : null,
      servedModel: this.#identity.model,
      upstreamId: this.#identity.upstreamId,
      usage,
      provenance,
      costPicoUsd: this.#costOf(usage, provenance),
      firstTokenMs: this.#firstTokenMs,
    };
    this.#journal.settle(settled);
    return settled;
  }

  #usageOf(end: AttemptEnd): { usage: Usage; provenance: Provenance } {
    if (end.report) return { usage: end.report.usage, provenance: 'reported' };
    if (end.type === 'broken' && end.free) return { usage: NO_USAGE, provenance: 'computed' };
    return {
      usage: {
        ...NO_USAGE,
        inputTokens: this.opened.estimatedInputTokens,
        outputTokens: end.seen.tokens || estimateTokens(end.seen.characters),
      },
      provenance: end.type === 'broken' ? 'lower_bound' : 'estimated',
    };
  }

  #costOf(usage: Usage, provenance: Provenance): bigint | null {
    if (provenance === 'computed') return 0n;
    const { provider, model } = this.#deployment;
    const price = this.#prices.priceOf(provider, model, this.#identity.model);
    return price ? costOf(usage, price) : null;
  }
}

function outcomeOf(end: AttemptEnd): AttemptOutcome {
  if (end.type === 'completed') return 'completed';
  if (end.fault.kind === 'cancelled') return 'cancelled';
  return end.fault.kind === 'deadline_exceeded' ? 'timed_out' : 'failed';
}
