import type { LearningRow } from './learning-row.ts';

/** What a route's owner wants of it: a quality with a confidence in it, or a share of the frontier's bill. */
export type RouteTarget =
  | { readonly kind: 'quality'; readonly alpha: number; readonly delta: number }
  | { readonly kind: 'budget'; readonly share: number };

export interface FitCall {
  readonly route: string;
  readonly endpoint: string;
  /** Oldest first; rows of other routes are pooled in, with their own group. */
  readonly rows: readonly LearningRow[];
  readonly target: RouteTarget;
  /** What a draft costs of a frontier call, where rows do not say. */
  readonly draftCostShare: number;
  /** Certificates rest on rows from then on alone; after an alarm, what was before it proves nothing. */
  readonly certifyFromMs: number;
  readonly nowMs: number;
  readonly random: () => number;
}
