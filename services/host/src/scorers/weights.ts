import { type Calibration, calibrated, LiveScorerModel, originOf } from '@weir/cascade';
import type { ScorerFile } from '@weir/scorer';

/** What a draft's signals add to the log-odds that it is acceptable. They add up, with `start`, to `logOdds`. */
export interface Weights {
  /** Before anything is known of the draft. */
  readonly start: number;
  /** What its route adds by itself; null where the model has one level for all. */
  readonly route: number | null;
  /** By position in the signal set; null where the model takes no notice of the signal. */
  readonly signals: readonly (number | null)[];
  /** The words of question and answer; null where they are not known and cannot be worked out. */
  readonly words: number | null;
  /** Where they come from: the request's label, or what the confidence leaves for them. */
  readonly wordsFrom: 'label' | 'confidence' | null;
  readonly logOdds: number | null;
  /** What the calibration makes of it. */
  readonly probability: number | null;
}

export interface WeighedDraft {
  readonly route: string;
  readonly values: readonly number[];
  /** Of the words; absent where nobody kept them. */
  readonly ngrams: readonly number[] | undefined;
  /** As it was told then. */
  readonly confidence: number | null;
}

/** Closer together than this, log-odds are told as one number. */
const SAME_LOG_ODDS = 0.05;
/** Beyond these the calibration tells nothing apart. */
const LIMIT = 40;

/** What each signal of this draft weighs with the model of `file`, which knows the same signals. */
export function weightsOf({ model }: ScorerFile, draft: WeighedDraft): Weights {
  const { route, values, ngrams, confidence } = draft;
  const judge = new LiveScorerModel(model);
  const told = judge.explain({ group: route, signals: values, ngrams: ngrams ?? [] });
  const start = model.acceptable.intercept;
  const signals: (number | null)[] = values.map(() => null);
  let level: number | null = null;
  let known = start;
  for (const [at, share] of told.dense.entries()) {
    known += share;
    const origin = originOf(model.space, at);
    if ('signal' in origin) signals[origin.signal] = (signals[origin.signal] ?? 0) + share;
    else if (origin.group === route) level = share;
  }
  const shares = { start, route: level, signals };
  if (ngrams) return { ...shares, ...whole(model.calibration, known, told.words, 'label') };
  const logOdds = confidence === null ? null : logOddsOf(model.calibration, confidence);
  if (logOdds === null) {
    return { ...shares, words: null, wordsFrom: null, logOdds: null, probability: confidence };
  }
  return { ...shares, ...whole(model.calibration, known, logOdds - known, 'confidence') };
}

function whole(
  calibration: Calibration,
  known: number,
  words: number,
  wordsFrom: 'label' | 'confidence',
) {
  const logOdds = known + words;
  return { words, wordsFrom, logOdds, probability: calibrated(calibration, logOdds) };
}

/** The log-odds that the calibration makes this chance of; null where many do. */
export function logOddsOf(calibration: Calibration, chance: number): number | null {
  const slack = 1e-9;
  const low = boundary((z) => calibrated(calibration, z) >= chance - slack);
  const high = boundary((z) => calibrated(calibration, z) > chance + slack);
  return high - low <= SAME_LOG_ODDS ? (low + high) / 2 : null;
}

/** Where something that holds above some log-odds begins to. */
function boundary(holds: (z: number) => boolean): number {
  let low = -LIMIT;
  let high = LIMIT;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}
