import { type Distrust, LiveHead, LiveScorerModel, type Opinion, sigmoid } from '@weir/cascade';
import type { Certificate, DraftEndpoint } from '@weir/core';
import { BudgetPrice } from './budget-price.ts';
import { type DriftOptions, DriftWatch } from './drift-watch.ts';
import { isWaste } from './models/draft-plan.ts';
import type { RouteTarget } from './models/fit-call.ts';
import { isGrey } from './models/grey-zone.ts';
import type { ScorerFile } from './models/scorer-file.ts';
import type { SafeMode } from './models/scorer-files.ts';
import { SIGNAL_SET, SIGNALS } from './signals/index.ts';
import { questionNgrams } from './signals/ngrams.ts';

/** How a route that is judged by a scorer model is run. */
export interface LearnedSettings {
  readonly target: RouteTarget;
  /** What is bought where the model is not sure; undefined is nothing. */
  readonly buy?: 'second_draft' | 'judge' | undefined;
  /** The share of requests, those nearest to the shadow price, for which it is. */
  readonly greyShare: number;
  /** Until a route has this many labels every accepted draft is looked at, later this share of them. */
  readonly shadowFirst: number;
  readonly shadowShare: number;
  readonly skipDraft: boolean;
  /** Labelled requests kept in memory to learn from, the newest. */
  readonly labelsKept: number;
  /** New labels after which the route learns again, or a twentieth of those kept if that is more. */
  readonly retrainAfterLabels: number;
  /** What a draft costs of a frontier call. */
  readonly draftCostShare: number;
  /** What bought evidence costs of one. */
  readonly buyCostShare: number;
}

/** Of skipped drafts this share is made all the same, or nobody would ever learn that they are worth it. */
const SKIPPED_SHARE = 0.01;
/** Of the frontier's costs: about the last two hundred. */
const COST_MEMORY = 0.005;
const NO_FEATURES = new Float64Array();
const IS_LOGPROB = SIGNALS.map(({ cost }) => cost === 'logprobs');

/** A route that is judged by a scorer model: the model in force, its price, and what is known of it at present. */
export class LearnedRoute {
  readonly settings: LearnedSettings;
  readonly #drift: DriftOptions;
  #file: ScorerFile | undefined;
  #model: LiveScorerModel | undefined;
  #plan: LiveHead | undefined;
  #watch: DriftWatch | undefined;
  #budget: BudgetPrice | undefined;
  /** Signals without which the model has no word: it never saw a draft that lacked them. */
  #needed: readonly number[] = [];
  #safeMode: SafeMode | undefined;
  #labels = 0;
  #frontierCost = 0;

  constructor(settings: LearnedSettings, drift: DriftOptions) {
    this.settings = settings;
    this.#drift = drift;
  }

  /** Puts a version in force; undefined: there is none. */
  use(file: ScorerFile | undefined, safeMode: SafeMode | undefined): void {
    const isOver = this.#safeMode !== undefined && safeMode === undefined;
    // What was seen of another endpoint, or led to an alarm that is over, says nothing of this one.
    if (isOver || file?.endpoint !== this.#file?.endpoint) {
      this.#watch = undefined;
      this.#budget = undefined;
    }
    this.#safeMode = safeMode;
    if (file?.version === this.#file?.version && this.#watch) return;
    this.#file = file;
    this.#model = file && new LiveScorerModel(file.model);
    this.#plan = file?.plan ? new LiveHead(file.plan) : undefined;
    this.#needed = file ? neededBy(file) : [];
    this.#watchOver(file);
    this.#setBudget(file);
  }

  #watchOver(file: ScorerFile | undefined): void {
    if (file && this.#watch) this.#watch.goOn(file.reference);
    else this.#watch = file && new DriftWatch(file.reference, this.#drift);
  }

  /** Priorities of one route's models are of one scale: the price that its traffic has led to outlives versions. */
  #setBudget(file: ScorerFile | undefined): void {
    const { target } = this.settings;
    const start = file?.shadowPrice ?? null;
    if (target.kind !== 'budget' || start === null) this.#budget = undefined;
    else this.#budget ??= new BudgetPrice(target.share, start);
  }

  get file(): ScorerFile | undefined {
    return this.#file;
  }

  get watch(): DriftWatch | undefined {
    return this.#watch;
  }

  get safeMode(): SafeMode | undefined {
    return this.#safeMode;
  }

