import {
  brier,
  LiveScorerModel,
  type Opinion,
  type ScorerModel,
  shuffled,
  TRAIN_OPTIONS,
  trainScorer,
} from '@weir/cascade';
import { POOLED_SIGNALS } from '../signals/index.ts';
import { NGRAM_BUCKETS } from '../signals/ngrams.ts';
import { type LearningRow, sampleOf } from './learning-row.ts';
import type { ScorerFile } from './scorer-file.ts';

/** A row, and what was said of it. */
export interface Judged {
  readonly row: LearningRow;
  readonly opinion: Opinion;
}

/** A scorer model that may be put in force, before it has a price. Nothing here has seen a row of the certificate. */
export interface Candidate {
  readonly model: ScorerModel;
  readonly judge: LiveScorerModel;
  /** Shadow prices to try, ascending: evenly spaced quantiles of benefit over cost. */
  readonly priorities: readonly number[];
  /** Rows of the route that were at hand for it. */
  readonly fittedRows: number;
  /** Those of them that are of the uniform sample, */
  readonly sample: readonly Judged[];
  /** and of these again those that were judged by a model that was not fitted to them. */
  readonly unseen: readonly Judged[];
  /** The standard error of a mean of confidences, from as many rows as it was fitted to. */
  readonly confidenceError: number;
  /** Rows of the uniform sample from then on were not fitted to; Unix time. */
  readonly learnedUntilMs: number;
}

const QUANTILES = 100;
/** Rows on which two models are compared at the least. */
const LEAST_REPLAYED = 20;

/** A model fitted to these rows. */
export function challenger(
  route: string,
  fitted: readonly LearningRow[],
  random: () => number,
): Candidate {
  const rows = shuffled(fitted, random);
  const { model, unseen } = trainScorer(rows, {
    ...TRAIN_OPTIONS,
    pooled: POOLED_SIGNALS,
    ngramBuckets: NGRAM_BUCKETS,
  });
  const sample = new Set(sampleOf(route, rows));
  const judged = rows.flatMap((row, at) => {
    const opinion = unseen[at];
    return opinion && sample.has(row) ? [{ row, opinion }] : [];
  });
  const priorities = judged
    .map(({ opinion }) => opinion.priority)
    .sort((left, right) => left - right);
  let learnedUntilMs = 0;
  for (const { atMs } of sample) learnedUntilMs = Math.max(learnedUntilMs, atMs + 1);
  return {
    model,
    judge: new LiveScorerModel(model),
    priorities: quantiles(priorities),
    fittedRows: ownRows(route, fitted),
    sample: judged,
    unseen: judged,
    confidenceError: confidenceError(judged, ownRows(route, fitted)),
    learnedUntilMs,
  };
}

/** The model in force, judging the same rows. */
export function champion(file: ScorerFile, fitted: readonly LearningRow[]): Candidate {
  const { route, model, reference, learnedUntilMs } = file;
  const judge = new LiveScorerModel(model);
  const sample = sampleOf(route, fitted).map((row) => ({ row, opinion: judge.judge(row) }));
  return {
    model,
    judge,
    priorities: reference.priorities,
    confidenceError: reference.confidenceError,
    fittedRows: ownRows(route, fitted),
    sample,
    unseen: sample.filter(({ row }) => row.atMs >= learnedUntilMs),
    learnedUntilMs,
  };
}

function confidenceError(unseen: readonly Judged[], rows: number): number {
  const confidences = unseen.map(({ opinion }) => opinion.confidence);
  const spread = brier(
    confidences,
    unseen.map(({ row }) => row.draftRight),
  );
  return Number.isFinite(spread) ? Math.sqrt(spread / rows) : 1;
}

function ownRows(route: string, rows: readonly LearningRow[]): number {
  return rows.filter(({ group }) => group === route).length;
}

/**
 * Whether the model in force did better by more than chance on the rows that neither of the two was fitted to: by the squared
 * error of the benefit, of which the mean is least for whoever knows its expectation. One standard error is asked of it, since
 * the other one knows more rows.
 */
export function holdsItsOwn(inForce: Candidate, challenging: Candidate): boolean {
  const said = new Map(challenging.unseen.map(({ row, opinion }) => [row, opinion]));
  const leads = inForce.unseen.flatMap(({ row, opinion }) => {
    const other = said.get(row);
    return other ? [errorOf(row, other) - errorOf(row, opinion)] : [];
  });
  if (leads.length < LEAST_REPLAYED) return false;
  let sum = 0;
  let squares = 0;
  for (const lead of leads) {
    sum += lead;
    squares += lead * lead;
  }
  const mean = sum / leads.length;
  const variance = Math.max(0, squares / leads.length - mean * mean);
  return mean > Math.sqrt(variance / leads.length);
}

function errorOf({ draftRight, frontierRight }: LearningRow, { benefit }: Opinion): number {
  return (benefit - ((frontierRight ?? draftRight) - draftRight)) ** 2;
}

function quantiles(ascending: readonly number[]): number[] {
  return Array.from({ length: QUANTILES + 1 }, (_, at) => {
    return ascending[Math.round((at / QUANTILES) * (ascending.length - 1))] ?? 0;
  });
}
