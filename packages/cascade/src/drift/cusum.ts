export interface CusumOptions {
  /** How often the event happens while all is well, in (0, 1). */
  readonly rate: number;
  /** By how much its odds must rise, or fall, to matter; above 1. */
  readonly oddsRatio: number;
  /** How much evidence is an alarm, in nats; see `cusumThreshold`. */
  readonly threshold: number;
}

/** Everything that a running chart is; plain data. */
export interface CusumState {
  readonly rise: number;
  readonly fall: number;
  readonly seen: number;
  /** Which way the rate went, once an alarm was raised; it stays until a new chart is begun. */
  readonly alarm: 'rise' | 'fall' | null;
}

export const CUSUM_START: CusumState = { rise: 0, fall: 0, seen: 0, alarm: null };

/**
 * The threshold under which a chart with the right rate raises a false alarm within `requests` requests with a chance of at
 * most `falseAlarm`: ln(2 requests / falseAlarm).
 *
 * A chart is above h only if the likelihood ratio since some earlier request is above e^h, which for each such request has
 * a chance of at most e^-h (Ville), and there are two sides. Simulated at rates of .1 to .5 and odds ratios of 2 and 3, this is
 * some ten times too careful: with h = 13.6 (20,000 requests, .05) at most 6 of 1,000 charts raised one, h = 11 would do and see
 * a change a fifth sooner. It is kept because it holds for every rate, and leaves room for a rate that is only estimated.
 */
export function cusumThreshold(requests: number, falseAlarm: number): number {
  return Math.log((2 * requests) / falseAlarm);
}

/** A rate that is estimated as 0 or 1 is not that certain. */
const LEAST_RATE = 0.001;

/**
 * Notices a lasting change of a rate, such as the escalation rate: Page's cumulative sum (1954) of the log-likelihood ratio
 * of the changed odds to the usual ones, one sum for a rise and one for a fall, each never below zero.
 *
 * With an odds ratio of 2 and a threshold of 13.6, a rate of .3 that doubles its odds is noticed after 200 requests (median; 95 %
 * within 350), one of .1 after 360 (700).
 */
export class Cusum {
  readonly #threshold: number;
  readonly #rise: Evidence;
  readonly #fall: Evidence;
  #state: CusumState;

  constructor({ rate, oddsRatio, threshold }: CusumOptions, state: CusumState = CUSUM_START) {
    this.#threshold = threshold;
    const usual = Math.min(1 - LEAST_RATE, Math.max(LEAST_RATE, rate));
    this.#rise = evidenceFor(usual, oddsRatio);
    this.#fall = evidenceFor(usual, 1 / oddsRatio);
    this.#state = state;
  }

  /** Takes in one request; returns the alarm, as `state` does. */
  observe(happened: boolean): CusumState['alarm'] {
    const before = this.#state;
    const rise = Math.max(0, before.rise + (happened ? this.#rise.event : this.#rise.none));
    const fall = Math.max(0, before.fall + (happened ? this.#fall.event : this.#fall.none));
    let { alarm } = before;
    if (alarm === null && rise > this.#threshold) alarm = 'rise';
    if (alarm === null && fall > this.#threshold) alarm = 'fall';
    this.#state = { rise, fall, seen: before.seen + 1, alarm };
    return alarm;
  }

  get state(): CusumState {
    return this.#state;
  }
}

/** What one request with the event, and one without it, says for the changed odds, in nats. */
interface Evidence {
  readonly event: number;
  readonly none: number;
}

function evidenceFor(rate: number, oddsRatio: number): Evidence {
  const changed = (rate * oddsRatio) / (1 - rate + rate * oddsRatio);
  return { event: Math.log(changed / rate), none: Math.log((1 - changed) / (1 - rate)) };
}
