import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normal, seededRandom } from '../measures/seeded-random.fixture.ts';
import { certifiedShadowPrice, shadowPriceGrid } from './certify.ts';
import type { LabelledDraft } from './labelled-draft.ts';
import { LiveScorerModel, type Opinion } from './scorer-model.ts';
import { TRAIN_OPTIONS, trainScorer } from './train.ts';

const opinion = fc
  .double({ min: -1, max: 1, noNaN: true })
  .map((priority): Opinion => ({ confidence: 0.5, benefit: priority, relativeCost: 1, priority }));

test('prices go from strict to lax, each once, to the one that accepts everything', () => {
  fc.assert(
    fc.property(fc.array(opinion, { minLength: 1, maxLength: 300 }), (unseen) => {
      const grid = shadowPriceGrid(unseen);
      expect(grid.length).toBeLessThanOrEqual(100);
      for (let at = 1; at < grid.length; at++) {
        expect(grid[at]).toBeGreaterThan(grid[at - 1] ?? 0);
      }
      expect(grid.at(-1)).toBe(Math.max(...unseen.map(({ priority }) => priority)));
    }),
  );
  expect(shadowPriceGrid([])).toEqual([]);
});

/** Drafts whose one signal decides how often they are right, and a frontier that always is. */
function drafts(count: number, seed: number): LabelledDraft[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const signal = normal(random);
    return {
      group: '',
      signals: [signal],
      ngrams: [],
      draftRight: random() < 1 / (1 + Math.exp(-1 - 3 * signal)) ? 1 : 0,
      frontierRight: 1,
      weight: 1,
      propensity: 1,
      draftCost: null,
      frontierCost: null,
    };
  });
}

const TRAIN = { ...TRAIN_OPTIONS, pooled: new Set<number>(), ngramBuckets: 1 };
const { model, unseen } = trainScorer(drafts(600, 1), TRAIN);
const judge = new LiveScorerModel(model);
const grid = shadowPriceGrid(unseen);

test('the looser the promise, the higher the price that keeps it', () => {
  const rows = drafts(1000, 2);
  const prices = [0.02, 0.05, 0.1, 0.3].map((alpha) =>
    certifiedShadowPrice(judge, grid, rows, { alpha, delta: 0.1 }),
  );
  expect(prices[0]).not.toBeNull();
  for (let at = 1; at < prices.length; at++) {
    expect(prices[at]).toBeGreaterThan(prices[at - 1] ?? Number.POSITIVE_INFINITY);
  }
});

test('too few rows certify nothing, however good they are', () => {
  const flawless = drafts(100, 3).map((row) => ({ ...row, draftRight: 1 }));
  expect(certifiedShadowPrice(judge, grid, flawless, { alpha: 0.01, delta: 0.1 })).toBeNull();
  expect(certifiedShadowPrice(judge, grid, [], { alpha: 0.5, delta: 0.1 })).toBeNull();
  // ln .1 / ln .95 is 44.9: 45 flawless rows carry 5 %.
  expect(certifiedShadowPrice(judge, grid, flawless, { alpha: 0.05, delta: 0.1 })).toBe(
    grid.at(-1),
  );
});

test('a wrong draft costs nothing where the frontier is no better', () => {
  const hopeless = drafts(500, 4).map((row) => ({ ...row, draftRight: 0, frontierRight: 0 }));
  expect(certifiedShadowPrice(judge, grid, hopeless, { alpha: 0.01, delta: 0.1 })).toBe(
    grid.at(-1),
  );
});

describe('with a grey zone', () => {
  const rows = drafts(1500, 3);
  const target = { alpha: 0.1, delta: 0.1 };
  const plain = certifiedShadowPrice(judge, grid, rows, target) ?? 0;
  const zone = {
    isGrey: (priority: number, price: number) => Math.abs(priority - price) < 0.05,
    unbought: (row: LabelledDraft) => ({ ...row, ngrams: [] }),
    hasBought: ({ group }: LabelledDraft) => group === 'bought',
  };

  test('rows that lack what would be bought for them count as accepted, which is the worst', () => {
    const price = certifiedShadowPrice(judge, grid, rows, target, zone);
    expect(price).toBeLessThan(plain);
  });

  test('what was bought decides inside of it and nowhere else', () => {
    const bought = rows.map((row) => ({ ...row, group: 'bought' }));
    // It says the same as before: then nothing is changed by it.
    expect(certifiedShadowPrice(judge, grid, bought, target, zone)).toBe(plain);
  });
});
