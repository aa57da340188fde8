import type { LabelledDraft } from '@weir/cascade';

/** How a log's costs were filled in where it says nothing. */
export interface CostNotes {
  /** Rows whose frontier call was counted at the mean of the others. */
  readonly meanFrontier: number;
  /** Rows whose draft was counted as a part of the frontier call. */
  readonly assumedDraft: number;
  /** Draft costs that nothing could be compared with. */
  readonly ignoredDraft: number;
}

/**
 * Every row with both costs, in one unit. Where no row says what a frontier call costs, every call costs the same; where
 * some do, the others cost what they do on average. A draft that does not say costs `draftCost` of its frontier call.
 */
export function costed(
  drafts: readonly LabelledDraft[],
  draftCost: number,
): { drafts: LabelledDraft[]; notes: CostNotes } {
  let sum = 0;
  let known = 0;
  for (const { frontierCost } of drafts) {
    if (frontierCost === null) continue;
    sum += frontierCost;
    known++;
  }
  let assumedDraft = 0;
  let ignoredDraft = 0;
  const all = drafts.map((draft) => {
    if (known === 0) {
      if (draft.draftCost !== null) ignoredDraft++;
      assumedDraft++;
      return { ...draft, draftCost, frontierCost: 1 };
    }
    const frontierCost = draft.frontierCost ?? sum / known;
    if (draft.draftCost === null) assumedDraft++;
    return { ...draft, frontierCost, draftCost: draft.draftCost ?? draftCost * frontierCost };
  });
  const meanFrontier = known === 0 ? 0 : drafts.length - known;
  return { drafts: all, notes: { meanFrontier, assumedDraft, ignoredDraft } };
}

/** What the drafts cost of the frontier calls; finite, for costed rows. */
export function draftShare(drafts: readonly LabelledDraft[]): number {
  let draft = 0;
  let frontier = 0;
  for (const row of drafts) {
    draft += row.draftCost ?? 0;
    frontier += row.frontierCost ?? 0;
  }
  return draft / frontier;
}
