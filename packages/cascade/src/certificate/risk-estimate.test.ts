import { expect, test } from 'vitest';
import { mean, seededRandom } from '../measures/seeded-random.fixture.ts';
import { riskEstimate } from './risk-estimate.ts';

test('rows looked at seldom count for those that were not', () => {
  const looked = [
    { loss: 1, propensity: 0.1 },
    { loss: 0, propensity: 1 },
    { loss: 0, propensity: 0.5 },
  ];
  const found = riskEstimate(looked, 20);
  expect(found.horvitzThompson).toBeCloseTo(10 / 20, 12);
  expect(found.selfNormalised).toBeCloseTo(10 / 13, 12);
  expect(found.effective).toBeCloseTo(169 / 105, 12);
});

test('looking more often where losses are rare does not hide them', () => {
  const estimates = Array.from({ length: 300 }, (_, seed) => {
    const random = seededRandom(seed + 1);
    const looked: { loss: number; propensity: number }[] = [];
    for (let row = 0; row < 2000; row++) {
      const isHard = random() < 0.2;
      const propensity = isHard ? 0.05 : 0.3;
      const loss = random() < (isHard ? 0.3 : 0.02) ? 1 : 0;
      if (random() < propensity) looked.push({ loss, propensity });
    }
    return riskEstimate(looked, 2000);
  });
  const truth = 0.2 * 0.3 + 0.8 * 0.02;
  expect(mean(estimates.map((e) => e.horvitzThompson))).toBeCloseTo(truth, 2);
  expect(mean(estimates.map((e) => e.selfNormalised))).toBeCloseTo(truth, 2);
  const within = estimates.filter(
    (e) => Math.abs(e.selfNormalised - truth) < 1.96 * e.standardError,
  );
  expect(within.length / 300).toBeGreaterThan(0.85);
});

test('without a row that was looked at, or with a chance that is none, nothing is known', () => {
  expect(riskEstimate([], 10).horvitzThompson).toBeNaN();
  expect(riskEstimate([], 10).selfNormalised).toBeNaN();
  expect(riskEstimate([{ loss: 0, propensity: 0 }], 10).selfNormalised).toBeNaN();
});
