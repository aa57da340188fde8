import type { LabelledDraft } from '@weir/cascade';

/** One labelled request as models are fitted to it. */
export interface LearningRow extends LabelledDraft {
  /** When it was first labelled; Unix time. */
  readonly atMs: number;
  /** Of the uniform sample; only these may carry a certificate. */
  readonly sampled: boolean;
}

/** Rows of the route itself that stand for its traffic: drawn uniformly, and with the frontier's answer known. */
export function sampleOf(route: string, rows: readonly LearningRow[]): LearningRow[] {
  return rows.filter(({ group, sampled, frontierRight }) => {
    return group === route && sampled && frontierRight !== null;
  });
}
