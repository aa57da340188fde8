import {
  type Draft,
  FailedCall,
  Fault,
  type ModelCall,
  type Served,
  type ServedEvent,
} from '@weir/core';
import type { EndpointWatch, Ladder, Rung } from '@weir/upstream';

/** The cheap model's answer, and what is known of who gave it. A draft is asked once: what it cannot give, escalation can. */
export class DraftService implements Draft {
  readonly #ladder: Ladder;
  readonly #routes: ReadonlyMap<string, readonly Rung[]>;
  readonly #endpoints: Pick<EndpointWatch, 'endpointOf'>;

  constructor(
    ladder: Ladder,
    routes: ReadonlyMap<string, readonly Rung[]>,
    endpoints: Pick<EndpointWatch, 'endpointOf'>,
  ) {
    this.#ladder = ladder;
    this.#routes = routes;
    this.#endpoints = endpoints;
  }

  async generate(call: ModelCall, signal: AbortSignal): Promise<Served> {
    const rungs = this.#rungs(call);
    const role = call.context.role ?? 'draft';
    return this.#known(rungs, await this.#ladder.generate(rungs, role, call, signal));
  }

  async *stream(call: ModelCall, signal: AbortSignal): AsyncGenerator<ServedEvent> {
    const rungs = this.#rungs(call);
    const role = call.context.role ?? 'draft';
    for await (const event of this.#ladder.stream(rungs, role, call, signal)) {
      yield event.type === 'end' ? { ...event, served: this.#known(rungs, event.served) } : event;
    }
  }

  /** With its endpoint. */
  #known(rungs: readonly Rung[], served: Served): Served {
    const { provider, model, servedModel = '' } = served.attempts.at(-1) ?? {};
    const rung = rungs.find(
      ({ deployment }) => deployment.provider === provider && deployment.model === model,
    );
    if (!rung) return served;
    return { ...served, endpoint: this.#endpoints.endpointOf(rung.deployment.name, servedModel) };
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
