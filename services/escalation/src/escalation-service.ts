import {
  type AttemptRole,
  type Escalation,
  FailedCall,
  Fault,
  type ModelCall,
  type Served,
  type ServedEvent,
  unreachable,
} from '@weir/core';
import type { Ladder, Rung } from '@weir/upstream';

/** What a route escalates to: its tiers in order, or the one model that a call without a cascade named. */
export interface EscalationPlan {
  readonly role: Extract<AttemptRole, 'escalation' | 'direct'>;
  readonly rungs: readonly Rung[];
  /** Who is asked for an opinion of the route's drafts; absent where nobody is. */
  readonly judge?: Rung | undefined;
}

/**
 * The frontier's answer: tier after tier until one gives it, within the request's deadline and attempt bound. A shadow
 * call asks the same tiers; a judge is a model of its own. Both are booked under the route that they are for.
 */
export class EscalationService implements Escalation {
  readonly #ladder: Ladder;
  readonly #plans: ReadonlyMap<string, EscalationPlan>;

  /** `plans` by route name and, for direct calls, by `provider/model`. */
  constructor(ladder: Ladder, plans: ReadonlyMap<string, EscalationPlan>) {
    this.#ladder = ladder;
    this.#plans = plans;
  }

  escalate(call: ModelCall, signal: AbortSignal): Promise<Served> {
    const { rungs, role } = this.#stepsOf(call);
    return this.#ladder.generate(rungs, role, call, signal);
  }

  stream(call: ModelCall, signal: AbortSignal): AsyncIterable<ServedEvent> {
    const { rungs, role } = this.#stepsOf(call);
    return this.#ladder.stream(rungs, role, call, signal);
  }

  #stepsOf({ context }: ModelCall): Steps {
    const plan = this.#plans.get(context.route);
    if (!plan) throw refusal(`No model is configured for "${context.route}".`);
    switch (context.role) {
      case undefined:
        return plan;
      case 'shadow':
        return { role: 'shadow', rungs: plan.rungs };
      case 'judge':
        if (!plan.judge) throw refusal(`No judge is configured for "${context.route}".`);
        return { role: 'judge', rungs: [plan.judge] };
      case 'second_draft':
        throw refusal('A second draft is for the draft service to make.');
      default:
        return unreachable(context.role);
    }
  }
}

/** Whom one call asks, and as what it is booked. */
interface Steps {
  readonly role: AttemptRole;
  readonly rungs: readonly Rung[];
}

function refusal(message: string): FailedCall {
  return new FailedCall(new Fault('model_not_found', message), []);
}
