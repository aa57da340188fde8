import { servesFlaggedDraft } from '@weir/cascade';
import {
  type Clock,
  type Draft,
  deltasOf,
  type Escalation,
  Fault,
  type FeedbackCall,
  type FeedbackReceipt,
  type Inference,
  type InferenceCall,
  type InferenceEnd,
  type InferenceEvent,
  isRetired,
  type Journal,
  type Ledger,
  retiredFault,
  type Scorer,
  type Served,
} from '@weir/core';
import { LATENCY_BUCKETS_MS, type Log, type Metrics, withDeadline } from '@weir/runtime';
import { Drafting, type Judged } from './drafting.ts';
import { takeFeedback } from './feedback.ts';
import { RequestRun } from './request-run.ts';
import type { Route } from './route.ts';
import { type Drawn, Shadows } from './shadows.ts';
import { worstCaseOfRequest } from './worst-case.ts';

export interface GatewayOptions {
  readonly draft: Draft;
  readonly scorer: Scorer;
  readonly escalation: Escalation;
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Routes by name, and direct calls by `provider/model`. */
  readonly routes: ReadonlyMap<string, Route>;
  /** `tenant/keyId` of the keys whose spending is limited. */
  readonly budgeted: ReadonlySet<string>;
  /** A hold outlives its request by this much, for its events to arrive. */
  readonly holdGraceMs: number;
  /** In [0, 1): which accepted drafts the frontier is asked about is left to chance, and tests choose it. */
  readonly random: () => number;
  readonly shadowTimeoutMs: number;
  /** How many requests are learned from at a time. */
  readonly maxShadowCalls: number;
}

/**
 * Runs one request: hold, draft, score, then accept or escalate, inside one deadline. This is where the decisions are;
 * what they rest on are pure functions of `@weir/cascade`.
 */
