/**
 * P(Bin(trials, chance) <= successes), to about 12 digits in the small tail for any number of trials.
 *
 * Loader's saddle-point form of one term ("Fast and accurate computation of binomial probabilities", 2000), which neither
 * overflows nor cancels, then the ratios of neighbouring terms outwards until they no longer count: a few standard
 * deviations, 5,000 terms for a million trials.
 */
export function binomialCdf(successes: number, trials: number, chance: number): number {
  if (Number.isNaN(successes) || !(trials >= 0) || !(chance >= 0 && chance <= 1)) return Number.NaN;
  const k = Math.floor(successes);
  const n = Math.floor(trials);
  if (k < 0) return 0;
  if (k >= n || chance === 0) return 1;
  if (chance === 1) return 0;
  if (k < n * chance) return lowerTail(k, n, chance);
  // Above the mean the other tail is the small one.
  return Math.max(0, 1 - lowerTail(n - k - 1, n, 1 - chance));
}

/** How little a term may add before the rest is left out. */
const NEGLIGIBLE = 1e-17;

/** The sum of the terms at k and below, largest first; k is below the mean, so they fall at least geometrically. */
function lowerTail(k: number, n: number, chance: number): number {
  const odds = (1 - chance) / chance;
  let term = 1;
  let sum = 0;
  for (let at = k; at >= 0 && term > sum * NEGLIGIBLE; at--) {
    sum += term;
    term *= (at / (n - at + 1)) * odds;
  }
  return Math.min(1, sum * Math.exp(logTerm(k, n, chance)));
}

/** ln P(Bin(n, chance) = k). */
function logTerm(k: number, n: number, chance: number): number {
  if (k === 0) return n * Math.log1p(-chance);
  if (k === n) return n * Math.log(chance);
  const deviance = devianceTerm(k, n * chance) + devianceTerm(n - k, n * (1 - chance));
  const stirling = stirlingError(n) - stirlingError(k) - stirlingError(n - k);
  return stirling - deviance + Math.log(n / (2 * Math.PI * k * (n - k))) / 2;
}

/** x ln(x / mean) + mean - x, by its series where the two are close and the plain form would cancel. */
function devianceTerm(x: number, mean: number): number {
  const apart = (x - mean) / (x + mean);
  if (Math.abs(apart) >= 0.1) return x * Math.log(x / mean) + mean - x;
  let sum = (x - mean) * apart;
  let power = 2 * x * apart;
  for (let j = 1; j < 100; j++) {
    power *= apart * apart;
    const next = sum + power / (2 * j + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/** ln n! - ln(sqrt(2 pi n) (n / e)^n): summed for small n, by Stirling's series from 16 on. */
function stirlingError(n: number): number {
  if (n < 16) {
    let logFactorial = 0;
    for (let i = 2; i <= n; i++) logFactorial += Math.log(i);
    return logFactorial - (n + 0.5) * Math.log(n) + n - Math.log(2 * Math.PI) / 2;
  }
  const n2 = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / (1188 * n2)) / n2) / n2) / n2) / n;
}

/**
 * How many rows without a single loss it takes to show, at level `delta`, that the risk is at most `alpha`:
 * ceil(ln delta / ln(1 - alpha)).
 */
export function leastRows(alpha: number, delta: number): number {
  return Math.ceil(Math.log(delta) / Math.log1p(-alpha));
}
