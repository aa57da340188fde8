import type { QualityTarget } from '@weir/cascade';

/** Fewer rows have halves that are too small to learn anything from. */
export const LEAST_ROWS = 20;

/** How a log is to be evaluated. */
export interface LogOptions {
  readonly file: string;
  readonly splits: number;
  readonly seed: number;
  /** Rows to learn from in each split; absent: all of the training half. */
  readonly labels: number | undefined;
  readonly target: QualityTarget;
  /** What a draft costs of a frontier call, for rows that do not say. */
  readonly draftCost: number;
  readonly onSplit: () => void;
}
