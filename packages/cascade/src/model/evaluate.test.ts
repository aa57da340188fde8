import { expect, test } from 'vitest';
import { normal, seededRandom } from '../measures/seeded-random.fixture.ts';
import { CostQualityCurve } from './cost-quality.ts';
import { type EvaluationOptions, evaluateSplit, shuffled } from './evaluate.ts';
import type { LabelledDraft } from './labelled-draft.ts';
import { TRAIN_OPTIONS } from './train.ts';

/** Rows whose one signal says so much of whether the draft is right. */
function rowsWith(count: number, seed: number, told: (hidden: number, noise: number) => number) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (): LabelledDraft => {
    const hidden = normal(random);
    return {
      group: '',
      signals: [told(hidden, normal(random))],
      ngrams: [],
      draftRight: hidden > -0.4 ? 1 : 0,
      frontierRight: random() < 0.97 ? 1 : 0,
      weight: 1,
      propensity: 1,
      draftCost: null,
      frontierCost: null,
    };
  });
}

function options(seed: number, more: Partial<EvaluationOptions> = {}): EvaluationOptions {
  return {
    train: { ...TRAIN_OPTIONS, pooled: new Set([0]), ngramBuckets: 16 },
    target: { alpha: 0.05, delta: 0.1 },
    draftCost: 0.06,
    random: seededRandom(seed),
    ...more,
  };
}

test('a signal that knows the draft is judged to know it, on the half that was not learned from', () => {
  const split = evaluateSplit(
    rowsWith(1200, 1, (hidden) => hidden),
    options(2),
  );
  expect(split.auroc).toBeGreaterThan(0.99);
  expect(split.held).toHaveLength(600);
  // Knowing the draft alone, the frontier's own faults are left: the curve is the oracle's but for them.
  const oracle = new CostQualityCurve(
    split.ranked.map((row) => ({ ...row, priority: 1 - row.draftRight })),
  );
  expect(split.curve.apgr).toBeGreaterThan(oracle.apgr - 0.02);
  expect(split.transferred.quality).toBeGreaterThan(0.97);
  expect(split.transferred.cost).toBeLessThan(0.5);
});

test('a signal that knows nothing is no better than chance, and nothing is saved by it', () => {
  const split = evaluateSplit(
    rowsWith(2000, 3, (_hidden, noise) => noise),
    options(4),
  );
  expect(split.auroc).toBeGreaterThan(0.44);
  expect(split.auroc).toBeLessThan(0.56);
  expect(split.apgr).toBeGreaterThan(0.44);
  expect(split.apgr).toBeLessThan(0.56);
  expect(split.cost[99]).toBeGreaterThan(0.9);
});

test('confidences come true on the half that was not learned from', () => {
  const split = evaluateSplit(
    rowsWith(3000, 16, (hidden, noise) => hidden + noise),
    options(17),
  );
  // Of 1,500 rows in 15 bins counting alone brings about .03.
  expect(split.ece).toBeLessThan(0.05);
  expect(split.brier).toBeLessThan(0.2);
});

test('the threshold that was transferred is the one that its figures are of', () => {
  const split = evaluateSplit(
    rowsWith(800, 5, (hidden, noise) => hidden + noise),
    options(6),
  );
  let cost = 0;
  let right = 0;
  let frontierRight = 0;
  for (const row of split.ranked) {
    const isAccepted = row.priority <= split.transferred.price;
    cost += 0.06 + (isAccepted ? 0 : 1);
    right += isAccepted ? row.draftRight : row.frontierRight;
    frontierRight += row.frontierRight;
  }
  expect(split.transferred.cost).toBeCloseTo(cost / split.ranked.length, 9);
  expect(split.transferred.quality).toBeCloseTo(right / frontierRight, 9);
});

test('fewer labels are learned from where so many are asked for, and the test half is the same', () => {
  const rows = rowsWith(600, 9, (hidden, noise) => hidden + noise);
  const all = evaluateSplit(rows, options(10));
  const few = evaluateSplit(rows, options(10, { labels: 60 }));
  expect(few.held).toEqual(all.held);
  expect(few.confidences).not.toEqual(all.confidences);
});

test('what is certified keeps its promise on the test half, and no promise is no acceptance', () => {
  const rows = rowsWith(3000, 11, (hidden, noise) => hidden + 0.3 * noise);
  const kept = evaluateSplit(rows, options(12));
  expect(kept.certified.passed).toBe(1);
  expect(kept.certified.loss).toBeLessThan(0.05);
  expect(kept.certified.cost).toBeLessThan(1);
  // With so few rows not even none wrong would do.
  const few = evaluateSplit(rows, options(12, { labels: 50 }));
  expect(few.certified).toMatchObject({ quality: 1, loss: 0, passed: 0 });
  expect(few.certified.cost).toBeCloseTo(1.06, 9);
});

test('the same chance gives the same split', () => {
  const rows = rowsWith(300, 13, (hidden, noise) => hidden + noise);
  const once = evaluateSplit(rows, options(14));
  const again = evaluateSplit(rows, options(14));
  expect(again.confidences).toEqual(once.confidences);
  expect(again.transferred).toEqual(once.transferred);
  expect(again.certified).toEqual(once.certified);
});

test('shuffling loses nothing and favours nobody', () => {
  const random = seededRandom(15);
  const first = new Array<number>(5).fill(0);
  for (let trial = 0; trial < 5000; trial++) {
    const order = shuffled([0, 1, 2, 3, 4], random);
    expect(order.toSorted()).toEqual([0, 1, 2, 3, 4]);
    const [leader = 0] = order;
    first[leader] = (first[leader] ?? 0) + 1;
  }
  for (const count of first) expect(Math.abs(count - 1000)).toBeLessThan(120);
});
