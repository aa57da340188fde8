import {
  type Draft,
  FailedCall,
  Fault,
  type ModelCall,
  type Served,
  type ServedEvent,
} from '@weir/core';
import type { Ladder, Rung } from '@weir/upstream';

/** The cheap model's answer. A draft is asked once: what it cannot give, escalation can. */
export class DraftService implements Draft {
  readonly #ladder: Ladder;
  readonly #routes: ReadonlyMap<string, readonly Rung[]>;

  constructor(ladder: Ladder, routes: ReadonlyMap<string, readonly Rung[]>) {
    this.#ladder = ladder;
    this.#routes = routes;
  }

  generate(call: ModelCall, signal: AbortSignal): Promise<Served> {
    return this.#ladder.generate(this.#rungs(call), 'draft', call, signal);
  }

  stream(call: ModelCall, signal: AbortSignal): AsyncIterable<ServedEvent> {
    return this.#ladder.stream(this.#rungs(call), 'draft', call, signal);
  }

  #rungs(call: ModelCall): readonly Rung[] {
    const rungs = this.#routes.get(call.context.route);
    if (rungs) return rungs;
    const fault = new Fault(
      'model_not_found',
      `No draft is configured for "${call.context.route}".`,
    );
    throw new FailedCall(fault, []);
  }
}
