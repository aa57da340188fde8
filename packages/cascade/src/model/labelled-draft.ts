/** A draft as a scorer model sees it. */
export interface DraftFeatures {
  /** What is pooled with the rest, and has its own level and slope: a route, a task. */
  readonly group: string;
  /** By position in the model's signal set; NaN where a signal abstained. */
  readonly signals: readonly number[];
  /** Hashed words, each once. */
  readonly ngrams: readonly number[];
}

/** A draft of which is known whether it was right; what models learn from and certificates rest on. */
export interface LabelledDraft extends DraftFeatures {
  /** In [0, 1]. */
  readonly draftRight: number;
  /** In [0, 1]; null where the frontier was not asked or not judged. */
  readonly frontierRight: number | null;
  /** How much its word counts in fitting; 1 for a label that can be relied on. */
  readonly weight: number;
  /** The chance with which it came to be labelled. */
  readonly propensity: number;
  /** In any one unit over all rows; null where not known. */
  readonly draftCost: number | null;
  readonly frontierCost: number | null;
}
