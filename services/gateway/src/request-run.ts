import {
  type AttemptSettled,
  type CallContext,
  type ChatRequest,
  type Clock,
  FailedCall,
  type Fault,
  type InferenceCall,
  type InferenceEnd,
  isRetired,
  type Journal,
  type ModelCall,
  type RequestCompleted,
  type RequestOutcome,
  type Served,
  type Verdict,
} from '@weir/core';
import { counterfactualOf, priceIn } from '@weir/pricing';
import type { Route } from './route.ts';

/** A request that was answered and is not over yet: more is asked for it behind the caller's back. */
export interface LateEnd {
  readonly end: InferenceEnd;
  /** Writes down that it is over, with every attempt made by then. To be called once. */
  readonly record: () => void;
}

/** What one request has come to so far: its attempts, its verdict, and, once, its end. */
export class RequestRun {
  readonly route: Route;
  readonly call: InferenceCall;
  readonly deadlineAtMs: number;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly startedAtMs: number;
  readonly #attempts: AttemptSettled[] = [];
  #verdict: Verdict | null = null;
  #completed = false;

  constructor(
    route: Route,
    call: InferenceCall,
    deps: { readonly clock: Clock; readonly journal: Journal },
  ) {
    this.route = route;
    this.call = call;
    this.#clock = deps.clock;
    this.#journal = deps.journal;
    this.startedAtMs = deps.clock.monotonicMs();
    this.deadlineAtMs =
      this.startedAtMs + Math.min(call.timeoutMs ?? route.timeoutMs, route.timeoutMs);
  }

  get verdict(): Verdict | null {
    return this.#verdict;
  }

  judge(verdict: Verdict): void {
    this.#verdict = verdict;
  }

  /** Upstream calls that may still be made for it. */
  get attemptsLeft(): number {
    return Math.max(0, this.route.maxAttempts - this.#attempts.length);
  }

  /** Without a verdict, a cascade that called anyone has escalated. */
  get decision(): 'accept' | 'escalate' | 'none' {
    if (this.#verdict) return this.#verdict.decision;
    return this.route.kind === 'cascade' && this.#attempts.length > 0 ? 'escalate' : 'none';
  }

  /** A call to a model for this request; `chat` and deadline where they differ from the request's own. */
  modelCall(
    chat: ChatRequest = this.call.chat,
    deadlineAtMs = this.deadlineAtMs,
    role?: CallContext['role'],
  ): ModelCall {
    const { principal, requestId, tags, traceparent } = this.call;
    const context: CallContext = {
      tenant: principal.tenant,
      keyId: principal.keyId,
      requestId,
      route: this.route.name,
      deadlineAtMs,
      attemptsLeft: this.attemptsLeft,
      tags,
      traceparent,
      role,
    };
    return { context, chat };
  }

  took(attempts: readonly AttemptSettled[]): void {
    this.#attempts.push(...attempts);
  }

  /** Takes a failed call's attempts in and gives back why it failed. */
  failedBy(thrown: unknown): Fault {
    const failed = FailedCall.from(thrown);
    this.took(failed.attempts);
    return failed.fault;
  }

  /** The request ends with this answer. */
  end(served: Served, outcome: Extract<RequestOutcome, 'served' | 'degraded'>): InferenceEnd {
    const counterfactualPicoUsd = this.#counterfactual(served.attempts.at(-1));
    this.#complete(outcome, served.tier, null, counterfactualPicoUsd);
    return this.#endOf(served, outcome, counterfactualPicoUsd);
  }

  /**
   * The caller has this answer, and more will be asked. What was made for the caller is what it is told; what follows is
   * the request's too: its hold stays, and its record has every attempt and waits for the last one.
   */
  endLater(served: Served): LateEnd {
    const counterfactualPicoUsd = this.#counterfactual(served.attempts.at(-1));
    const completed = this.#completion('served', served.tier, null, counterfactualPicoUsd);
    this.#completed = true;
    const end = this.#endOf(served, 'served', counterfactualPicoUsd);
    return {
      end: { ...end, attempts: [...this.#attempts] },
      record: () => this.#journal.record({ ...completed, attempts: this.#attempts.length }),
    };
  }

  #endOf(
    served: Served,
    outcome: Extract<RequestOutcome, 'served' | 'degraded'>,
    counterfactualPicoUsd: bigint | null,
  ): InferenceEnd {
    let costPicoUsd = 0n;
    let costIsLowerBound = false;
    for (const { costPicoUsd: cost, provenance } of this.#attempts) {
      costPicoUsd += cost ?? 0n;
      if (cost === null || provenance === 'lower_bound' || provenance === 'unknown') {
        costIsLowerBound = true;
      }
    }
    return {
      requestId: this.call.requestId,
      route: this.route.name,
      reply: served.reply,
      outcome,
      servedBy: served.tier,
      verdict: this.#verdict,
      attempts: this.#attempts,
      costPicoUsd,
      costIsLowerBound,
      counterfactualPicoUsd,
      dropped: served.dropped,
    };
  }

  /** The request ends without one. Does nothing when it has already ended. */
  fail(fault: Fault): void {
    const outcome = fault.kind === 'cancelled' ? 'cancelled' : 'failed';
    this.#complete(outcome, '', fault, 0n);
  }

  /**
   * What the frontier alone would have cost. Its own answer is its own price; a draft's tokens are priced at the
   * frontier's rates; a call without a cascade has nothing to compare with and saves nothing.
   */
  #counterfactual(answer: AttemptSettled | undefined): bigint | null {
    if (!answer) return null;
    const { frontiers, kind } = this.route;
    const frontier = frontiers.find(({ retirement }) => !isRetired(retirement, answer.settledAtMs));
    if (kind === 'direct' || answer.tier === frontier?.tier) return answer.costPicoUsd;
    const price = frontier && priceIn(frontier.prices, answer.settledAtMs);
    if (!price) return null;
    const { conditions } = frontier;
    return counterfactualOf(answer.usage, price, { atMs: answer.settledAtMs, conditions });
  }

  #complete(
    outcome: RequestOutcome,
    servedBy: string,
    fault: Fault | null,
    counterfactualPicoUsd: bigint | null,
  ): void {
    if (this.#completed) return;
    this.#completed = true;
    this.#journal.record(this.#completion(outcome, servedBy, fault, counterfactualPicoUsd));
  }

  #completion(
    outcome: RequestOutcome,
    servedBy: string,
    fault: Fault | null,
    counterfactualPicoUsd: bigint | null,
  ): RequestCompleted {
    const { principal, requestId, tags } = this.call;
    return {
      type: 'request.completed',
      requestId,
      tenant: principal.tenant,
      keyId: principal.keyId,
      route: this.route.name,
      completedAtMs: this.#clock.nowMs(),
      durationMs: Math.round(this.#clock.monotonicMs() - this.startedAtMs),
      outcome,
      fault: fault?.kind ?? null,
      decision: this.decision,
      confidence: this.#verdict?.confidence ?? null,
      servedBy,
      attempts: this.#attempts.length,
      counterfactualPicoUsd,
      tags,
      judgement: this.#verdict?.judgement ?? null,
    };
  }
}
