import { type DecisionPolicy, decide, decideByModel, logprobEvidence } from '@weir/cascade';
import {
  type ChatReply,
  type CompareCall,
  type Comparison,
  type DraftPlan,
  type Example,
  type Expectations,
  Fault,
  type Purchase,
  type ScoreCall,
  type Scorer,
  type Verdict,
} from '@weir/core';
import { agreement, draftRightFrom, isAnswer } from './comparison/index.ts';
import { judgeOpinion, judgeRequest } from './judge/index.ts';
import type { LearnedRoute } from './learned-route.ts';
import { secondDraftRequest } from './signals/bought.ts';
import { readSignals, SIGNAL_SET, unbought } from './signals/index.ts';
import { ngramsOf } from './signals/ngrams.ts';
import { type Beside, Reading } from './signals/reading.ts';
import { Validators } from './validators/index.ts';

export interface ScoringRoute {
  /** How drafts are judged where no scorer model does. */
  readonly policy: DecisionPolicy;
  /** What the route's owner expects of every answer, on top of what a caller expects of one. */
  readonly expect: Expectations;
  /** With a target of its owner's: a scorer model decides. */
  readonly learned?: LearnedRoute | undefined;
}

/** Draws for the drafts that are made although they are most likely a waste; in [0, 1). */
type Random = () => number;

/**
 * Says whether a draft may be served: hard validators first, then either the evidence against the route's threshold, or a
 * scorer model's opinion against its certified price.
 */
export class ScorerService implements Scorer {
  readonly #routes: ReadonlyMap<string, ScoringRoute>;
  readonly #random: Random;
  readonly #validators = new Validators();

  constructor(routes: ReadonlyMap<string, ScoringRoute>, random: Random) {
    this.#routes = routes;
    this.#random = random;
  }

  async score(call: ScoreCall): Promise<Verdict> {
    const route = this.#route(call.route);
    const vetoes = this.#vetoes(route, call, call.reply);
    if (!route.learned) {
      return decide(route.policy, call.chat, call.reply, vetoes, call.endpoint?.logprobsTrusted);
    }
    return byModel(route.learned, call, vetoes);
  }

  async plan({ route: name, chat }: Pick<ScoreCall, 'route' | 'chat'>): Promise<DraftPlan> {
    const { learned } = this.#route(name);
    if (!learned) return { draft: true, escalationChance: null };
    const reading = new Reading(chat, NO_REPLY);
    const chance = learned.escalationChance(ngramsOf(reading));
    const draft = chance === null || learned.isWorthDrafting(chance, this.#random);
    if (!draft) learned.skipped();
    return { draft, escalationChance: chance };
  }

  /**
   * The frontier's answer is taken for right unless it fails a validator, and the draft for as right as it agrees with
   * it; a draft that fails one is wrong, and so is one that gives no answer where there was one to give.
   */
  async compare(call: CompareCall): Promise<Comparison | null> {
    const route = this.#route(call.route);
    if (this.#vetoes(route, call, call.frontier).length > 0) return null;
    const example = exampleOf(call, route.learned?.relativeCost(call.frontierCostPicoUsd) ?? null);
    const isBroken = this.#vetoes(route, call, call.reply).length > 0;
    if (isBroken || (isAnswer(call.frontier) && !isAnswer(call.reply))) {
      return { draftRight: 0, frontierRight: 1, example };
    }
    const agreed = agreement(call.chat, call.reply, call.frontier);
    return agreed && { draftRight: draftRightFrom(agreed), frontierRight: 1, example };
  }

  #route(name: string): ScoringRoute {
    const route = this.#routes.get(name);
    if (!route) throw new Fault('model_not_found', `No route is called "${name}".`);
    return route;
  }

  #vetoes(route: ScoringRoute, { chat, expect }: ScoreCall, reply: ChatReply): string[] {
    const expectations = expect ? [route.expect, expect] : [route.expect];
    return this.#validators.vetoes(chat, reply, expectations);
  }
}

const NO_REPLY: ChatReply = { text: '', toolCalls: [], finish: 'stop' };

function byModel(learned: LearnedRoute, call: ScoreCall, vetoes: readonly string[]): Verdict {
  const { reading, hasLogprobs } = readingOf(call);
  const values = readSignals(reading);
  const distrust = learned.distrust(call.endpoint, values);
  // What a model of other signals, or of another endpoint, would say of these is nobody's opinion.
  const isForeign = distrust.some((why) => why === 'not_calibrated' || why === 'endpoint_changed');
  const ngrams = ngramsOf(reading);
  const opinion = isForeign ? null : learned.opinion(call.route, values, ngrams);
  const verdict = decideByModel({
    model: learned.file?.version ?? '',
    opinion,
    distrust,
    shadowPrice: learned.shadowPrice,
    certificate: learned.certificate,
    vetoes,
    evidence: distrust.length > 0 ? 'none' : hasLogprobs ? 'logprobs' : 'validators',
    signals: { set: SIGNAL_SET, values },
  });
  const escalated = verdict.decision === 'escalate';
  const isVetoed = vetoes.length > 0;
  // A vetoed draft is never served, whatever a model thinks of it: there is nothing to learn from it, and counted among the
  // others it would make the model look worse, and certificates dearer, than they are.
  const shadowChance = isVetoed ? undefined : learned.shadowChance;
  if (call.bought) {
    learned.decidedAgain(learned.opinion(call.route, unbought(values), ngrams), escalated);
    return { ...verdict, shadowChance };
  }
  const isOutside = isVetoed || distrust.includes('missing_evidence');
  learned.decided({ opinion, ngrams, isOutside, escalated });
  if (distrust.length > 0 || isVetoed) return { ...verdict, shadowChance };
  const isGrey = opinion !== null && learned.isGrey(opinion);
  return { ...verdict, shadowChance, buy: isGrey ? purchase(learned, call) : undefined };
}

function purchase({ settings }: LearnedRoute, { chat, reply }: ScoreCall): Purchase | undefined {
  switch (settings.buy) {
    case 'second_draft':
      return { kind: 'second_draft', chat: secondDraftRequest(chat) };
    case 'judge':
      return { kind: 'judge', chat: judgeRequest(chat, reply) };
    case undefined:
      return undefined;
  }
}

function readingOf({ chat, reply, endpoint, bought }: ScoreCall): {
  reading: Reading;
  hasLogprobs: boolean;
} {
  const evidence = logprobEvidence(chat, reply, endpoint?.logprobsTrusted);
  const logprobs = evidence.kind === 'logprobs' ? evidence : undefined;
  return {
    reading: new Reading(chat, reply, { logprobs, ...boughtBeside(bought) }),
    hasLogprobs: logprobs !== undefined,
  };
}

function boughtBeside(bought: ScoreCall['bought']): Beside {
  if (!bought?.reply) return {};
  return bought.kind === 'judge'
    ? { judged: judgeOpinion(bought.reply) ?? undefined }
    : { secondDraft: bought.reply };
}

function exampleOf(call: ScoreCall, relativeCost: number | null): Example {
  const { reading } = readingOf(call);
  return {
    endpoint: call.endpoint?.fingerprint ?? '',
    signals: { set: SIGNAL_SET, values: readSignals(reading) },
    ngrams: ngramsOf(reading),
    relativeCost,
  };
}
