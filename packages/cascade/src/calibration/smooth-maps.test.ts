import { expect, test } from 'vitest';
import { normal, seededRandom } from '../measures/seeded-random.fixture.ts';
import { fitBeta } from './beta.ts';
import { calibrated } from './calibration.ts';
import type { WeightedLabel } from './labelled-rows.ts';
import { sigmoid, softplus } from './logit.ts';
import { fitPlatt } from './platt.ts';
import { smoothedTargets } from './smoothed-targets.ts';

function drawn(count: number, truth: (z: number) => number): WeightedLabel[] {
  const random = seededRandom(count);
  return Array.from({ length: count }, () => {
    const z = 2 * normal(random);
    return { z, label: random() < truth(z) ? 1 : 0, weight: 1 };
  });
}

test('Platt finds the slope and the shift that made the labels', () => {
  const { slope, intercept } = fitPlatt(drawn(40_000, (z) => sigmoid(0.6 * z - 0.8)));
  expect(slope).toBeCloseTo(0.6, 1);
  expect(intercept).toBeCloseTo(-0.8, 1);
});

test('beta finds a slope for each end', () => {
  const truth = (z: number) => sigmoid(1.4 * softplus(z) - 0.5 * softplus(-z) - 0.6);
  const { a, b, c } = fitBeta(drawn(40_000, truth));
  expect(a).toBeCloseTo(0.5, 1);
  expect(b).toBeCloseTo(1.4, 1);
  expect(Math.abs(c + 0.6)).toBeLessThan(0.15);
});

test('labels that contradict the head flatten its map and never turn it round', () => {
  const rows = drawn(2000, (z) => sigmoid(-z));
  expect(fitPlatt(rows).slope).toBe(0);
  const { a, b } = fitBeta(rows);
  expect([a, b]).toEqual([0, 0]);
  expect(calibrated(fitPlatt(rows), 3)).toBeCloseTo(0.5, 1);
});

test('a head that is useless at one end only keeps the other', () => {
  const { a, b } = fitBeta(drawn(5000, (z) => sigmoid(z < 0 ? -z : 2 * z)));
  expect(a).toBe(0);
  expect(b).toBeGreaterThan(0.5);
});

test("targets are Platt's", () => {
  const rows = [1, 1, 1, 0, 0.5].map((label) => ({ z: 0, label, weight: 1 }));
  const high = 4.5 / 5.5;
  const low = 1 / 3.5;
  expect(smoothedTargets(rows)).toEqual([high, high, high, low, (high + low) / 2]);
});

test('labels that a line separates still give a finite slope', () => {
  const rows = Array.from({ length: 80 }, (_, at) => ({
    z: at - 39.5,
    label: at < 40 ? 0 : 1,
    weight: 1,
  }));
  const { slope, intercept } = fitPlatt(rows);
  expect(slope).toBeGreaterThan(0.05);
  expect(slope).toBeLessThan(5);
  expect(intercept).toBeCloseTo(0, 6);
});
