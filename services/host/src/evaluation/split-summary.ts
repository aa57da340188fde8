import {
  type EvaluationOptions,
  evaluateSplit,
  type Interval,
  type LabelledDraft,
  type SplitResult,
} from '@weir/cascade';
import { aurocInterval } from './auroc-interval.ts';
import { gainOf } from './baselines.ts';
import { type SplitCurves, splitCurves } from './curves.ts';
import { seededRandom, seedOf } from './seeded-random.ts';
import { signalWorths, type Worth } from './signal-worth.ts';

/** Splits that tell what each signal is worth; more would tell the same again. */
const WORTH_SPLITS = 3;

/** What every split is run with. Plain data, so that any thread can. */
export interface SplitOptions extends Omit<EvaluationOptions, 'random'> {
  readonly seed: number;
  /** Groups that are reported one by one. */
  readonly tasks: readonly string[];
  /** Costs at which the curves are read, ascending. */
  readonly costs: readonly number[];
  /** The raw signal to compare with. */
  readonly rawSignal: string | undefined;
}

/** The figures that every split has one of; NaN where it has none. */
export const FIGURES = [
  'auroc',
  'benefitAuroc',
  'apgr',
  'cpt50',
  'cpt80',
  'cost95',
  'cost99',
  'cost100',
  'transferredCost',
  'transferredQuality',
  'ece',
  'brier',
  'certifiedCost',
  'certifiedQuality',
  'certifiedLoss',
  'certifiedPassed',
] as const;

export type Figure = (typeof FIGURES)[number];

/** What one split came to, without the rows. */
export interface SplitSummary {
  readonly figures: Readonly<Record<Figure, number>>;
  readonly aurocInterval: Interval;
  readonly benefitAurocInterval: Interval;
  readonly confidences: Float64Array;
  readonly labels: Float64Array;
  readonly curves: SplitCurves;
  readonly tasks: readonly TaskSums[];
  /** In the first splits only. */
  readonly worths: readonly Worth[];
}

/** Sums over the rows of one task, at the threshold taken from the training half. */
export interface TaskSums {
  readonly rows: number;
  readonly escalated: number;
  readonly right: number;
  readonly frontierRight: number;
}

/** Runs the split of this number; the same number, seed and rows give the same summary, wherever and whenever it runs. */
export function summariseSplit(
  drafts: readonly LabelledDraft[],
  options: SplitOptions,
  index: number,
): SplitSummary {
  const random = seededRandom(seedOf(options.seed, index));
  const split = evaluateSplit(drafts, { ...options, random });
  const { held, judge } = split;
  const benefits = held.map((row) => judge.judge(row).benefit);
  return {
    figures: figuresOf(split),
    aurocInterval: aurocInterval(split.confidences, split.labels, random),
    benefitAurocInterval: aurocInterval(benefits, held.map(gainOf), random),
    confidences: Float64Array.from(split.confidences),
    labels: Float64Array.from(split.labels),
    curves: splitCurves(split.curve, held, options.rawSignal, options.costs),
    tasks: tasksOf(split, options.tasks),
    worths: index < WORTH_SPLITS ? signalWorths(held, judge, seedOf(options.seed, -1 - index)) : [],
  };
}

function figuresOf(split: SplitResult): Record<Figure, number> {
  const { cost, transferred, certified, curve } = split;
  const { draftQuality, frontierQuality } = curve;
  // Without a gap there is nothing to recover, and without a frontier that is ever right no share of its quality.
  const gapFigure = (value: number) => (frontierQuality > draftQuality ? value : Number.NaN);
  const shareFigure = (value: number) => (frontierQuality > 0 ? value : Number.NaN);
  return {
    auroc: split.auroc,
    benefitAuroc: split.benefitAuroc,
    apgr: gapFigure(split.apgr),
    cpt50: gapFigure(split.cpt50),
    cpt80: gapFigure(split.cpt80),
    cost95: shareFigure(cost[95]),
    cost99: shareFigure(cost[99]),
    cost100: shareFigure(cost[100]),
    transferredCost: shareFigure(transferred.cost),
    transferredQuality: shareFigure(transferred.quality),
    ece: split.ece,
    brier: split.brier,
    certifiedCost: certified.cost,
    certifiedQuality: shareFigure(certified.quality),
    certifiedLoss: certified.loss,
    certifiedPassed: certified.passed,
  };
}

function tasksOf({ held, ranked, transferred }: SplitResult, tasks: readonly string[]): TaskSums[] {
  const place = new Map(tasks.map((task, at) => [task, at]));
  const sums = tasks.map(() => ({ rows: 0, escalated: 0, right: 0, frontierRight: 0 }));
  for (const [at, { group }] of held.entries()) {
    const into = sums[place.get(group) ?? -1];
    const row = ranked[at];
    if (!into || !row) continue;
    const isAccepted = row.priority <= transferred.price;
    into.rows++;
    into.escalated += isAccepted ? 0 : 1;
    into.right += isAccepted ? row.draftRight : row.frontierRight;
    into.frontierRight += row.frontierRight;
  }
  return sums;
}
