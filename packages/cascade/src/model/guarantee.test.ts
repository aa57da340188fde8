import { expect, test } from 'vitest';
import { binomialCdf } from '../certificate/index.ts';
import { normal, seededRandom } from '../measures/seeded-random.fixture.ts';
import { certifiedShadowPrice, shadowPriceGrid } from './certify.ts';
import type { LabelledDraft } from './labelled-draft.ts';
import { LiveScorerModel } from './scorer-model.ts';
import { TRAIN_OPTIONS, trainScorer } from './train.ts';

const SPLITS = 200;
const ROWS = 1500;
const FITTED = 900;
const FRESH = 4000;
const DELTA = 0.1;
const FRONTIER_RIGHT = 0.97;
const TRAIN = { ...TRAIN_OPTIONS, folds: 3, pooled: new Set<number>(), ngramBuckets: 1 };

/** A world whose risk is known: what is hidden decides how often the draft is right, and a signal tells of it, with noise. */
function draftOf(random: () => number): { row: LabelledDraft; expectedLoss: number } {
  const hidden = normal(random);
  const draftRight = 1 / (1 + Math.exp(-(1.5 + 2 * hidden)));
  const row: LabelledDraft = {
    group: '',
    signals: [hidden + 0.5 * normal(random), normal(random)],
    ngrams: [],
    draftRight: random() < draftRight ? 1 : 0,
    frontierRight: random() < FRONTIER_RIGHT ? 1 : 0,
    weight: 1,
    propensity: 1,
    draftCost: null,
    frontierCost: null,
  };
  return { row, expectedLoss: (1 - draftRight) * FRONTIER_RIGHT };
}

/** The true risk of what was certified in one world, for each alpha; null where nothing was. */
function trueRisks(alphas: readonly number[], random: () => number): (number | null)[] {
  const rows = Array.from({ length: ROWS }, () => draftOf(random).row);
  const { model, unseen } = trainScorer(rows.slice(0, FITTED), TRAIN);
  const judge = new LiveScorerModel(model);
  const fresh = Array.from({ length: FRESH }, () => {
    const { row, expectedLoss } = draftOf(random);
    return { priority: judge.judge(row).priority, expectedLoss };
  });
  const grid = shadowPriceGrid(unseen);
  return alphas.map((alpha) => {
    const price = certifiedShadowPrice(judge, grid, rows.slice(FITTED), { alpha, delta: DELTA });
    if (price === null) return null;
    let risk = 0;
    for (const { priority, expectedLoss } of fresh) if (priority <= price) risk += expectedLoss;
    return risk / FRESH;
  });
}

test('a fitted model is certified at more than its true risk allows in at most delta of 200 worlds', () => {
  const alphas = [0.01, 0.02, 0.03, 0.05];
  const random = seededRandom(20_261_122);
  const exceeded = alphas.map(() => 0);
  const certified = alphas.map(() => 0);
  for (let world = 0; world < SPLITS; world++) {
    for (const [at, risk] of trueRisks(alphas, random).entries()) {
      if (risk === null) continue;
      certified[at] = (certified[at] ?? 0) + 1;
      if (risk > (alphas[at] ?? 0)) exceeded[at] = (exceeded[at] ?? 0) + 1;
    }
  }
  for (const count of exceeded) {
    // Were each certificate wrong with exactly delta, more than this many would be seen once in a thousand runs.
    expect(1 - binomialCdf(count - 1, SPLITS, DELTA)).toBeGreaterThan(0.001);
  }
  // And it is no guarantee by refusing everything.
  for (const count of certified.slice(1)) expect(count).toBeGreaterThan(SPLITS * 0.9);
}, 60_000);
