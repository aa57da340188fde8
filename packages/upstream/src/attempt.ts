import {
  type AttemptOpened,
  type AttemptOutcome,
  type AttemptRole,
  type AttemptSettled,
  type CallContext,
  type ChatRequest,
  type Clock,
  type Fault,
  formatUsd,
  type GpuTime,
  type Journal,
  meteringOf,
  NO_USAGE,
  type Provenance,
  type UsageErrorCode,
  type UsageReport,
} from '@weir/core';
import {
  type Cost,
  costOf,
  costOfAttempt,
  disagrees,
  estimatePromptTokens,
  estimateTokens,
  type Price,
  type PriceBook,
  PriceError,
} from '@weir/pricing';
import type { Deployment } from './deployment.ts';
import type { MoneyAlarms } from './money-alarms.ts';

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

/** What was heard of an answer, as far as it is money. */
export interface Heard {
  readonly report: UsageReport | undefined;
  /** Why what the provider told of usage is no report. */
  readonly refused: UsageErrorCode | undefined;
  readonly seen: Seen;
}

export interface AttemptEnd {
  /** Absent when it ended well. */
  readonly fault?: Fault | undefined;
  /** True when the provider cannot have charged: nothing was sent, or it answered with an error status. */
  readonly free: boolean;
  readonly heard: Heard;
}

export interface Identity {
  readonly model: string;
  readonly upstreamId: string;
  /** What the provider calls the software and settings that answered. */
  readonly build?: string | undefined;
}

export interface AttemptDependencies {
  readonly journal: Journal;
  readonly prices: PriceBook;
  readonly clock: Clock;
  readonly alarms: MoneyAlarms;
}

/** The money side of one upstream call: opened before it, settled after it, exactly once, on every path. */
export class Attempt {
  readonly #deployment: Deployment;
  readonly #deps: AttemptDependencies;
  readonly #startedAtMs: number;
  /** Its time is paid for, and not its tokens. */
  readonly #isTimed: boolean;
  readonly opened: AttemptOpened;
  #identity: Identity = { model: '', upstreamId: '' };
  #firstTokenMs: number | null = null;

  constructor(
    place: AttemptPlace,
    chat: ChatRequest,
    deployment: Deployment,
    deps: AttemptDependencies,
  ) {
    this.#deployment = deployment;
    this.#deps = deps;
    this.#startedAtMs = deps.clock.monotonicMs();
    const { context } = place;
    const { provider, model } = deployment;
    const estimatedInputTokens = estimatePromptTokens(chat);
    const openedAtMs = deps.clock.nowMs();
    const price = deps.prices.priceOf(provider, model, openedAtMs);
    this.#isTimed = price?.gpu !== undefined;
    this.opened = {
      attemptId: `${context.requestId}.${place.role}.${place.number}`,
      requestId: context.requestId,
      tenant: context.tenant,
      keyId: context.keyId,
      route: context.route,
      role: place.role,
      tier: place.tier,
      provider,
      model,
      openedAtMs,
      estimatedInputTokens,
      inputCostPicoUsd: promptCost(estimatedInputTokens, price, openedAtMs),
      priceBookHash: deps.prices.hash,
      tags: context.tags,
    };
  }

  /** Resolves when the attempt is on disk. */
  open(): Promise<void> {
    return this.#deps.journal.open(this.opened);
  }

  identify(identity: Identity): void {
    this.#identity = identity;
  }

  /** Who answered, as far as it was told. */
  get identity(): Identity {
    return this.#identity;
  }

  /** The first piece of the answer is there. */
  begin(): void {
    this.#firstTokenMs ??= Math.round(this.#deps.clock.monotonicMs() - this.#startedAtMs);
  }

  /** How it stands for whoever leaves while it is still being heard out. It is not settled by that. */
  foresee(end: AttemptEnd): AttemptSettled {
    return this.#priced(end, undefined).settled;
  }

