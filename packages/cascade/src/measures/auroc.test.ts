import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auroc } from './auroc.ts';

const row = fc.record({
  score: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double({ min: 0, max: 4, noNaN: true })),
  label: fc.constantFrom(0, 1, 0.25),
  weight: fc.constantFrom(0.5, 1, 2),
});
const rows = fc.array(row, { maxLength: 40 });

const columns = (all: readonly { score: number; label: number; weight: number }[]) =>
  [all.map((r) => r.score), all.map((r) => r.label), all.map((r) => r.weight)] as const;

test('it is the share of pairs in which the positive scores higher, ties counting half', () => {
  fc.assert(
    fc.property(rows, (all) => {
      let wins = 0;
      let pairs = 0;
      for (const one of all) {
        for (const other of all) {
          const pair = one.weight * one.label * other.weight * (1 - other.label);
          pairs += pair;
          if (one.score > other.score) wins += pair;
          if (one.score === other.score) wins += pair / 2;
        }
      }
      const found = auroc(...columns(all));
      if (pairs === 0) expect(found).toBeNaN();
      else expect(found).toBeCloseTo(wins / pairs, 9);
    }),
  );
});

test('turning the scores round mirrors it', () => {
  const scores = [0.1, 0.4, 0.35, 0.8, 0.4];
  const labels = [0, 0, 1, 1, 1];
  const turned = scores.map((score) => -score);
  expect(auroc(scores, labels) + auroc(turned, labels)).toBeCloseTo(1, 12);
  expect(auroc(scores, labels)).toBeCloseTo(4.5 / 6, 12);
});

test('rows without a score or a label are left out', () => {
  expect(auroc([0, 1, Number.NaN, 3], [0, 1, 1, Number.NaN])).toBe(1);
});
