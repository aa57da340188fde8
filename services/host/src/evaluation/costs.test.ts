import type { LabelledDraft } from '@weir/cascade';
import { expect, test } from 'vitest';
import { costed, draftShare } from './costs.ts';

function draft(draftCost: number | null, frontierCost: number | null): LabelledDraft {
  return {
    group: '',
    signals: [],
    ngrams: [],
    draftRight: 1,
    frontierRight: 1,
    weight: 1,
    propensity: 1,
    draftCost,
    frontierCost,
  };
}

const costsOf = (rows: readonly LabelledDraft[]) =>
  rows.map(({ draftCost, frontierCost }) => [draftCost, frontierCost]);

test('rows without costs cost what was said of a frontier call', () => {
  const { drafts, notes } = costed([draft(null, null), draft(null, null)], 0.06);
  expect(costsOf(drafts)).toEqual([
    [0.06, 1],
    [0.06, 1],
  ]);
  expect(notes).toEqual({ meanFrontier: 0, assumedDraft: 2, ignoredDraft: 0 });
  expect(draftShare(drafts)).toBeCloseTo(0.06, 12);
});

test('rows with costs keep them, and the others cost what these do on average', () => {
  const { drafts, notes } = costed([draft(1, 10), draft(2, 30), draft(null, null)], 0.5);
  expect(costsOf(drafts)).toEqual([
    [1, 10],
    [2, 30],
    [10, 20],
  ]);
  expect(notes).toEqual({ meanFrontier: 1, assumedDraft: 1, ignoredDraft: 0 });
});

test("a draft's cost alone is in a unit that nothing is compared with", () => {
  const { drafts, notes } = costed([draft(7, null), draft(null, null)], 0.06);
  expect(costsOf(drafts)).toEqual([
    [0.06, 1],
    [0.06, 1],
  ]);
  expect(notes.ignoredDraft).toBe(1);
});
