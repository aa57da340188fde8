import { type Calibration, calibrated, sigmoid } from '../calibration/index.ts';
import { denseFeatures, type FeatureSpace } from './feature-space.ts';
import { type Head, LiveHead } from './head.ts';
import type { DraftFeatures } from './labelled-draft.ts';

/** What escalating costs, as a multiple of the mean: exp of a linear function of the dense features. */
export interface CostModel {
  readonly intercept: number;
  readonly dense: readonly number[];
}

/** No request is taken to cost more than this many times the mean, nor less than its inverse. */
const COST_LIMIT = 10;

/** A fitted scorer, without the certificate: plain data, immutable. */
export interface ScorerModel {
  readonly space: FeatureSpace;
  /** The draft is acceptable. */
  readonly acceptable: Head;
  readonly calibration: Calibration;
  /** The frontier is right and the draft wrong; the other way round. */
  readonly gain: Head;
  readonly loss: Head;
  /** Share of the benefit that comes from the two heads; the rest is `frontierRight` - P(acceptable). */
  readonly benefitShare: number;
  readonly frontierRight: number;
  readonly cost: CostModel | null;
}

/** A model's opinion of one draft. */
export interface Opinion {
  /** Calibrated P(draft acceptable). */
  readonly confidence: number;
  /** P(frontier right, draft wrong) - P(draft right, frontier wrong). */
  readonly benefit: number;
  readonly relativeCost: number;
  /** What is compared with the shadow price: higher escalates first. */
  readonly priority: number;
}

/** A model ready to judge. */
export class LiveScorerModel {
  readonly model: ScorerModel;
  readonly #acceptable: LiveHead;
  readonly #gain: LiveHead;
  readonly #loss: LiveHead;
  readonly #cost: LiveHead | undefined;

  constructor(model: ScorerModel) {
    this.model = model;
    this.#acceptable = new LiveHead(model.acceptable);
    this.#gain = new LiveHead(model.gain);
    this.#loss = new LiveHead(model.loss);
    this.#cost = model.cost ? new LiveHead({ ...model.cost, ngrams: [] }) : undefined;
  }

  judge(draft: DraftFeatures): Opinion {
    const dense = denseFeatures(this.model.space, draft);
    const confidence = calibrated(
      this.model.calibration,
      this.#acceptable.logit(dense, draft.ngrams),
    );
    const gain = sigmoid(this.#gain.logit(dense, draft.ngrams));
    const loss = sigmoid(this.#loss.logit(dense, draft.ngrams));
    const { benefitShare, frontierRight } = this.model;
    const benefit =
      benefitShare * (gain - loss) + (1 - benefitShare) * (frontierRight - confidence);
    const relativeCost = this.#cost ? boundedCost(Math.exp(this.#cost.logit(dense, []))) : 1;
    return { confidence, benefit, relativeCost, priority: priorityOf(benefit, relativeCost) };
  }

  /** The log-odds that the draft is acceptable before they are calibrated, and what adds up to them. */
  explain(draft: DraftFeatures): { logit: number; dense: Float64Array; words: number } {
    const dense = denseFeatures(this.model.space, draft);
    return {
      logit: this.#acceptable.logit(dense, draft.ngrams),
      dense: this.#acceptable.shares(dense),
      words: this.#acceptable.ngramShare(draft.ngrams),
    };
  }
}

/**
 * Benefit per cost. What would do harm is the worse the more it costs, so that a negative benefit is multiplied: divided, the
 * dearest of the harmful would look like the best of them.
 */
export function priorityOf(benefit: number, relativeCost: number): number {
  return benefit >= 0 ? benefit / relativeCost : benefit * relativeCost;
}

function boundedCost(cost: number): number {
  return Math.min(COST_LIMIT, Math.max(1 / COST_LIMIT, cost));
}
