import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mean, seededRandom } from '../measures/seeded-random.fixture.ts';
import { CostQualityCurve, outcomeAt, type RankedRow, ranked } from './cost-quality.ts';

const row = fc.record({
  priority: fc.double({ min: -1, max: 1, noNaN: true }),
  draftRight: fc.constantFrom(0, 1, 0.5),
  frontierRight: fc.constantFrom(0, 1, 0.75),
  draftCost: fc.double({ min: 0, max: 0.5, noNaN: true }),
  frontierCost: fc.double({ min: 0.5, max: 2, noNaN: true }),
});
const rows = fc.array(row, { minLength: 1, maxLength: 60 });

function made(priority: number, draftRight: number, frontierRight: number): RankedRow {
  return { priority, draftRight, frontierRight, draftCost: 0.1, frontierCost: 1 };
}

test('it goes from all drafts to all escalated, and the bill never falls', () => {
  fc.assert(
    fc.property(rows, (all) => {
      const { points, draftQuality, frontierQuality } = new CostQualityCurve(all);
      const drafts = all.reduce((sum, { draftCost }) => sum + draftCost, 0);
      const frontier = all.reduce((sum, { frontierCost }) => sum + frontierCost, 0);
      expect(points).toHaveLength(all.length + 1);
      expect(points[0]?.cost).toBeCloseTo(drafts / frontier, 9);
      expect(points[0]?.quality).toBe(draftQuality);
      expect(points.at(-1)?.cost).toBeCloseTo(drafts / frontier + 1, 9);
      expect(points.at(-1)?.quality).toBeCloseTo(frontierQuality, 9);
      for (let at = 1; at < points.length; at++) {
        expect(points[at]?.cost).toBeGreaterThan(points[at - 1]?.cost ?? 0);
        expect(points[at]?.priority).toBeLessThanOrEqual(points[at - 1]?.priority ?? 0);
      }
    }),
  );
});

test('no order of escalating is above the one that knows both answers', () => {
  fc.assert(
    fc.property(rows, (all) => {
      const best = new CostQualityCurve(
        all.map((each) => ({ ...each, priority: each.frontierRight - each.draftRight })),
      );
      const other = new CostQualityCurve(all);
      for (const [at, { quality }] of other.points.entries()) {
        expect(quality).toBeLessThanOrEqual((best.points[at]?.quality ?? 0) + 1e-9);
      }
    }),
  );
});

test('a perfect signal closes the whole gap with as many calls as there are gains', () => {
  const all = Array.from({ length: 100 }, (_, at) => made(at < 30 ? 1 : 0, at < 30 ? 0 : 1, 1));
  const curve = new CostQualityCurve(all);
  expect(curve.cpt(1)).toBeCloseTo(0.3, 12);
  expect(curve.cpt(0.5)).toBeCloseTo(0.15, 12);
  expect(curve.reaching(1)?.cost).toBeCloseTo(0.1 + 0.3, 9);
  // A triangle over the first 30 %, all of the gap over the rest.
  expect(curve.apgr).toBeCloseTo(0.3 / 2 + 0.7, 9);
});

test('a random order recovers half of the gap on average', () => {
  const random = seededRandom(5);
  const apgrs = Array.from({ length: 200 }, () => {
    const all = Array.from({ length: 200 }, () =>
      made(random(), random() < 0.6 ? 1 : 0, random() < 0.9 ? 1 : 0),
    );
    return new CostQualityCurve(all).apgr;
  });
  expect(mean(apgrs)).toBeGreaterThan(0.48);
  expect(mean(apgrs)).toBeLessThan(0.52);
});

test('what a price brings is the point of the curve whose rows are above it', () => {
  fc.assert(
    fc.property(rows, fc.nat(), (all, pick) => {
      const curve = new CostQualityCurve(all);
      const price = all[pick % all.length]?.priority ?? 0;
      const escalated = all.filter(({ priority }) => priority > price).length;
      const point = curve.points[escalated];
      const outcome = outcomeAt(all, price);
      expect(outcome.cost).toBeCloseTo(point?.cost ?? Number.NaN, 9);
      expect(outcome.share).toBeCloseTo(point?.share ?? Number.NaN, 12);
      if (curve.frontierQuality > 0) {
        expect(outcome.quality * curve.frontierQuality).toBeCloseTo(point?.quality ?? 0, 9);
      }
    }),
  );
});

test("a point's price escalates what it escalates, and all that is like its last row", () => {
  const tied = rows.map((all) =>
    all.map((each) => ({ ...each, priority: Math.round(each.priority * 3) })),
  );
  fc.assert(
    fc.property(tied, fc.nat(), (all, pick) => {
      const curve = new CostQualityCurve(all);
      const point = curve.points[pick % curve.points.length];
      if (!point) throw new TypeError('a curve has points');
      const last = point.priority;
      const like = all.filter(({ priority }) => priority >= last).length;
      expect(outcomeAt(all, curve.priceOf(point)).share).toBeCloseTo(like / all.length, 12);
    }),
  );
});

test('a priority that is no number escalates', () => {
  const outcome = outcomeAt([made(Number.NaN, 1, 1)], Number.POSITIVE_INFINITY);
  expect(outcome.share).toBe(1);
  expect(outcome.cost).toBeCloseTo(1.1, 12);
});

test('costs are taken from a row only where it knows both', () => {
  const draft = {
    group: '',
    signals: [],
    ngrams: [],
    draftRight: 1,
    frontierRight: null,
    weight: 1,
    propensity: 1,
    draftCost: 3,
    frontierCost: 30,
  };
  expect(ranked(draft, 0, 0.06)).toMatchObject({ draftCost: 3, frontierCost: 30 });
  expect(ranked({ ...draft, draftCost: null }, 0, 0.06)).toMatchObject({
    draftCost: 0.06,
    frontierCost: 1,
    // Whose frontier is not known is not said to gain.
    frontierRight: 1,
  });
});
