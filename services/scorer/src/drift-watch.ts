import {
  CALIBRATION_ALARM_OPTIONS,
  CalibrationAlarm,
  CUSUM_START,
  Cusum,
  type CusumState,
  cusumThreshold,
  PopulationStability,
  STABILITY_ACT,
  STABILITY_WARN,
  wilsonInterval,
} from '@weir/cascade';
import type { Reference } from './models/scorer-file.ts';

export interface DriftOptions {
  /** Within so many requests the escalation rate raises a false alarm with a chance of at most `falseAlarm`. */
  readonly requests: number;
  /** Of the calibration alarm: the chance of ever raising a false one. */
  readonly falseAlarm: number;
  /** By how much the odds of escalating must change to matter. */
  readonly oddsRatio: number;
}

/** What the promise no longer holds under. */
export type DriftAlarm = 'overconfident' | 'fewer_escalations' | 'other_confidences';
/** What costs money or wants a look, and breaks no promise. */
export type DriftWarning = 'underconfident' | 'more_escalations' | 'moving_confidences';

/** Rows of a reference below which a distribution is not told from chance. */
const LEAST_REFERENCE_ROWS = 50;

/**
 * Watches the scorer models of a route at work. Alarms are what makes a certificate worthless: drafts are right less often
 * than predicted, more is accepted than was certified, confidences are distributed as they never were. The other side of
 * each costs money and no quality, and is a warning.
 *
 * Evidence outlives versions: every prediction is put to the test as it was made, by whichever version, so that frequent fits
 * neither wipe out what has gathered nor get a new chance of a false alarm each.
 */
export class DriftWatch {
  readonly #options: DriftOptions;
  /** Of accepted drafts, and of rejected ones. */
  #accepted: CalibrationAlarm;
  #rejected: CalibrationAlarm;
  #slack: number;
  #stability: PopulationStability | undefined;
  #referenceRows: number;
  /** Since the version in force is. */
  #seen = 0;
  #rises: Cusum;
  #falls: Cusum;
  #alarm: DriftAlarm | null = null;
  readonly #warnings = new Set<DriftWarning>();

  constructor(reference: Reference, options: DriftOptions) {
    this.#options = options;
    this.#accepted = calibrationAlarm(options);
    this.#rejected = calibrationAlarm(options);
    this.#slack = slackOf(reference);
    this.#stability = stabilityOf(reference);
    this.#referenceRows = reference.rows;
    this.#rises = this.#cusum(rateOf(reference).high, CUSUM_START);
    this.#falls = this.#cusum(rateOf(reference).low, CUSUM_START);
  }

  /** Another version is in force: from now on its reference counts. */
  goOn(reference: Reference): void {
    this.#slack = slackOf(reference);
    this.#stability = stabilityOf(reference);
    this.#referenceRows = reference.rows;
    this.#seen = 0;
    this.#rises = this.#cusum(rateOf(reference).high, this.#rises.state);
    this.#falls = this.#cusum(rateOf(reference).low, this.#falls.state);
    this.#warnings.clear();
  }

  get alarm(): DriftAlarm | null {
    return this.#alarm;
  }

  /** Since the version in force is. */
  get warnings(): readonly DriftWarning[] {
    return [...this.#warnings];
  }

  /** Population stability index of the confidences; null while too little was seen. */
  get stability(): number | null {
    return this.#stability?.value ?? null;
  }

  /** Every draft that the model judged. */
  judged(confidence: number, worthEscalating: boolean): void {
    this.#stability?.observe(confidence);
    this.#seen++;
    const moved = (this.stability ?? 0) - chanceStability(this.#referenceRows, this.#seen);
    if (moved > STABILITY_ACT) this.#alarm ??= 'other_confidences';
    else if (moved > STABILITY_WARN) this.#warnings.add('moving_confidences');
    this.#falls.observe(worthEscalating);
    this.#rises.observe(worthEscalating);
    // Of each chart one side is read, and for ever: a rise that was seen must not hide a fall that comes after it.
    const threshold = thresholdOf(this.#options);
    if (this.#falls.state.fall > threshold) this.#alarm ??= 'fewer_escalations';
    if (this.#rises.state.rise > threshold) this.#warnings.add('more_escalations');
  }

  /**
   * Every draft that was labelled, with the confidence that the model in force had in it. Rejected ones are labelled all and
   * accepted ones rarely, so that a draft model that gets worse altogether shows among the former, within some hundred
   * requests; one that is wrong where it sounds sure shows among the latter alone, and would be drowned by the others. Each
   * side has its own alarm, and half of the false ones.
   */
  labelled(confidence: number, draftRight: number, accepted: boolean): void {
    const alarm = accepted ? this.#accepted : this.#rejected;
    const about = { predicted: confidence, label: draftRight };
    const seen = alarm.observe({ ...about, propensity: 1, slack: this.#slack });
    if (seen === 'overconfident') this.#alarm ??= 'overconfident';
    if (seen !== 'underconfident') return;
    this.#warnings.add('underconfident');
    // It would look no further, and what comes next may be the opposite.
    if (accepted) this.#accepted = calibrationAlarm(this.#options);
    else this.#rejected = calibrationAlarm(this.#options);
  }

  #cusum(rate: number, state: CusumState): Cusum {
    const { oddsRatio } = this.#options;
    return new Cusum({ rate, oddsRatio, threshold: thresholdOf(this.#options) }, state);
  }
}

function thresholdOf({ requests, falseAlarm }: DriftOptions): number {
  return cusumThreshold(requests, falseAlarm);
}

function calibrationAlarm({ falseAlarm }: DriftOptions): CalibrationAlarm {
  return new CalibrationAlarm({ ...CALIBRATION_ALARM_OPTIONS, delta: falseAlarm / 2 });
}

/** Standard errors by which what was estimated may be off before it is drift. */
const RATE_ERRORS = 3;
const CONFIDENCE_ERRORS = 2;
/** What `wilsonInterval` takes. */
const WILSON_ERRORS = 1.96;

/**
 * The rate is only known from the reference's rows. A fall is one from the lowest that they leave possible, a rise one from
 * the highest: else a rate that was estimated a little off would be taken for a change sooner or later. (Of so many rows three
 * standard errors are what 1.96 are of fewer.)
 */
function rateOf({ escalationShare, rows }: Reference): { low: number; high: number } {
  return wilsonInterval(escalationShare, Math.max(1, rows) * (WILSON_ERRORS / RATE_ERRORS) ** 2);
}

/** The same for confidences: those of a model that was fitted to few rows are all a little too high, or too low. */
function slackOf({ confidenceError }: Reference): number {
  return CONFIDENCE_ERRORS * confidenceError;
}

/** Rows that the fading memory of the stability index is worth. */
const MEMORY_ROWS = 1000;
/** Nine bins' worth of freedom, and three standard deviations of it: 9 + 3 sqrt(18). */
const CHANCE = 22;

/** What the stability index hardly ever is by chance alone. */
function chanceStability(referenceRows: number, seen: number): number {
  return CHANCE * (1 / referenceRows + 1 / Math.min(seen, MEMORY_ROWS));
}

function stabilityOf({ confidence, rows }: Reference): PopulationStability | undefined {
  return rows < LEAST_REFERENCE_ROWS ? undefined : new PopulationStability(confidence);
}
