/** Above this the score's distribution is worth a look. */
export const STABILITY_WARN = 0.2;
/** Above this what was learned from the reference can no longer be relied on. */
export const STABILITY_ACT = 0.3;

/** Tenths: the usual choice, and enough rows in each with a few hundred. */
const BINS = 10;
/** A made-up half row in each bin, so that an empty one is rare instead of impossible. */
const HALF_ROW = 0.5;

/**
 * Population stability index: sum (o - e) ln(o / e) over the shares of observed and expected scores in bins that hold a
 * tenth of the expected ones each; Kullback and Leibler's divergence both ways. 0 when nothing moved. Chance alone
 * gives about 9 / expected + 9 / observed rows, so fewer than 200 of either say little. NaN without rows.
 */
export function populationStability(
  expected: readonly number[],
  observed: readonly number[],
  bins: number = BINS,
): number {
  const edges = quantileEdges(expected, bins);
  if (expected.length === 0 || observed.length === 0) return Number.NaN;
  return divergence(binCounts(edges, expected), binCounts(edges, observed));
}

/** Everything that a running index is; plain data. */
export interface StabilityState {
  /** The bins' inner edges, ascending; the last bin is for scores that are no number. */
  readonly edges: readonly number[];
  readonly expected: readonly number[];
  /** Fading counts of what was observed. */
  readonly observed: readonly number[];
  readonly seen: number;
}

export interface StabilityOptions {
  /** After this many more rows a row counts 1/e of what it did. */
  readonly memoryRows: number;
  /** No figure is given before this many rows. */
  readonly leastRows: number;
}

/** 500 rows of memory weigh like a plain window of 1,000; under 200 rows chance alone may reach the warning. */
export const STABILITY_OPTIONS: StabilityOptions = { memoryRows: 500, leastRows: 200 };

/** The population stability index of the recent rows, against bins fixed once from reference scores. */
export class PopulationStability {
  readonly #options: StabilityOptions;
  readonly #edges: readonly number[];
  readonly #expected: readonly number[];
  readonly #observed: number[];
  #seen: number;

  constructor(state: StabilityState, options: StabilityOptions = STABILITY_OPTIONS) {
    this.#options = options;
    this.#edges = state.edges;
    this.#expected = state.expected;
    this.#observed = [...state.observed];
    this.#seen = state.seen;
  }

  /** Nothing observed yet. */
  static against(reference: readonly number[], bins: number = BINS): StabilityState {
    const edges = quantileEdges(reference, bins);
    const expected = binCounts(edges, reference);
    return { edges, expected, observed: expected.map(() => 0), seen: 0 };
  }

  observe(score: number): void {
    const kept = 1 - 1 / this.#options.memoryRows;
    for (const [bin, count] of this.#observed.entries()) this.#observed[bin] = count * kept;
    const bin = binOf(this.#edges, score);
    this.#observed[bin] = (this.#observed[bin] ?? 0) + 1;
    this.#seen += 1;
  }

  /** Null while too little was seen. */
  get value(): number | null {
    if (this.#seen < this.#options.leastRows) return null;
    return divergence(this.#expected, this.#observed);
  }

  get state(): StabilityState {
    return {
      edges: this.#edges,
      expected: this.#expected,
      observed: [...this.#observed],
      seen: this.#seen,
    };
  }
}

/** The reference's quantiles, each once: where many scores are equal, their bin holds more than its share. */
function quantileEdges(reference: readonly number[], bins: number): number[] {
  const sorted = reference.filter((score) => !Number.isNaN(score)).sort((a, b) => a - b);
  const edges = new Set<number>();
  for (let edge = 1; edge < bins; edge++) {
    const at = sorted[Math.floor((edge * sorted.length) / bins)];
    if (at !== undefined) edges.add(at);
  }
  return [...edges];
}

function binCounts(edges: readonly number[], scores: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 2).fill(0);
  for (const score of scores) {
    const bin = binOf(edges, score);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** A score on an edge is in the bin above it. */
function binOf(edges: readonly number[], score: number): number {
  if (Number.isNaN(score)) return edges.length + 1;
  const above = edges.findIndex((edge) => score < edge);
  return above < 0 ? edges.length : above;
}

function divergence(expected: readonly number[], observed: readonly number[]): number {
  const expectedRows = sumOf(expected) + HALF_ROW * expected.length;
  const observedRows = sumOf(observed) + HALF_ROW * observed.length;
  let sum = 0;
  for (const [bin, count] of expected.entries()) {
    const e = (count + HALF_ROW) / expectedRows;
    const o = ((observed[bin] ?? 0) + HALF_ROW) / observedRows;
    sum += (o - e) * Math.log(o / e);
  }
  return sum;
}

function sumOf(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
