import type { Signal } from './signal.ts';

/** Of logs recorded elsewhere, which may have no texts and no tokens; a live draft never has these. */
export const RECORDED_SIGNALS: readonly Signal[] = [
  { name: 'confidence', cost: 'recorded', read: ({ beside }) => beside.confidence },
  {
    name: 'draft_cost',
    cost: 'recorded',
    read: ({ beside: { draftCost } }) =>
      draftCost !== undefined && draftCost > 0 ? Math.log(draftCost) : undefined,
  },
];
