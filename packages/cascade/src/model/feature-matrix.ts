/**
 * Rows of features: a few dense ones, standardised, and hashed word groups that are there or not. The word groups of one row
 * weigh as much as one feature together (1 / sqrt(count) each), so that long prompts are not louder than short ones.
 */
export class FeatureMatrix {
  readonly rows: number;
  readonly denseWidth: number;
  readonly sparseWidth: number;
  /** Row by row. */
  readonly dense: Float64Array;
  /** Where each row's word groups begin in `columns`; one more entry for the end. */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  #narrow: NarrowMatrix | undefined;

  constructor(
    dense: readonly Float64Array[],
    ngrams: readonly ArrayLike<number>[],
    denseWidth: number,
    sparseWidth: number,
  ) {
    this.rows = dense.length;
    this.denseWidth = denseWidth;
    this.sparseWidth = sparseWidth;
    this.dense = new Float64Array(this.rows * denseWidth);
    this.starts = new Int32Array(this.rows + 1);
    let entries = 0;
    for (const [row, values] of dense.entries()) {
      this.dense.set(values, row * denseWidth);
      entries += ngrams[row]?.length ?? 0;
      this.starts[row + 1] = entries;
    }
    this.columns = new Int32Array(entries);
    for (const [row, columns] of ngrams.entries()) this.columns.set(columns, this.starts[row]);
  }

  /** Intercept, dense weights, word group weights: the layout of every weight vector over these features. */
  get width(): number {
    return 1 + this.denseWidth + this.sparseWidth;
  }

  /** Without the word groups that no row has: most of them, and their weights are zero whatever is fitted. */
  get narrow(): NarrowMatrix {
    this.#narrow ??= narrowed(this);
    return this.#narrow;
  }

  /** The linear predictor of one row. */
  predictor(row: number, weights: Float64Array): number {
    const { dense, denseWidth, columns } = this;
    let sum = weights[0] ?? 0;
    const from = row * denseWidth;
    for (let at = 0; at < denseWidth; at++) sum += (dense[from + at] ?? 0) * (weights[1 + at] ?? 0);
    const start = this.starts[row] ?? 0;
    const end = this.starts[row + 1] ?? start;
    if (end === start) return sum;
    let groups = 0;
    const base = 1 + denseWidth;
    for (let at = start; at < end; at++) groups += weights[base + (columns[at] ?? 0)] ?? 0;
    return sum + groups / Math.sqrt(end - start);
  }

  /** Adds `factor` times one row's features to a gradient. */
  addTo(gradient: Float64Array, row: number, factor: number): void {
    const { dense, denseWidth, columns } = this;
    gradient[0] = (gradient[0] ?? 0) + factor;
    const from = row * denseWidth;
    for (let at = 0; at < denseWidth; at++) {
      gradient[1 + at] = (gradient[1 + at] ?? 0) + factor * (dense[from + at] ?? 0);
    }
    const start = this.starts[row] ?? 0;
    const end = this.starts[row + 1] ?? start;
    if (end === start) return;
    const each = factor / Math.sqrt(end - start);
    const base = 1 + denseWidth;
    for (let at = start; at < end; at++) {
      const column = base + (columns[at] ?? 0);
      gradient[column] = (gradient[column] ?? 0) + each;
    }
  }
}

/** A matrix over the word groups that occur, and which they are: `buckets[column]`, ascending. */
export interface NarrowMatrix {
  readonly features: FeatureMatrix;
  readonly buckets: Int32Array;
}

function narrowed({ rows, dense, denseWidth, sparseWidth, starts, columns }: FeatureMatrix) {
  const buckets = Int32Array.from(new Set(columns)).sort();
  const place = new Int32Array(sparseWidth);
  for (const [column, bucket] of buckets.entries()) place[bucket] = column;
  const moved = columns.map((bucket) => place[bucket] ?? 0);
  const all = Array.from({ length: rows }, (_, row) => row);
  const features = new FeatureMatrix(
    all.map((row) => dense.subarray(row * denseWidth, (row + 1) * denseWidth)),
    all.map((row) => moved.subarray(starts[row], starts[row + 1])),
    denseWidth,
    buckets.length,
  );
  return { features, buckets };
}

/** From the layout of all word groups to that of those that occur. */
export function narrowedWeights(weights: Float64Array, narrow: NarrowMatrix): Float64Array {
  const base = 1 + narrow.features.denseWidth;
  const few = new Float64Array(narrow.features.width);
  few.set(weights.subarray(0, base));
  for (const [column, bucket] of narrow.buckets.entries()) {
    few[base + column] = weights[base + bucket] ?? 0;
  }
  return few;
}

/** And back. */
export function widenedWeights(
  weights: Float64Array,
  narrow: NarrowMatrix,
  width: number,
): Float64Array {
  const base = 1 + narrow.features.denseWidth;
  const all = new Float64Array(width);
  all.set(weights.subarray(0, base));
  for (const [column, bucket] of narrow.buckets.entries()) {
    all[base + bucket] = weights[base + column] ?? 0;
  }
  return all;
}
