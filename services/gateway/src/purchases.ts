import type { Bought, Clock, Draft, Escalation, Purchase } from '@weir/core';
import type { Log, Metrics } from '@weir/runtime';
import type { RequestRun } from './request-run.ts';

export interface PurchasesOptions {
  readonly draft: Draft;
  readonly escalation: Escalation;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** How much time a purchase has, and how much it is likely to need. */
export interface PurchaseTime {
  /** The draft's: what is kept for an escalation is not spent on evidence. */
  readonly deadlineAtMs: number;
  /** What the draft took. A second one takes as long, and a judge hardly less. */
  readonly likelyMs: number;
}

/** Buys evidence about a draft: another draft of the same, or a judge's opinion. One call each, booked like any other. */
export class Purchases {
  readonly #options: PurchasesOptions;
  readonly #made;

  constructor(options: PurchasesOptions) {
    this.#options = options;
    this.#made = options.metrics.counter(
      'weir_evidence_purchases_total',
      'Evidence about drafts that scorers wanted, and whether it was had',
      ['route', 'kind', 'outcome'],
    );
  }

  /** Undefined where it is not to be had within the request's calls and time: then the verdict stands without it. */
  async buy(
    run: RequestRun,
    { kind, chat }: Purchase,
    time: PurchaseTime,
    signal: AbortSignal,
  ): Promise<Bought | undefined> {
    if (!this.#isAffordable(run, kind, time)) {
      this.#count(run, kind, 'declined');
      return undefined;
    }
    const { context } = run.modelCall(chat, time.deadlineAtMs, kind);
    const call = { context: { ...context, attemptsLeft: 1 }, chat };
    const { draft, escalation } = this.#options;
    try {
      const served = await (kind === 'judge'
        ? escalation.escalate(call, signal)
        : draft.generate(call, signal));
      run.took(served.attempts);
      this.#count(run, kind, 'bought');
      return { kind, reply: served.reply };
    } catch (thrown) {
      const fault = run.failedBy(thrown);
      if (signal.aborted) throw fault;
      if (fault.kind === 'internal') {
        const { requestId } = run.call;
        this.#options.log.error({ requestId, kind, err: fault.cause }, 'buying evidence failed');
      }
      this.#count(run, kind, 'failed');
      return { kind, reply: null };
    }
  }

  /** One call must be left for the answer itself, or for the shadow call, and time in which this one can end. */
  #isAffordable({ route, attemptsLeft }: RequestRun, kind: Purchase['kind'], time: PurchaseTime) {
    if (!route.learns || (kind === 'judge' && !route.judge) || attemptsLeft < 2) return false;
    return this.#options.clock.monotonicMs() + time.likelyMs <= time.deadlineAtMs;
  }

  #count({ route }: RequestRun, kind: Purchase['kind'], outcome: string): void {
    this.#made.inc({ route: route.name, kind, outcome });
  }
}
