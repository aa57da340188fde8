import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normal, seededRandom } from '../measures/seeded-random.fixture.ts';
import {
  PopulationStability,
  populationStability,
  STABILITY_WARN,
  type StabilityState,
} from './population-stability.ts';

const normals = (count: number, random: () => number, shift = 0) =>
  Array.from({ length: count }, () => normal(random) + shift);

test('it is never negative, and nothing against the same scores', () => {
  const scores = fc.array(fc.double({ min: 0, max: 1 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(scores, scores, (expected, observed) => {
      expect(populationStability(expected, observed)).toBeGreaterThanOrEqual(0);
      expect(populationStability(expected, expected)).toBe(0);
    }),
  );
});

test('it is the divergence of the shares, both ways', () => {
  const expected = [...new Array(500).fill(0), ...new Array(500).fill(1)];
  const observed = [...new Array(200).fill(0), ...new Array(800).fill(1)];
  const exact = (0.2 - 0.5) * Math.log(0.2 / 0.5) + (0.8 - 0.5) * Math.log(0.8 / 0.5);
  expect(populationStability(expected, observed)).toBeCloseTo(exact, 2);
});

test('scores outside of all that was expected, and scores that are no number, are a change', () => {
  const random = seededRandom(1);
  const expected = normals(1000, random);
  const missing = normals(1000, random).map((score, at) => (at % 5 === 0 ? Number.NaN : score));
  expect(populationStability(expected, new Array(1000).fill(50))).toBeGreaterThan(1);
  expect(populationStability(expected, missing)).toBeGreaterThan(STABILITY_WARN);
  expect(populationStability(expected, normals(1000, random))).toBeLessThan(0.05);
  expect(populationStability([], expected)).toBeNaN();
});

test('20,000 requests like those before raise no warning, and others do within 800', () => {
  for (let seed = 0; seed < 10; seed++) {
    const random = seededRandom(seed + 1);
    const stability = new PopulationStability(PopulationStability.against(normals(1000, random)));
    let highest = 0;
    for (let request = 0; request < 20_000; request++) {
      stability.observe(normal(random));
      if (request % 20 === 0) highest = Math.max(highest, stability.value ?? 0);
    }
    expect(highest).toBeLessThan(STABILITY_WARN);
    for (const score of normals(800, random, -0.7)) stability.observe(score);
    expect(stability.value).toBeGreaterThan(STABILITY_WARN);
  }
});

test('it is silent while it has seen too little', () => {
  const random = seededRandom(4);
  const stability = new PopulationStability(PopulationStability.against(normals(500, random)));
  for (const score of normals(199, random, 5)) stability.observe(score);
  expect(stability.value).toBeNull();
  stability.observe(5);
  expect(stability.value).toBeGreaterThan(1);
});

test('it goes on where it was stored', () => {
  const random = seededRandom(5);
  const stability = new PopulationStability(PopulationStability.against(normals(300, random)));
  for (const score of normals(300, random)) stability.observe(score);
  const stored = JSON.parse(JSON.stringify(stability.state)) as StabilityState;
  const restored = new PopulationStability(stored);
  for (const score of normals(50, random)) {
    stability.observe(score);
    restored.observe(score);
  }
  expect(restored.value).toBe(stability.value);
});