  /** `gpuTime` is its share of its provider's. */
  settle(end: AttemptEnd, gpuTime: GpuTime): AttemptSettled {
    const { settled, cost } = this.#priced(end, gpuTime);
    const { alarms, journal } = this.#deps;
    const { name } = this.#deployment;
    if (cost instanceof PriceError) alarms.unpriced(name, cost.message);
    else if (cost && disagrees(cost)) {
      const ours = cost.recomputed?.rounded() ?? 0n;
      alarms.disagreed(name, formatUsd(cost.picoUsd), formatUsd(ours));
    }
    if (end.heard.refused !== undefined) alarms.refused(name, end.heard.refused);
    journal.settle(settled);
    return settled;
  }

  #priced(
    end: AttemptEnd,
    gpuTime: GpuTime | undefined,
  ): { readonly settled: AttemptSettled; readonly cost?: Cost | PriceError } {
    const { report: told, provenance } = this.#reportOf(end);
    const report = under(told, this.#deployment.conditions);
    const settled: Mutable<AttemptSettled> = {
      ...this.opened,
      type: 'attempt.settled',
      settledAtMs: this.#deps.clock.nowMs(),
      outcome: outcomeOf(end.fault),
      fault: end.fault?.kind ?? null,
      servedModel: this.#identity.model,
      upstreamId: this.#identity.upstreamId,
      usage: report.usage,
      provenance,
      costPicoUsd: 0n,
      firstTokenMs: this.#firstTokenMs,
      metering: meteringOf(this.#isTimed ? { ...report, gpuTime } : report),
    };
    if (provenance === 'computed' && !this.#isTimed) return { settled };
    try {
      const cost = costOfAttempt(settled, this.#deps.prices);
      settled.costPicoUsd = cost.picoUsd;
      return { settled, cost };
    } catch (error) {
      if (!(error instanceof PriceError)) throw error;
      // The model has no price, or something was used that its price does not cover: not known, and not nothing.
      settled.costPicoUsd = null;
      return { settled, cost: error };
    }
  }

  /** What the provider said, filled up from what was seen where it did not come to say all. */
  #reportOf({ fault, free, heard }: AttemptEnd): { report: UsageReport; provenance: Provenance } {
    const { report, seen } = heard;
    if (report && !report.incomplete) return { report, provenance: 'reported' };
    if (!report && free) return { report: { usage: NO_USAGE }, provenance: 'computed' };
    const known = report?.usage ?? {
      ...NO_USAGE,
      inputTokens: this.opened.estimatedInputTokens,
    };
    const seenTokens = seen.tokens || estimateTokens(seen.characters);
    const outputTokens = Math.max(known.outputTokens, seenTokens);
    // Where time is paid for, what it cost does not rest on the tokens; but what was left may still go on.
    const ended = this.#isTimed ? 'computed' : 'estimated';
    return {
      report: { ...report, usage: { ...known, outputTokens } },
      provenance: fault ? 'lower_bound' : ended,
    };
  }
}

/** With what holds for every call there. What the reply says of the same goes first. */
function under(report: UsageReport, conditions: Deployment['conditions']): UsageReport {
  return conditions ? { ...report, conditions: { ...conditions, ...report.conditions } } : report;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Null when it is not known; of hardware that is paid for by its time, a prompt alone takes nobody knows how much. */
function promptCost(inputTokens: number, price: Price | undefined, atMs: number): bigint | null {
  if (!price || price.gpu) return null;
  try {
    return costOf({ usage: { ...NO_USAGE, inputTokens } }, () => price, { atMs }).picoUsd;
  } catch (error) {
    if (error instanceof PriceError) return null;
    throw error;
  }
}

function outcomeOf(fault: Fault | undefined): AttemptOutcome {
  if (!fault) return 'completed';
  if (fault.kind === 'cancelled') return 'cancelled';
  return fault.kind === 'deadline_exceeded' ? 'timed_out' : 'failed';
}