export class GatewayService implements Inference {
  readonly #options: GatewayOptions;
  readonly #drafting: Drafting;
  readonly #shadows: Shadows;
  readonly #requests;
  readonly #durations;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#drafting = new Drafting(options);
    this.#shadows = new Shadows(options);
    const { metrics } = options;
    this.#requests = metrics.counter('weir_requests_total', 'Requests by route and outcome', [
      'route',
      'outcome',
      'decision',
    ]);
    this.#durations = metrics.histogram(
      'weir_request_ms',
      'Duration of requests',
      ['route'],
      LATENCY_BUCKETS_MS,
    );
  }

  async complete(call: InferenceCall, signal: AbortSignal): Promise<InferenceEnd> {
    const run = this.#begin(call);
    using deadline = withDeadline(signal, run.deadlineAtMs - this.#options.clock.monotonicMs());
    try {
      if (this.#isBudgeted(run)) await this.#hold(run, deadline.signal);
      const judged = await this.#drafting.judged(run, deadline.signal);
      const drawn = judged && this.#shadows.draw(run, judged.verdict);
      if (judged?.verdict.decision === 'accept') return this.#accepted(run, judged, drawn);
      try {
        const served = await this.#options.escalation.escalate(run.modelCall(), deadline.signal);
        return this.#escalatedTo(run, served, judged, drawn);
      } catch (thrown) {
        return this.#flaggedDraft(run, judged, run.failedBy(thrown));
      }
    } catch (thrown) {
      throw this.#failed(run, thrown);
    }
  }

  /**
   * The same as a stream. A draft is judged whole before any of it is visible (stream mode `buffered`); an escalation
   * is passed on as it comes, and from its first piece on nobody else finishes it.
   */
  async *stream(
    call: InferenceCall,
    signal: AbortSignal,
  ): AsyncGenerator<InferenceEvent, void, undefined> {
    const run = this.#begin(call);
    using deadline = withDeadline(signal, run.deadlineAtMs - this.#options.clock.monotonicMs());
    try {
      if (this.#isBudgeted(run)) await this.#hold(run, deadline.signal);
      const judged = await this.#drafting.judged(run, deadline.signal);
      const drawn = judged && this.#shadows.draw(run, judged.verdict);
      if (judged) yield { type: 'verdict', verdict: judged.verdict };
      if (judged?.verdict.decision === 'accept') {
        const end = this.#accepted(run, judged, drawn);
        yield* deltasOf(end.reply);
        yield { type: 'end', end };
        return;
      }
      yield* this.#escalated(run, judged, drawn, deadline.signal);
    } catch (thrown) {
      throw this.#failed(run, thrown);
    } finally {
      run.fail(new Fault('cancelled', 'The caller left.'));
    }
  }

  /** What a user thought of an answer: the ledger knows what it is about. */
  feedback(call: FeedbackCall, signal: AbortSignal): Promise<FeedbackReceipt> {
    return takeFeedback(call, this.#options, signal);
  }

  /** For the end of the process, when no caller waits any more: what is still being learned gets this long. */
  finishShadows(withinMs: number): Promise<void> {
    return this.#shadows.finish(withinMs);
  }

  async *#escalated(
    run: RequestRun,
    judged: Judged | undefined,
    drawn: Drawn | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<InferenceEvent, void, undefined> {
    let committed = false;
    try {
      for await (const event of this.#options.escalation.stream(run.modelCall(), signal)) {
        if (event.type === 'end') {
          const end = this.#escalatedTo(run, event.served, judged, drawn);
          yield { type: 'end', end };
          return;
        }
        committed = true;
        yield event;
      }
      throw new Fault('upstream_invalid', 'The answer ended without being finished.');
    } catch (thrown) {
      const fault = run.failedBy(thrown);
      if (committed) throw fault;
      const end = this.#flaggedDraft(run, judged, fault);
      yield* deltasOf(end.reply);
      yield { type: 'end', end };
    }
  }

  #begin(call: InferenceCall): RequestRun {
    const route = this.#options.routes.get(call.model);
    if (!route) {
      throw new Fault(
        'model_not_found',
        'There is no such model here; GET /v1/models lists them.',
        {
          param: 'model',
        },
      );
    }
    const { name, retirement } = route;
    if (retirement && isRetired(retirement, this.#options.clock.nowMs())) {
      throw retiredFault(name, retirement);
    }
    return new RequestRun(route, call, this.#options);
  }

  /** Only keys with a budget pay for the asking. */
  #isBudgeted(run: RequestRun): boolean {
    const { tenant, keyId } = run.call.principal;
    return this.#options.budgeted.has(`${tenant}/${keyId}`);
  }

  /** Reserves the worst case of everything the request may do. */
  async #hold(run: RequestRun, signal: AbortSignal): Promise<void> {
    const { principal, chat, requestId } = run.call;
    const { clock, ledger, holdGraceMs, shadowTimeoutMs } = this.#options;
    const worst = worstCaseOfRequest(run.route, chat, clock.nowMs(), shadowTimeoutMs);
    const { amountPicoUsd, withinMs } = worst;
    const expiresInMs = Math.ceil(withinMs + holdGraceMs);
    await ledger.hold({ ...principal, requestId, amountPicoUsd, expiresInMs }, signal);
  }

  /** The draft is the answer. With the chance that its verdict names, the frontier is asked too, for nobody to wait for. */
  #accepted(run: RequestRun, judged: Judged, drawn: Drawn | undefined): InferenceEnd {
    if (drawn === undefined) return this.#end(run, judged.served, 'served');
    const { end, record } = run.endLater(judged.served);
    this.#count(run, 'served');
    this.#shadows.ask(run, judged, drawn, record);
    return end;
  }

  /** The frontier has answered, and so has told, where there was a draft, what that was worth. */
  #escalatedTo(
    run: RequestRun,
    served: Served,
    judged: Judged | undefined,
    drawn: Drawn | undefined,
  ): InferenceEnd {
    run.took(served.attempts);
    const end = this.#end(run, served, 'served');
    if (judged && drawn !== undefined) this.#shadows.compare(run, judged, served, drawn);
    return end;
  }

  /** Escalation has failed: the rejected draft, flagged, where the route's owner prefers that to an error. */
  #flaggedDraft(run: RequestRun, judged: Judged | undefined, fault: Fault): InferenceEnd {
    if (judged && servesFlaggedDraft(run.route.whenExhausted, judged.verdict, fault)) {
      return this.#end(run, judged.served, 'degraded');
    }
    throw fault;
  }

  #end(run: RequestRun, served: Served, outcome: 'served' | 'degraded'): InferenceEnd {
    const end = run.end(served, outcome);
    this.#count(run, outcome);
    return end;
  }

  #failed(run: RequestRun, thrown: unknown): Fault {
    const fault = run.failedBy(thrown);
    run.fail(fault);
    this.#count(run, fault.kind === 'cancelled' ? 'cancelled' : 'failed');
    if (fault.kind === 'internal') {
      this.#options.log.error(
        { requestId: run.call.requestId, err: fault.cause },
        'a request failed',
      );
    }
    return fault;
  }

  #count(run: RequestRun, outcome: string): void {
    const route = run.route.name;
    this.#requests.inc({ route, outcome, decision: run.decision });
    const { clock } = this.#options;
    this.#durations.observe({ route }, clock.monotonicMs() - run.startedAtMs);
  }
}
