import {
  type Clock,
  type DraftLabelled,
  type Escalation,
  Fault,
  type Journal,
  type Scorer,
  type Served,
  type Verdict,
} from '@weir/core';
import { ChurnMap, type Log, type Metrics, turnEnd, withDeadline } from '@weir/runtime';
import { comparedLabel } from './draft-label.ts';
import type { Judged } from './drafting.ts';
import type { RequestRun } from './request-run.ts';

export interface ShadowsOptions {
  readonly scorer: Scorer;
  readonly escalation: Escalation;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
  /** How long the frontier may take, and then the comparison with it. */
  readonly shadowTimeoutMs: number;
  readonly maxShadowCalls: number;
}

/** How a request came to be learned from. */
export type Drawn = Pick<DraftLabelled, 'propensity' | 'sampled'>;

/**
 * Labels of rejected drafts cost no call, but they take room in the ledger: so many times as often as accepted ones they are
 * learned from.
 */
const REJECTED_ODDS = 10;

/** A route's trouble with its labels is told once in this time. */
const TELL_EVERY_MS = 60_000;

/**
 * Finds out, behind the callers' backs, whether drafts were right: accepted ones by asking the frontier as well, with the
 * chance that their verdict names; rejected ones by the frontier's answer, which is there already. No caller waits for
 * any of it, or hears of it when it fails.
 */
export class Shadows {
  readonly #options: ShadowsOptions;
  /** What is under way, by what stops it. */
  readonly #running = new ChurnMap<AbortController, Promise<void>>();
  readonly #toldAtMs = new Map<string, number>();
  readonly #skipped;
  readonly #labels;
  #closed = false;

  constructor(options: ShadowsOptions) {
    this.#options = options;
    this.#skipped = options.metrics.counter(
      'weir_shadow_skipped_total',
      'Requests that nothing was learned from, as many being learned from already as may be',
      ['route'],
    );
    this.#labels = options.metrics.counter(
      'weir_draft_labels_total',
      'Drafts that the frontier was to tell the worth of, and what came of it',
      ['route', 'source', 'outcome'],
    );
  }

  /**
   * With what chance a request like this one is learned from, and whether it was drawn; undefined where this one is not.
   *
   * Under load requests are passed over, with a chance that nobody knows. If that hit accepted drafts alone, they would
   * count for less beside rejected ones than they are, and risk would look smaller. So it hits both: here, as soon as their
   * verdict is known, by whether there is room, which is what other requests left and has nothing to do with this draft.
   * Among those that found room, the chances are exactly what the labels say. A rejected draft that did is compared once
   * its escalation has ended, however little room there is by then.
   */
  draw({ route }: RequestRun, { decision, shadowChance }: Verdict): Drawn | undefined {
    if (shadowChance === undefined || !route.learns || this.#closed) return undefined;
    const isAccepted = decision === 'accept';
    const drawn = this.#options.random();
    const sampled = drawn < shadowChance;
    const propensity = Math.min(1, isAccepted ? shadowChance : REJECTED_ODDS * shadowChance);
    if (!(drawn < propensity)) return undefined;
    if (this.#running.size >= this.#options.maxShadowCalls) {
      this.#skipped.inc({ route: route.name });
      return undefined;
    }
    return { propensity, sampled };
  }

  /** Asks the frontier what the draft was asked; `record` is called once its attempts are known. */
  ask(run: RequestRun, judged: Judged, drawn: Drawn, record: () => void): void {
    this.#start(run, async (signal) => {
      const frontier = await this.#frontier(run, signal).finally(record);
      if (frontier) {
        await this.#label(run, judged, frontier, { source: 'shadow', ...drawn }, signal);
      }
    });
  }

  /** Compares a rejected draft with the answer that took its place. */
  compare(run: RequestRun, judged: Judged, frontier: Served, drawn: Drawn): void {
    this.#start(run, (signal) => {
      return this.#label(run, judged, frontier, { source: 'escalation', ...drawn }, signal);
    });
  }

  /** Begins nothing more, waits for what is under way, and stops it when the time is up. */
  async finish(withinMs: number): Promise<void> {
    this.#closed = true;
    const running = [...this.#running];
    const timer = setTimeout(() => {
      for (const [stop] of running) stop.abort(CLOSING);
    }, withinMs);
    await Promise.all(running.map(([, over]) => over));
    clearTimeout(timer);
  }

  #start(run: RequestRun, work: (signal: AbortSignal) => Promise<void>): void {
    const stop = new AbortController();
    const over = this.#done(run, work, stop.signal).finally(() => this.#running.delete(stop));
    this.#running.set(stop, over);
  }

  async #done(
    run: RequestRun,
    work: (signal: AbortSignal) => Promise<void>,
    stopped: AbortSignal,
  ): Promise<void> {
    // Answers leave at the end of their turn; this begins in the next.
    await turnEnd();
    await turnEnd();
    using deadline = withDeadline(stopped, this.#options.shadowTimeoutMs);
    try {
      await work(deadline.signal);
    } catch (thrown) {
      const { requestId } = run.call;
      this.#options.log.error({ requestId, err: thrown }, 'learning from a request failed');
    }
  }

  async #frontier(run: RequestRun, signal: AbortSignal): Promise<Served | undefined> {
    const { clock, escalation, shadowTimeoutMs } = this.#options;
    const deadlineAtMs = clock.monotonicMs() + shadowTimeoutMs;
    try {
      const call = run.modelCall(run.call.chat, deadlineAtMs, 'shadow');
      const served = await escalation.escalate(call, signal);
      run.took(served.attempts);
      return served;
    } catch (thrown) {
      this.#count(run, 'shadow', 'unanswered', run.failedBy(thrown));
      return undefined;
    }
  }

  async #label(
    run: RequestRun,
    judged: Judged,
    frontier: Served,
    how: Drawn & Pick<DraftLabelled, 'source'>,
    signal: AbortSignal,
  ): Promise<void> {
    const { scorer, journal, clock } = this.#options;
    const frontierCostPicoUsd = frontier.attempts.at(-1)?.costPicoUsd ?? null;
    try {
      const call = { ...judged.call, frontier: frontier.reply, frontierCostPicoUsd };
      const comparison = await scorer.compare(call, signal);
      if (!comparison) return this.#count(run, how.source, 'incomparable');
      const labelledAtMs = clock.nowMs();
      journal.record(comparedLabel(run, judged, { ...how, labelledAtMs }, comparison));
      this.#count(run, how.source, 'labelled');
    } catch (thrown) {
      this.#count(run, how.source, 'failed', Fault.from(thrown));
    }
  }

  #count(run: RequestRun, source: string, outcome: string, fault?: Fault): void {
    const route = run.route.name;
    this.#labels.inc({ route, source, outcome });
    if (outcome === 'labelled') return;
    const { clock, log } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - (this.#toldAtMs.get(route) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return;
    this.#toldAtMs.set(route, nowMs);
    const { requestId } = run.call;
    const err = fault?.kind === 'internal' ? fault.cause : undefined;
    log.warn(
      { route, requestId, source, outcome, fault: fault?.kind, err },
      'a draft got no label',
    );
  }
}

const CLOSING = new DOMException('The process is ending.', 'AbortError');