  /** Why nothing is accepted: an alarm counts from the moment it is raised. */
  get #alarm(): string | undefined {
    return this.#safeMode?.alarm ?? this.#watch?.alarm ?? undefined;
  }

  get certificate(): Certificate | null {
    return this.#file?.certificate ?? null;
  }

  get shadowPrice(): number | null {
    return this.#budget?.price ?? this.#file?.shadowPrice ?? null;
  }

  /** How often accepted drafts are looked at from now on. */
  get shadowChance(): number {
    const { shadowFirst, shadowShare } = this.settings;
    // Where every draft escalates, learning from every one costs nothing.
    const isShut = this.#alarm !== undefined || this.shadowPrice === null;
    return isShut || this.#labels < shadowFirst ? 1 : shadowShare;
  }

  /** The route's labels of the endpoint at hand, as far as they have been learned from. */
  set labels(count: number) {
    this.#labels = count;
  }

  /** Why the model's word on this draft does not count; empty when it does. */
  distrust(endpoint: DraftEndpoint | undefined, signals: readonly number[]): ModelDistrust[] {
    const file = this.#file;
    if (!file || file.signalSet !== SIGNAL_SET) return ['not_calibrated'];
    const reasons: ModelDistrust[] = [];
    if (endpoint && file.endpoint !== '' && endpoint.fingerprint !== file.endpoint) {
      reasons.push('endpoint_changed');
    }
    if (this.#alarm !== undefined) reasons.push(`safe_mode:${this.#alarm}`);
    const isDistrusted = endpoint?.logprobsTrusted === false && this.#restsOnLogprobs;
    if (isDistrusted || this.isMissing(signals)) reasons.push('missing_evidence');
    return reasons;
  }

  get #restsOnLogprobs(): boolean {
    const columns = this.#file?.model.space.columns ?? [];
    return columns.some(({ signal, kind }) => kind === 'value' && IS_LOGPROB[signal]);
  }

  /** Whether a signal abstains that the model has never had to do without. */
  isMissing(signals: readonly number[]): boolean {
    return this.#needed.some((signal) => Number.isNaN(signals[signal] ?? Number.NaN));
  }

  opinion(group: string, signals: readonly number[], ngrams: readonly number[]): Opinion | null {
    return this.#model?.judge({ group, signals, ngrams }) ?? null;
  }

  /** Of the requests that the model was fitted to, the shares on both sides of the price that this one is within. */
  isGrey({ priority }: Opinion): boolean {
    const price = this.shadowPrice;
    const priorities = this.#file?.reference.priorities;
    if (price === null || !priorities) return false;
    return isGrey(priorities, this.settings.greyShare, priority, price);
  }

  /** The chance that a draft for this question would be thrown away; null where nothing is known. */
  escalationChance(ngrams: readonly number[]): number | null {
    if (!this.#plan || this.#alarm !== undefined) return null;
    return this.#chanceOf(this.#plan, ngrams);
  }

  #chanceOf(plan: LiveHead, ngrams: readonly number[]): number {
    return sigmoid(plan.logit(NO_FEATURES, questionNgrams(ngrams)));
  }

  /** Whether a draft with this chance of being thrown away is worth its price. */
  isWorthDrafting(chance: number, random: () => number): boolean {
    return !isWaste(chance, this.settings.draftCostShare) || random() < SKIPPED_SHARE;
  }

  /** The frontier's cost of a request as a multiple of the mean of late. */
  relativeCost(picoUsd: bigint | null): number | null {
    if (picoUsd === null || picoUsd <= 0n) return null;
    const cost = Number(picoUsd);
    this.#frontierCost =
      this.#frontierCost === 0
        ? cost
        : this.#frontierCost + COST_MEMORY * (cost - this.#frontierCost);
    return cost / this.#frontierCost;
  }

  /** After each verdict on a draft: what it says of the world, and what it costs. */
  decided({ opinion, ngrams, isOutside, escalated }: Decided): void {
    // While nothing may be accepted, costs say nothing of the price.
    if (!opinion || this.#alarm !== undefined) return;
    this.#spent(escalated ? 1 : this.settings.shadowShare, opinion.relativeCost);
    const price = this.#file?.shadowPrice ?? null;
    if (price === null || isOutside) return;
    // Questions that are mostly not drafted for would be seen too rarely; versions leave them out of what to expect, too.
    const chance = this.#plan ? this.#chanceOf(this.#plan, ngrams) : 0;
    if (isWaste(chance, this.settings.draftCostShare)) return;
    // By the price that the version was made with: where a budget moves it, that is no change of the traffic.
    this.#watch?.judged(opinion.confidence, !(opinion.priority <= price));
  }

  /** Judged again with bought evidence: that costs something, and may have turned the verdict that `decided` was told of. */
  decidedAgain(first: Opinion | null, escalated: boolean): void {
    const price = this.shadowPrice;
    if (!first || price === null || this.#alarm !== undefined) return;
    const before = first.priority <= price ? this.settings.shadowShare : 1;
    const after = escalated ? 1 : this.settings.shadowShare;
    this.#budget?.alsoSpent(this.settings.buyCostShare + (after - before) * first.relativeCost);
  }

  /** No draft was made: the frontier answers, for its price alone. */
  skipped(): void {
    this.#budget?.spent(1);
  }

  #spent(frontierCalls: number, relativeCost: number): void {
    this.#budget?.spent(this.settings.draftCostShare + frontierCalls * relativeCost);
  }
}

/** One verdict of a scorer model. */
export interface Decided {
  readonly opinion: Opinion | null;
  readonly ngrams: readonly number[];
  /** It says nothing of the traffic that the model is for: vetoed, or without evidence that the model rests on. */
  readonly isOutside: boolean;
  readonly escalated: boolean;
}

type ModelDistrust = Distrust | `${Distrust}:${string}`;

/** A signal that so few rows of the fit lacked is one that the model cannot do without: it hardly knows what lacking it means. */
const LEAST_ABSENT_SHARE = 0.2;

/** The log-probability signals without which the model's word does not count. */
export function neededBy({ model }: ScorerFile): number[] {
  const { columns } = model.space;
  const absences = columns.filter(({ kind }) => kind === 'absent');
  const dispensable = new Set(
    absences.flatMap(({ signal, mean }) => (mean >= LEAST_ABSENT_SHARE ? [signal] : [])),
  );
  const used = columns.flatMap(({ signal, kind }) => (kind === 'value' ? [signal] : []));
  return used.filter((signal) => IS_LOGPROB[signal] && !dispensable.has(signal));
}
