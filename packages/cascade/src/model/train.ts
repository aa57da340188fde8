import { fitCalibration } from '../calibration/index.ts';
import { FeatureMatrix } from './feature-matrix.ts';
import { denseFeatures, featureSpace, widthOf } from './feature-space.ts';
import { headFrom } from './head.ts';
import type { LabelledDraft } from './labelled-draft.ts';
import { fitLogistic } from './logistic.ts';
import { fitRidge } from './ridge.ts';
import { type CostModel, LiveScorerModel, type Opinion, type ScorerModel } from './scorer-model.ts';

export interface TrainOptions {
  /** Positions in the signal set that have slopes of their own per group. */
  readonly pooled: ReadonlySet<number>;
  readonly ngramBuckets: number;
  /** Parts for cross-fitting. */
  readonly folds: number;
  readonly denseRidge: number;
  readonly ngramRidge: number;
  /** Rows known from both models at which the benefit is taken half from its own heads. */
  readonly benefitRows: number;
}

export const TRAIN_OPTIONS: Omit<TrainOptions, 'pooled' | 'ngramBuckets'> = {
  folds: 5,
  denseRidge: 3,
  ngramRidge: 1,
  benefitRows: 200,
};

export interface Trained {
  readonly model: ScorerModel;
  /** By row: what a model that had not seen the row said of it. For thresholds and calibration. */
  readonly unseen: readonly Opinion[];
}

/** Importance weights are cut here: one rare row must not outshout the rest (confidence.md D5). */
const MAX_IMPORTANCE = 20;

/** The three events that heads are fitted to, by row. */
interface Targets {
  readonly acceptable: Float64Array;
  readonly gain: Float64Array;
  readonly loss: Float64Array;
  readonly weights: Float64Array;
  /** Zero where the frontier's answer is not known. */
  readonly pairedWeights: Float64Array;
}

/**
 * Fits a scorer model. Every row is also judged by a model that was not fitted to it (cross-fitting, in `folds` parts by
 * position: shuffle rows that have an order), and the calibration map is fitted to those judgements.
 */
export function trainScorer(rows: readonly LabelledDraft[], options: TrainOptions): Trained {
  const space = featureSpace(rows, options.pooled);
  const dense = rows.map((row) => denseFeatures(space, row));
  const width = widthOf(space);
  const features = new FeatureMatrix(
    dense,
    rows.map(({ ngrams }) => ngrams),
    width,
    options.ngramBuckets,
  );
  const targets = targetsOf(rows);
  const all = rows.map((_, row) => row);
  const fitHeads = (among: readonly number[], start?: HeadWeights): HeadWeights => {
    const fit = (event: 'acceptable' | 'gain' | 'loss') =>
      fitLogistic({
        features,
        rows: among,
        targets: targets[event],
        weights: event === 'acceptable' ? targets.weights : targets.pairedWeights,
        denseRidge: options.denseRidge,
        ngramRidge: options.ngramRidge,
        start: start?.[event],
      });
    return { acceptable: fit('acceptable'), gain: fit('gain'), loss: fit('loss') };
  };
  const whole = fitHeads(all);
  const logits = new Float64Array(rows.length);
  const parts = Array.from({ length: options.folds }, (_, fold) => {
    const inside = all.filter((row) => row % options.folds !== fold);
    const outside = all.filter((row) => row % options.folds === fold);
    // Beginning at the whole fit only saves steps: the minimum of the part is the same.
    const weights = fitHeads(inside, whole);
    for (const row of outside) logits[row] = features.predictor(row, weights.acceptable);
    return { weights, outside };
  });
  const common = {
    space,
    calibration: fitCalibration(
      rows.map((row, at) => ({
        z: logits[at] ?? 0,
        label: row.draftRight,
        weight: targets.weights[at] ?? 0,
      })),
    ),
    ...benefitBlend(rows, targets, options.benefitRows),
    cost: costModel(rows, dense),
  };
  const modelOf = ({ acceptable, gain, loss }: HeadWeights): ScorerModel => ({
    ...common,
    acceptable: headFrom(acceptable, width),
    gain: headFrom(gain, width),
    loss: headFrom(loss, width),
  });
  const unseen: Opinion[] = [];
  for (const { weights, outside } of parts) {
    const judge = new LiveScorerModel(modelOf(weights));
    for (const row of outside) {
      const draft = rows[row];
      if (draft) unseen[row] = judge.judge(draft);
    }
  }
  return { model: modelOf(whole), unseen };
}

