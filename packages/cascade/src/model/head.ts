/** One logistic head: the log-odds of an event from a draft's features. Plain data. */
export interface Head {
  readonly intercept: number;
  readonly dense: readonly number[];
  /** Weights of word buckets that are not zero, as [bucket, weight, bucket, weight, ...]. */
  readonly ngrams: readonly number[];
}

/** Digits of a word's weight that are kept: the thousandth part of a log-odd moves no decision. */
const WEIGHT_STEP = 1e-4;

/** From a weight vector as `fitLogistic` lays it out. */
export function headFrom(weights: Float64Array, denseWidth: number): Head {
  const ngrams: number[] = [];
  for (let at = 1 + denseWidth; at < weights.length; at++) {
    const weight = Math.round((weights[at] ?? 0) / WEIGHT_STEP) / (1 / WEIGHT_STEP);
    if (weight !== 0) ngrams.push(at - 1 - denseWidth, weight);
  }
  return {
    intercept: weights[0] ?? 0,
    dense: Array.from(weights.subarray(1, 1 + denseWidth)),
    ngrams,
  };
}

/** A head ready for use. */
export class LiveHead {
  readonly #head: Head;
  readonly #dense: Float64Array;
  readonly #buckets: Float64Array;

  constructor(head: Head) {
    this.#head = head;
    this.#dense = Float64Array.from(head.dense);
    let largest = -1;
    for (let at = 0; at < head.ngrams.length; at += 2) {
      largest = Math.max(largest, head.ngrams[at] ?? 0);
    }
    this.#buckets = new Float64Array(largest + 1);
    for (let at = 0; at < head.ngrams.length; at += 2) {
      this.#buckets[head.ngrams[at] ?? 0] = head.ngrams[at + 1] ?? 0;
    }
  }

  logit(dense: Float64Array, ngrams: readonly number[]): number {
    const weights = this.#dense;
    let sum = this.#head.intercept;
    for (let at = 0; at < weights.length; at++) sum += (weights[at] ?? 0) * (dense[at] ?? 0);
    return sum + this.ngramShare(ngrams);
  }

  /** What the words alone add to the log-odds. */
  ngramShare(ngrams: readonly number[]): number {
    if (ngrams.length === 0) return 0;
    const buckets = this.#buckets;
    let sum = 0;
    for (const bucket of ngrams) sum += buckets[bucket] ?? 0;
    return sum / Math.sqrt(ngrams.length);
  }

  /** What each dense feature adds to the log-odds. */
  shares(dense: Float64Array): Float64Array {
    return this.#dense.map((weight, at) => weight * (dense[at] ?? 0));
  }
}
