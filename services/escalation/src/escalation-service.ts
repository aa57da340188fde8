import {
  type AttemptRole,
  type Escalation,
  FailedCall,
  Fault,
  type ModelCall,
  type Served,
  type ServedEvent,
} from '@weir/core';
import type { Ladder, Rung } from '@weir/upstream';

/** What a route escalates to: its tiers in order, or the one model that a call without a cascade named. */
export interface EscalationPlan {
  readonly role: Extract<AttemptRole, 'escalation' | 'direct'>;
  readonly rungs: readonly Rung[];
}

/** The frontier's answer: tier after tier until one gives it, within the request's deadline and attempt bound. */
export class EscalationService implements Escalation {
  readonly #ladder: Ladder;
  readonly #plans: ReadonlyMap<string, EscalationPlan>;

  /** `plans` by route name and, for direct calls, by `provider/model`. */
  constructor(ladder: Ladder, plans: ReadonlyMap<string, EscalationPlan>) {
    this.#ladder = ladder;
    this.#plans = plans;
  }

  escalate(call: ModelCall, signal: AbortSignal): Promise<Served> {
    const { rungs, role } = this.#plan(call);
    return this.#ladder.generate(rungs, role, call, signal);
  }

  stream(call: ModelCall, signal: AbortSignal): AsyncIterable<ServedEvent> {
    const { rungs, role } = this.#plan(call);
    return this.#ladder.stream(rungs, role, call, signal);
  }

  #plan(call: ModelCall): EscalationPlan {
    const plan = this.#plans.get(call.context.route);
    if (plan) return plan;
    const fault = new Fault(
      'model_not_found',
      `No model is configured for "${call.context.route}".`,
    );
    throw new FailedCall(fault, []);
  }
}
