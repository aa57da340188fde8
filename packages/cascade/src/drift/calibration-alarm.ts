export interface CalibrationAlarmOptions {
  /** The chance of ever raising a false alarm. */
  readonly delta: number;
  /** By how much predicted chances may be off on average without an alarm: what calibration promises. */
  readonly tolerance: number;
  /**
   * Rows looked at with a higher chance than this count in proportion less, so that the alarm is about the mean over all
   * traffic. 1 weighs every label alike and is the quickest; it is right where that chance hangs on nothing but the
   * predicted chance and the time, for then calibrated is calibrated, however a row came to be looked at.
   */
  readonly leastPropensity: number;
}

/**
 * What was found to keep both promises, by simulation. A map that is off by .02 all the time raises an alarm within 20,000
 * labels in at most 5 % of cases, an exact one practically never; without tolerance a map off by .01 is an alarm by then, too.
 * A fall from .90 to .75 is seen after 160 labels (median; 95 % within 280) when it comes after 400 quiet ones, after 285 (95 %
 * within 425) when after 20,000. Without tolerance these are 115 (185) and 225 (340), with .03 they are 190 (320) and 325 (500).
 */
export const CALIBRATION_ALARM_OPTIONS: CalibrationAlarmOptions = {
  delta: 0.05,
  tolerance: 0.02,
  leastPropensity: 1,
};

export interface CalibrationObservation {
  /** The chance that the draft is right, as it was predicted before the label was known. */
  readonly predicted: number;
  /** In [0, 1]: whether it was. */
  readonly label: number;
  /** The chance with which this row was looked at, in (0, 1]. */
  readonly propensity: number;
  /** By how much more than `tolerance` this prediction may be off: how well it could be known when it was made. */
  readonly slack?: number | undefined;
}

/** Everything that a running alarm is; plain data. */
export interface CalibrationAlarmState {
  readonly labels: number;
  /** What each bet holds, as shares of the starting capital. */
  readonly capital: readonly number[];
  /** Whether drafts are worse or better than predicted, once an alarm was raised; it stays until a new one is begun. */
  readonly alarm: 'overconfident' | 'underconfident' | null;
}

/** Bets on overconfidence, which costs quality, get most of the capital; those on the opposite only cost money. */
const BETS: readonly { readonly stake: number; readonly share: number }[] = [
  { stake: -1 / 2, share: 0.25 },
  { stake: -1 / 4, share: 0.25 },
  { stake: -1 / 8, share: 0.25 },
  { stake: 1 / 2, share: 0.25 / 3 },
  { stake: 1 / 4, share: 0.25 / 3 },
  { stake: 1 / 8, share: 0.25 / 3 },
];

/** How often new capital comes in. More often reacts no faster: each part is then smaller. */
const RESTART_LABELS = 50;

export const CALIBRATION_ALARM_START: CalibrationAlarmState = {
  labels: 0,
  capital: BETS.map(() => 0),
  alarm: null,
};

/**
 * Notices that predicted chances no longer hold: a gambler bets against them, and wins only if they are wrong.
 *
 * For each bet, capital is multiplied by 1 + nu (A / pi) (y - p) per request, where A says whether it was looked at, pi is
 * the chance of that, y the label and p the prediction, give or take the tolerance; |nu| <= pi / 2 keeps it positive. While
 * E[y] = p it cannot grow on average, so it ever reaches 1 / delta with a chance of at most delta (Ville's inequality), however long it runs and
 * whenever one looks: an e-process (Waudby-Smith and Ramdas 2024; Shin, Ramdas and Rinaldo, "E-detectors", 2023).
 * Requests that nobody looked at multiply it by 1 and need not be told.
 *
 * Capital that has been betting through a long quiet time is as good as lost, so only a part of it enters with each group
 * of labels and the rest waits: 1 / ln(e + b) of it after b groups, which lasts for ever. That costs nothing of the guarantee, and the delay of
 * a late alarm grows with the logarithm of the quiet time only.
 */
export class CalibrationAlarm {
  readonly #options: CalibrationAlarmOptions;
  #state: CalibrationAlarmState;

  constructor(
    options: CalibrationAlarmOptions = CALIBRATION_ALARM_OPTIONS,
    state: CalibrationAlarmState = CALIBRATION_ALARM_START,
  ) {
    this.#options = options;
    this.#state = state;
  }

  /** Takes in one labelled row; returns the alarm, as `state` does. What is no number says nothing. */
  observe({
    predicted,
    label,
    propensity,
    slack = 0,
  }: CalibrationObservation): CalibrationAlarmState['alarm'] {
    const { labels, capital, alarm } = this.#state;
    if (alarm !== null || !isShare(predicted) || !isShare(label) || !(propensity > 0)) return alarm;
    const { tolerance, leastPropensity } = this.#options;
    const importance = Math.min(1, leastPropensity / propensity);
    const low = Math.max(0, predicted - tolerance - slack);
    const high = Math.min(1, predicted + tolerance + slack);
    const entering = labels % RESTART_LABELS === 0 ? enteringShare(labels) : 0;
    const after = BETS.map(({ stake, share }, bet) => {
      const surprise = label - (stake < 0 ? low : high);
      return ((capital[bet] ?? 0) + entering * share) * (1 + stake * importance * surprise);
    });
    this.#state = { labels: labels + 1, capital: after, alarm: null };
    if (this.evidence * this.#options.delta >= 1) {
      this.#state = { ...this.#state, alarm: strongerSide(after) };
    }
    return this.#state.alarm;
  }

  /** The whole capital, 1 at the start; the alarm is at 1 / delta. */
  get evidence(): number {
    const { labels, capital } = this.#state;
    let sum = waitingShare(labels);
    for (const held of capital) sum += held;
    return sum;
  }

  get state(): CalibrationAlarmState {
    return this.#state;
  }
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}

/** What enters before the next label, which begins a group. */
function enteringShare(labels: number): number {
  return waitingShare(labels) - waitingShare(labels + 1);
}

/** What has not entered yet after so many labels: all at first, and for ever a little. */
function waitingShare(labels: number): number {
  return 1 / Math.log(Math.E + Math.ceil(labels / RESTART_LABELS));
}

function strongerSide(capital: readonly number[]): 'overconfident' | 'underconfident' {
  let over = 0;
  let under = 0;
  for (const [bet, { stake }] of BETS.entries()) {
    if (stake < 0) over += capital[bet] ?? 0;
    else under += capital[bet] ?? 0;
  }
  return over >= under ? 'overconfident' : 'underconfident';
}
