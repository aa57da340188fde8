import { draftDeadlineAtMs, escalatesAfterDraftFault, servesFlaggedDraft } from '@weir/cascade';
import {
  type ChatReply,
  type Clock,
  type Draft,
  deltasOf,
  type Escalation,
  Fault,
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
  type Verdict,
} from '@weir/core';
import { estimatePromptTokens, pricesBetween, worstCaseOf } from '@weir/pricing';
import { LATENCY_BUCKETS_MS, type Log, type Metrics, withDeadline } from '@weir/runtime';
import { RequestRun } from './request-run.ts';
import type { Route } from './route.ts';

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
}

/** A draft that was made and judged, whatever came of it. */
interface Judged {
  readonly served: Served;
  readonly verdict: Verdict;
}

/**
 * Runs one request: hold, draft, score, then accept or escalate, inside one deadline. This is where the decisions are;
 * what they rest on are pure functions of `@weir/cascade`.
 */
export class GatewayService implements Inference {
  readonly #options: GatewayOptions;
  readonly #requests;
  readonly #durations;

  constructor(options: GatewayOptions) {
    this.#options = options;
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
      const judged = await this.#judgedDraft(run, deadline.signal);
      if (judged?.verdict.decision === 'accept') return this.#end(run, judged.served, 'served');
      try {
        const served = await this.#options.escalation.escalate(run.modelCall(), deadline.signal);
        run.took(served.attempts);
        return this.#end(run, served, 'served');
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
      const judged = await this.#judgedDraft(run, deadline.signal);
      if (judged) yield { type: 'verdict', verdict: judged.verdict };
      if (judged?.verdict.decision === 'accept') {
        const end = this.#end(run, judged.served, 'served');
        yield* deltasOf(end.reply);
        yield { type: 'end', end };
        return;
      }
      yield* this.#escalated(run, judged, deadline.signal);
    } catch (thrown) {
      throw this.#failed(run, thrown);
    } finally {
      run.fail(new Fault('cancelled', 'The caller left.'));
    }
  }

  async *#escalated(
    run: RequestRun,
    judged: Judged | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<InferenceEvent, void, undefined> {
    let committed = false;
    try {
      for await (const event of this.#options.escalation.stream(run.modelCall(), signal)) {
        if (event.type === 'end') {
          run.took(event.served.attempts);
          yield { type: 'end', end: this.#end(run, event.served, 'served') };
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
    const { clock, ledger, holdGraceMs } = this.#options;
    const { prices, maxOutputTokens, timeoutMs } = run.route;
    const bounds = {
      inputTokens: estimatePromptTokens(chat),
      maxOutputTokens: chat.maxOutputTokens ?? maxOutputTokens,
      withinMs: timeoutMs,
      serviceTier: chat.serviceTier,
    };
    const nowMs = clock.nowMs();
    let amountPicoUsd = 0n;
    for (const history of prices) {
      let most = 0n;
      // A price may change while the request runs.
      for (const price of pricesBetween(history, nowMs, nowMs + timeoutMs)) {
        const cost = worstCaseOf(bounds, price);
        if (cost > most) most = cost;
      }
      amountPicoUsd += most;
    }
    const expiresInMs = Math.ceil(timeoutMs + holdGraceMs);
    await ledger.hold({ ...principal, requestId, amountPicoUsd, expiresInMs }, signal);
  }

  /** Undefined when there is no draft to judge: none is wanted, or it failed in a way that escalation may not. */
  async #judgedDraft(run: RequestRun, signal: AbortSignal): Promise<Judged | undefined> {
    if (run.route.kind === 'direct') return undefined;
    const { clock, draft } = this.#options;
    const chat = this.#draftChat(run);
    let served: Served;
    const deadlineAtMs = draftDeadlineAtMs(
      clock.monotonicMs(),
      run.deadlineAtMs,
      run.route.escalationReserveMs,
    );
    try {
      served = await draft.generate(run.modelCall(chat, deadlineAtMs), signal);
    } catch (thrown) {
      const fault = run.failedBy(thrown);
      if (signal.aborted || !escalatesAfterDraftFault(fault)) throw fault;
      return undefined;
    }
    run.took(served.attempts);
    const verdict = await this.#score(run, chat, served.reply, signal);
    if (!verdict) return undefined;
    run.judge(verdict);
    return { served, verdict };
  }

  #draftChat(run: RequestRun) {
    const { chat } = run.call;
    const topLogprobs = Math.max(chat.topLogprobs ?? 0, run.route.topLogprobs);
    return topLogprobs === chat.topLogprobs ? chat : { ...chat, topLogprobs };
  }

  /** A scorer that fails is no reason to trust a draft: without a verdict the request escalates. */
  async #score(
    run: RequestRun,
    chat: InferenceCall['chat'],
    reply: ChatReply,
    signal: AbortSignal,
  ): Promise<Verdict | undefined> {
    const { requestId, expect } = run.call;
    const { scorer, log } = this.#options;
    try {
      return await scorer.score({ requestId, route: run.route.name, chat, reply, expect }, signal);
    } catch (thrown) {
      const fault = Fault.from(thrown);
      if (signal.aborted || fault.kind === 'invalid_request') throw fault;
      log.error({ requestId, fault: fault.kind, cause: String(fault.cause) }, 'the scorer failed');
      return undefined;
    }
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
    this.#requests.inc({ route, outcome, decision: run.verdict?.decision ?? 'none' });
    const { clock } = this.#options;
    this.#durations.observe({ route }, clock.monotonicMs() - run.startedAtMs);
  }
}
