import { FeatureMatrix, fitLogistic, type Head, headFrom, TRAIN_OPTIONS } from '@weir/cascade';
import { NGRAM_BUCKETS, questionNgrams } from '../signals/ngrams.ts';

/** Of each kind, escalated and accepted, so many rows are needed to tell them apart. */
const LEAST_OF_A_KIND = 10;

/** A draft that is thrown away this likely is not worth its price: draft + p frontier against frontier. */
export function isWaste(escalationChance: number, draftCostShare: number): boolean {
  return escalationChance > 1 - draftCostShare;
}

/**
 * The log-odds that a request escalates, from the words of its question alone; null where nearly all or nearly none do. The
 * rows must stand for all traffic: rejected drafts are labelled more often, and would look like most of it.
 */
export function planHead(
  ngrams: readonly (readonly number[])[],
  escalates: readonly boolean[],
): Head | null {
  const count = escalates.filter(Boolean).length;
  if (Math.min(count, ngrams.length - count) < LEAST_OF_A_KIND) return null;
  const none = new Float64Array();
  const features = new FeatureMatrix(
    ngrams.map(() => none),
    ngrams.map(questionNgrams),
    0,
    NGRAM_BUCKETS,
  );
  const weights = fitLogistic({
    features,
    rows: ngrams.map((_, at) => at),
    targets: Float64Array.from(escalates, Number),
    weights: new Float64Array(ngrams.length).fill(1),
    denseRidge: TRAIN_OPTIONS.denseRidge,
    ngramRidge: TRAIN_OPTIONS.ngramRidge,
  });
  return headFrom(weights, 0);
}
