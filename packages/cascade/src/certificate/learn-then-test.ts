import { bettingPValue } from './betting.ts';
import { binomialCdf } from './binomial.ts';

export interface LearnThenTest<Row, Point> {
  /** Independent rows that nothing was fitted to or chosen on. */
  readonly rows: readonly Row[];
  /** Points of operation from strict to lax, fixed before the rows were seen. */
  readonly grid: readonly Point[];
  /** What `point` would have lost on `row`. */
  readonly loss: (row: Row, point: Point) => number;
  /** The risk to certify: the mean loss is at most this. */
  readonly alpha: number;
  /** How often a certificate may be wrong. */
  readonly delta: number;
  /**
   * Absent: losses are 0 or 1, anything in between counts as 1, and the exact binomial test is made. Else they lie in
   * [0, largestLoss] and the betting test is made: 1 for graded losses; 1 / least propensity for weighted ones, which are
   * loss / propensity for a row that was looked at and 0 for one that was not.
   */
  readonly largestLoss?: number | undefined;
}

export interface Certified {
  /** Index into the grid of the laxest point certified; null when none was. */
  readonly passed: number | null;
  /** One for each point tested, the last of them the first above delta unless all passed. */
  readonly pValues: readonly number[];
}

/**
 * Walks the grid from strict to lax and stops before the first point whose p-value exceeds delta. With probability of at
 * least 1 - delta over the draw of the rows, the mean loss is at most alpha at every point passed, whatever the
 * distribution: fixed-sequence testing in "Learn then Test" (Angelopoulos, Bates, Candès, Jordan and Lei 2021).
 */
export function learnThenTest<Row, Point>(test: LearnThenTest<Row, Point>): Certified {
  const pValues: number[] = [];
  for (const point of test.grid) {
    const p = pValueAt(test, point);
    pValues.push(p);
    // Written so that a p-value that is no number does not pass.
    if (!(p <= test.delta)) return { passed: lastOf(pValues.length - 1), pValues };
  }
  return { passed: lastOf(pValues.length), pValues };
}

function lastOf(count: number): number | null {
  return count > 0 ? count - 1 : null;
}

function pValueAt<Row, Point>(test: LearnThenTest<Row, Point>, point: Point): number {
  const { rows, loss, alpha, largestLoss } = test;
  if (largestLoss !== undefined) {
    const losses = rows.map((row) => loss(row, point));
    return bettingPValue({ losses, alpha, largestLoss });
  }
  let failures = 0;
  for (const row of rows) if (loss(row, point) !== 0) failures += 1;
  return binomialCdf(failures, rows.length, alpha);
}
