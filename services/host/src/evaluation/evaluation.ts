import type { Baseline } from './baselines.ts';
import type { Family } from './signal-worth.ts';

/** Over the splits; null where no split has the figure, or where one split has no deviation. */
export interface Spread {
  readonly mean: number | null;
  readonly sd: number | null;
}

/** With the 95 % bootstrap interval over the rows of one test half, its ends averaged over the splits. */
export interface IntervalSpread extends Spread {
  readonly low: number | null;
  readonly high: number | null;
}

/** What `weir eval` finds: the object that `--json` prints. Costs are shares of the bill for always asking the frontier. */
export interface Evaluation {
  readonly file: string;
  readonly n: number;
  /** Mean labels over all rows. */
  readonly weak: number;
  readonly strong: number;
  /** What the drafts cost of the frontier calls. */
  readonly draftCost: number;
  /** What a draft counts of its frontier call where its row does not say. */
  readonly assumedDraftCost: number;
  readonly splits: number;
  readonly seed: number;
  /** Rows that each split learns from. */
  readonly labels: number;
  readonly auroc: IntervalSpread;
  readonly benefitAuroc: IntervalSpread;
  readonly apgr: Spread;
  readonly cpt50: Spread;
  readonly cpt80: Spread;
  readonly cost: Readonly<Record<'95' | '99' | '100', Spread>>;
  readonly transferred: { readonly '99': { readonly cost: Spread; readonly quality: Spread } };
  readonly ece: Spread;
  readonly brier: Spread;
  readonly certified: {
    readonly alpha: number;
    readonly delta: number;
    /** Share of the splits in which something was certified; in the others everything escalates. */
    readonly passed: number | null;
    readonly cost: Spread;
    readonly quality: Spread;
    /** Share of all requests that got a wrong draft where the frontier was right. */
    readonly loss: Spread;
  };
  readonly baselines: readonly Baseline[];
  readonly curve: readonly CurveStep[];
  readonly reliability: readonly ReliabilityStep[];
  /** Share of the drafts by the confidence they were given, in twenty equal steps from 0 to 1. */
  readonly confidences: readonly number[];
  /** The largest; `taskCount` is how many there are. */
  readonly tasks: readonly TaskFigures[];
  readonly taskCount: number;
  readonly signals: readonly SignalFigures[];
  readonly remarks: readonly string[];
}

/** Qualities are shares of the frontier's; `low` to `high` holds four of five splits. */
export interface CurveStep {
  readonly cost: number;
  readonly quality: number;
  readonly low: number;
  readonly high: number;
  readonly raw: number | null;
  readonly oracle: number;
}

/** Drafts that were given about the same confidence; `low` to `high` is Wilson's 95 % interval. */
export interface ReliabilityStep {
  readonly predicted: number;
  readonly observed: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** At the threshold for 99 %, taken from the training half. */
export interface TaskFigures {
  readonly task: string;
  readonly n: number;
  readonly weak: number;
  readonly strong: number;
  readonly escalated: Spread;
  /** Share of the frontier's quality on this task. */
  readonly quality: Spread;
}

/** How much the two AUROC fall when this part of what the model sees is another row's. */
export interface SignalFigures {
  /** Empty for the family as a whole. */
  readonly signal: string;
  readonly family: Family;
  readonly auroc: Spread;
  readonly benefitAuroc: Spread;
}
