import { auroc, brier, ece } from '../measures/index.ts';
import { certifiedShadowPrice, type QualityTarget, shadowPriceGrid } from './certify.ts';
import { CostQualityCurve, outcomeAt, type RankedRow, ranked } from './cost-quality.ts';
import type { LabelledDraft } from './labelled-draft.ts';
import { LiveScorerModel } from './scorer-model.ts';
import { type TrainOptions, trainScorer } from './train.ts';

export interface EvaluationOptions {
  readonly train: TrainOptions;
  readonly target: QualityTarget;
  /** What a draft costs of a frontier call, for rows that do not say. */
  readonly draftCost: number;
  /** Labels to learn from in each split; absent: all of the training half. */
  readonly labels?: number | undefined;
  readonly random: () => number;
}

/** Of the training half, what certificates are tested on; the model under them is fitted to the rest alone. */
export const CERTIFICATION_SHARE = 0.4;

/** What one split came to, read on its test half. */
export interface SplitResult {
  readonly auroc: number;
  readonly benefitAuroc: number;
  readonly apgr: number;
  readonly cpt50: number;
  readonly cpt80: number;
  /** Cheapest cost with this much of the frontier's quality, the threshold read on the test half itself. */
  readonly cost: { readonly 95: number; readonly 99: number; readonly 100: number };
  /** The threshold for 99 % taken from the training half: what is not above `price` is accepted. */
  readonly transferred: { readonly price: number; readonly cost: number; readonly quality: number };
  readonly ece: number;
  readonly brier: number;
  /** Of the certified point; nothing certified is everything escalated. */
  readonly certified: {
    readonly cost: number;
    readonly quality: number;
    readonly loss: number;
    readonly passed: number;
  };
  /** Calibrated confidence and truth of the test half, for reliability diagrams. */
  readonly confidences: readonly number[];
  readonly labels: readonly number[];
  readonly curve: CostQualityCurve;
  /** The test half itself, what it costs and in which order it escalates, and who judged it. */
  readonly held: readonly LabelledDraft[];
  readonly ranked: readonly RankedRow[];
  readonly judge: LiveScorerModel;
}

/** One random half to learn from, the other to be judged by. */
export function evaluateSplit(
  rows: readonly LabelledDraft[],
  options: EvaluationOptions,
): SplitResult {
  const order = shuffled(rows, options.random);
  const half = Math.floor(order.length / 2);
  const learned = order.slice(0, Math.min(half, options.labels ?? half));
  const held = order.slice(half);
  const { model, unseen } = trainScorer(learned, options.train);
  const judge = new LiveScorerModel(model);
  const opinions = held.map((row) => judge.judge(row));
  const rankedRows = held.map((row, at) =>
    ranked(row, opinions[at]?.priority ?? Number.NaN, options.draftCost),
  );
  const byBenefit = held.map((row, at) =>
    ranked(row, opinions[at]?.benefit ?? Number.NaN, options.draftCost),
  );
  const curve = new CostQualityCurve(rankedRows);
  const calls = new CostQualityCurve(byBenefit);
  const confidences = opinions.map(({ confidence }) => confidence);
  const labels = held.map(({ draftRight }) => draftRight);
  const costAt = (share: number) => curve.reaching(share)?.cost ?? Number.NaN;
  return {
    auroc: auroc(confidences, labels),
    benefitAuroc: auroc(
      opinions.map(({ benefit }) => benefit),
      byBenefit.map((row) => Math.max(0, row.frontierRight - row.draftRight)),
    ),
    apgr: calls.apgr,
    cpt50: calls.cpt(0.5),
    cpt80: calls.cpt(0.8),
    cost: { 95: costAt(0.95), 99: costAt(0.99), 100: costAt(1) },
    transferred: transferred(learned, unseen, rankedRows, options),
    ece: ece(confidences, labels),
    brier: brier(confidences, labels),
    certified: certified(learned, held, options),
    confidences,
    labels,
    curve,
    held,
    ranked: rankedRows,
    judge,
  };
}

/** The threshold that gives 99 % on the training half, by judgements that had not seen each row, put to the test half. */
function transferred(
  learned: readonly LabelledDraft[],
  unseen: ReturnType<typeof trainScorer>['unseen'],
  held: readonly RankedRow[],
  { draftCost }: EvaluationOptions,
) {
  const own = new CostQualityCurve(
    learned.map((row, at) => ranked(row, unseen[at]?.priority ?? Number.NaN, draftCost)),
  );
  const point = own.reaching(0.99);
  const price = point ? own.priceOf(point) : Number.NEGATIVE_INFINITY;
  return { price, ...outcomeAt(held, price) };
}

/** As `weir calibrate` does it: fitted to one part, certified on another, put to the test half. */
function certified(
  learned: readonly LabelledDraft[],
  held: readonly LabelledDraft[],
  { train, target, draftCost }: EvaluationOptions,
) {
  const cut = Math.ceil(learned.length * (1 - CERTIFICATION_SHARE));
  const { model, unseen } = trainScorer(learned.slice(0, cut), train);
  const judge = new LiveScorerModel(model);
  const price = certifiedShadowPrice(judge, shadowPriceGrid(unseen), learned.slice(cut), target);
  const rows = held.map((row) => ranked(row, judge.judge(row).priority, draftCost));
  const { cost, quality } = outcomeAt(rows, price ?? Number.NEGATIVE_INFINITY);
  let lost = 0;
  for (const row of rows) {
    if (price !== null && row.priority <= price) {
      lost += Math.max(0, row.frontierRight - row.draftRight);
    }
  }
  return { cost, quality, loss: lost / rows.length, passed: price === null ? 0 : 1 };
}

/** Fisher and Yates. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    const [left, right] = [order[at], order[other]];
    if (left !== undefined && right !== undefined) {
      order[at] = right;
      order[other] = left;
    }
  }
  return order;
}
