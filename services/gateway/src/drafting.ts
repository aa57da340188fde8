import { draftDeadlineAtMs, escalatesAfterDraftFault } from '@weir/cascade';
import {
  type ChatRequest,
  Fault,
  type ScoreCall,
  type Scorer,
  type Served,
  type Verdict,
} from '@weir/core';
import { withDeadline } from '@weir/runtime';
import { Purchases, type PurchasesOptions } from './purchases.ts';
import type { RequestRun } from './request-run.ts';

export interface DraftingOptions extends PurchasesOptions {
  readonly scorer: Scorer;
}

/** A draft that was made and judged, whatever came of it. */
export interface Judged {
  readonly served: Served;
  readonly verdict: Verdict;
  /** What the scorer was asked, the last time. */
  readonly call: ScoreCall;
}

/** Makes a route's draft and has it judged, with as much evidence as the scorer wants and the request can pay for. */
export class Drafting {
  readonly #options: DraftingOptions;
  readonly #purchases: Purchases;
  readonly #skipped;

  constructor(options: DraftingOptions) {
    this.#options = options;
    this.#purchases = new Purchases(options);
    this.#skipped = options.metrics.counter(
      'weir_drafts_skipped_total',
      'Requests that went straight to escalation, their draft being most likely a waste',
      ['route'],
    );
  }

  /** Undefined when there is no draft to judge: none is wanted, or it failed in a way that escalation may not. */
  async judged(run: RequestRun, signal: AbortSignal): Promise<Judged | undefined> {
    const { route } = run;
    if (route.kind === 'direct') return undefined;
    const { clock, draft } = this.#options;
    const chat = draftChat(run);
    const startedAtMs = clock.monotonicMs();
    const deadlineAtMs = draftDeadlineAtMs(
      startedAtMs,
      run.deadlineAtMs,
      route.escalationReserveMs,
    );
    if (route.planDraft && (await this.#isWaste(run, deadlineAtMs, signal))) return undefined;
    let served: Served;
    try {
      served = await draft.generate(run.modelCall(chat, deadlineAtMs), signal);
    } catch (thrown) {
      const fault = run.failedBy(thrown);
      if (signal.aborted || !escalatesAfterDraftFault(fault)) throw fault;
      return undefined;
    }
    run.took(served.attempts);
    const { requestId, expect } = run.call;
    const { reply, endpoint } = served;
    const call: ScoreCall = { requestId, route: route.name, chat, reply, expect, endpoint };
    const verdict = await this.#score(call, signal);
    if (!verdict) return undefined;
    let judged: Judged | undefined = { served, verdict, call };
    if (verdict.buy) {
      const likelyMs = clock.monotonicMs() - startedAtMs;
      judged = await this.#withEvidence(run, judged, { deadlineAtMs, likelyMs }, signal);
    }
    if (judged) run.judge(judged.verdict);
    return judged;
  }

  /** A planner that fails, or that takes too long, keeps nobody from drafting. */
  async #isWaste(run: RequestRun, deadlineAtMs: number, signal: AbortSignal): Promise<boolean> {
    const { requestId, chat } = run.call;
    const { clock, log, scorer } = this.#options;
    const route = run.route.name;
    using deadline = withDeadline(signal, deadlineAtMs - clock.monotonicMs());
    try {
      const plan = await scorer.plan({ requestId, route, chat }, deadline.signal);
      if (!plan.draft) this.#skipped.inc({ route });
      return !plan.draft;
    } catch (thrown) {
      const fault = Fault.from(thrown);
      if (signal.aborted) throw fault;
      log.error({ requestId, fault: fault.kind, cause: String(fault.cause) }, 'the planner failed');
      return false;
    }
  }

  /** Judged again with what the verdict wanted to buy. What the second verdict wants is not bought. */
  async #withEvidence(
    run: RequestRun,
    judged: Judged,
    time: { readonly deadlineAtMs: number; readonly likelyMs: number },
    signal: AbortSignal,
  ): Promise<Judged | undefined> {
    const { buy, ...verdict } = judged.verdict;
    const bought = buy && (await this.#purchases.buy(run, buy, time, signal));
    if (!bought) return { ...judged, verdict };
    const call = { ...judged.call, bought };
    const again = await this.#score(call, signal);
    // What it wants holds the prompt, and goes no further than here.
    return again && { ...judged, call, verdict: { ...again, buy: undefined } };
  }

  /** A scorer that fails is no reason to trust a draft: without a verdict the request escalates. */
  async #score(call: ScoreCall, signal: AbortSignal): Promise<Verdict | undefined> {
    const { scorer, log } = this.#options;
    try {
      return await scorer.score(call, signal);
    } catch (thrown) {
      const fault = Fault.from(thrown);
      if (signal.aborted || fault.kind === 'invalid_request') throw fault;
      const { requestId } = call;
      log.error({ requestId, fault: fault.kind, cause: String(fault.cause) }, 'the scorer failed');
      return undefined;
    }
  }
}

/** The caller's request, with the log-probabilities that the scorer needs. */
function draftChat({ call: { chat }, route }: RequestRun): ChatRequest {
  const topLogprobs = Math.max(chat.topLogprobs ?? 0, route.topLogprobs);
  return topLogprobs === chat.topLogprobs ? chat : { ...chat, topLogprobs };
}
