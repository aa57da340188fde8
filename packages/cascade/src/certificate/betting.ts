/** Losses of some rows, and what their mean must be shown not to exceed. */
export interface BettingTest {
  /** Each in [0, `largestLoss`]. */
  readonly losses: readonly number[];
  /** How many more rows had a loss of zero, or were not looked at and count as that under importance weights. */
  readonly zeros?: number | undefined;
  readonly alpha: number;
  /** 1 where absent; 1 / least propensity for losses that are weighted by 1 / propensity. */
  readonly largestLoss?: number | undefined;
}

/** As many bets as divide the way from nothing to everything evenly enough. */
const BETS = 24;

/**
 * A valid p-value for "the mean loss exceeds alpha", for independent losses of any distribution in [0, largestLoss]: hedged
 * betting (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", 2024).
 *
 * A gambler who stakes a fixed share of a capital of 1 on "the next loss is below alpha" multiplies it by
 * 1 + bet (alpha - loss); if the mean does exceed alpha, that cannot grow on average, so by Markov's inequality
 * P(capital >= 1/p) <= p. The capital here is spread evenly over a grid of bets (their "dKelly"), among which is about
 * the best one for the losses that came. Fixed bets make the figure independent of the order of the rows.
 *
 * A loss that is NaN or out of range shows nothing can be said: 1.
 */
export function bettingPValue({ losses, zeros = 0, alpha, largestLoss = 1 }: BettingTest): number {
  const bound = alpha / largestLoss;
  if (!(bound > 0 && bound < 1)) return 1;
  const above: number[] = [];
  for (const loss of losses) {
    if (!(loss >= 0 && loss <= largestLoss)) return 1;
    if (loss > 0) above.push(loss / largestLoss);
  }
  const none = zeros + losses.length - above.length;
  let logCapital = Number.NEGATIVE_INFINITY;
  for (let bet = 0; bet < BETS; bet++) {
    // The largest loss at the largest bet would leave nothing.
    const stake = (bet + 0.5) / BETS / (1 - bound);
    let log = none * Math.log1p(stake * bound) - Math.log(BETS);
    for (const loss of above) log += Math.log1p(stake * (bound - loss));
    logCapital = logOfSum(logCapital, log);
  }
  return Math.exp(-Math.max(0, logCapital));
}

/** ln(e^left + e^right). */
function logOfSum(left: number, right: number): number {
  const high = Math.max(left, right);
  const low = Math.min(left, right);
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
}
