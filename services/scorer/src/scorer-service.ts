import { type DecisionPolicy, decide } from '@weir/cascade';
import { type Expectations, Fault, type ScoreCall, type Scorer, type Verdict } from '@weir/core';
import { Validators } from './validators/index.ts';

export interface ScoringRoute {
  readonly policy: DecisionPolicy;
  /** What the route's owner expects of every answer, on top of what a caller expects of one. */
  readonly expect: Expectations;
}

/** Says whether a draft may be served: hard validators first, then the evidence against the route's threshold. */
export class ScorerService implements Scorer {
  readonly #routes: ReadonlyMap<string, ScoringRoute>;
  readonly #validators = new Validators();

  constructor(routes: ReadonlyMap<string, ScoringRoute>) {
    this.#routes = routes;
  }

  async score(call: ScoreCall): Promise<Verdict> {
    const route = this.#routes.get(call.route);
    if (!route) throw new Fault('model_not_found', `No route is called "${call.route}".`);
    const expectations = call.expect ? [route.expect, call.expect] : [route.expect];
    const vetoes = this.#validators.vetoes(call.chat, call.reply, expectations);
    return decide(route.policy, call.chat, call.reply, vetoes);
  }
}