interface HeadWeights {
  readonly acceptable: Float64Array;
  readonly gain: Float64Array;
  readonly loss: Float64Array;
}

function targetsOf(rows: readonly LabelledDraft[]): Targets {
  const weightOf = ({ weight, propensity }: LabelledDraft) =>
    weight * Math.min(MAX_IMPORTANCE, 1 / propensity);
  const ahead = (of: number, over: number | null) => (over === null ? 0 : Math.max(0, of - over));
  return {
    acceptable: Float64Array.from(rows, (row) => row.draftRight),
    gain: Float64Array.from(rows, ({ draftRight, frontierRight }) =>
      frontierRight === null ? 0 : Math.max(0, frontierRight - draftRight),
    ),
    loss: Float64Array.from(rows, (row) => ahead(row.draftRight, row.frontierRight)),
    weights: Float64Array.from(rows, weightOf),
    pairedWeights: Float64Array.from(rows, (row) =>
      row.frontierRight === null ? 0 : weightOf(row),
    ),
  };
}

/** How far the benefit heads are to be believed, and what stands in for them where they are not. */
function benefitBlend(
  rows: readonly LabelledDraft[],
  { pairedWeights }: Targets,
  benefitRows: number,
): Pick<ScorerModel, 'benefitShare' | 'frontierRight'> {
  let paired = 0;
  let weight = 0;
  let right = 0;
  for (const [at, { frontierRight }] of rows.entries()) {
    if (frontierRight === null) continue;
    paired++;
    weight += pairedWeights[at] ?? 0;
    right += (pairedWeights[at] ?? 0) * frontierRight;
  }
  return {
    benefitShare: paired / (paired + benefitRows),
    frontierRight: weight > 0 ? right / weight : 1,
  };
}

/** Rows below which a cost is not worth predicting. */
const LEAST_COST_ROWS = 30;
const COST_RIDGE = 10;

/** Null where the frontier's costs are not known or all the same. */
function costModel(
  rows: readonly LabelledDraft[],
  dense: readonly Float64Array[],
): CostModel | null {
  const known: number[] = [];
  let sum = 0;
  for (const [at, { frontierCost }] of rows.entries()) {
    if (frontierCost === null || !(frontierCost > 0)) continue;
    known.push(at);
    sum += frontierCost;
  }
  if (known.length < LEAST_COST_ROWS) return null;
  const mean = sum / known.length;
  const targets = known.map((at) => Math.log((rows[at]?.frontierCost ?? mean) / mean));
  if (targets.every((target) => Math.abs(target - (targets[0] ?? 0)) < 1e-9)) return null;
  const inputs = known.map((at) => dense[at] ?? new Float64Array());
  const weights = fitRidge(inputs, targets, COST_RIDGE);
  // exp of a mean logarithm is less than the mean: Duan's smearing puts that right.
  let smear = 0;
  for (const [at, input] of inputs.entries()) {
    let fitted = weights[0] ?? 0;
    for (let column = 0; column < input.length; column++) {
      fitted += (weights[1 + column] ?? 0) * (input[column] ?? 0);
    }
    smear += Math.exp((targets[at] ?? 0) - fitted);
  }
  return {
    intercept: (weights[0] ?? 0) + Math.log(smear / inputs.length),
    dense: Array.from(weights.subarray(1)),
  };
}
