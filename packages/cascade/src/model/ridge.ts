/**
 * Ridge-regularised least squares of `targets` on dense rows, the intercept first and without ridge: solved by Cholesky,
 * for a few dozen features.
 */
export function fitRidge(
  rows: readonly Float64Array[],
  targets: readonly number[],
  ridge: number,
): Float64Array {
  const width = (rows[0]?.length ?? 0) + 1;
  const normal = Array.from({ length: width }, () => new Float64Array(width));
  const right = new Float64Array(width);
  const padded = new Float64Array(width);
  padded[0] = 1;
  for (const [row, values] of rows.entries()) {
    padded.set(values, 1);
    const target = targets[row] ?? 0;
    for (let i = 0; i < width; i++) {
      const value = padded[i] ?? 0;
      if (value === 0) continue;
      right[i] = (right[i] ?? 0) + value * target;
      const line = normal[i];
      if (line) for (let j = 0; j <= i; j++) line[j] = (line[j] ?? 0) + value * (padded[j] ?? 0);
    }
  }
  for (let i = 0; i < width; i++) {
    const line = normal[i];
    if (line) line[i] = (line[i] ?? 0) + (i === 0 ? 1e-9 : ridge);
  }
  return solve(normal, right);
}

/** Cholesky of the lower triangle, in place; then forward and back. */
function solve(lower: Float64Array[], right: Float64Array): Float64Array {
  const at = (i: number, j: number) => lower[i]?.[j] ?? 0;
  const width = right.length;
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(i, j);
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      const line = lower[i];
      if (line) line[j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / at(j, j);
    }
  }
  const solution = right.slice();
  for (let i = 0; i < width; i++) {
    let sum = solution[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= at(i, k) * (solution[k] ?? 0);
    solution[i] = sum / at(i, i);
  }
  for (let i = width - 1; i >= 0; i--) {
    let sum = solution[i] ?? 0;
    for (let k = i + 1; k < width; k++) sum -= at(k, i) * (solution[k] ?? 0);
    solution[i] = sum / at(i, i);
  }
  return solution;
}
