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
  /** The share of requests for which evidence is bought; absent is none. */
  readonly greyShare?: number | undefined;
  /** Certificates rest on rows from then on alone; after an alarm, what was before it proves nothing. */
  readonly certifyFromMs: number;
  readonly nowMs: number;
  /** Certificates that were tried before for the same endpoint, since it was new or had an alarm; absent is none. */
  readonly testsBefore?: number | undefined;
  readonly random: () => number;
}
