import { type Calibration, calibrated, type ShrunkCalibration } from './calibration.ts';
import type { WeightedLabel } from './labelled-rows.ts';
import { logit, sigmoid } from './logit.ts';

/** The parent's word counts as much as this many labels. */
const PARENT_LABELS = 25;
const MAX_STEPS = 50;
const LARGEST_STEP = 1;
const SETTLED = 1e-9;

/**
 * The parent's map with its log-odds moved as far as the labels ask, times n / (n + k): an empirical-Bayes intercept. The
 * shift asked for solves sum w (p - y) = 0 with one made-up row for and one against, so it is finite.
 */
export function fitShrunk(rows: readonly WeightedLabel[], parent: Calibration): ShrunkCalibration {
  // A shift of a shift is one shift; otherwise refitting would nest without end.
  const base = parent.kind === 'shrink' ? parent.parent : parent;
  const before = parent.kind === 'shrink' ? parent.shift : 0;
  const odds = rows.map(({ z }) => logit(calibrated(base, z)) + before);
  let labels = 0;
  for (const { weight } of rows) labels += weight;
  const shift = (askedShift(rows, odds) * labels) / (labels + PARENT_LABELS);
  return { kind: 'shrink', parent: base, shift: before + shift };
}

function askedShift(rows: readonly WeightedLabel[], odds: readonly number[]): number {
  let shift = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    // The two made-up rows stand at even odds.
    const even = sigmoid(shift);
    let excess = 2 * even - 1;
    let bend = 2 * even * (1 - even);
    for (const [at, { label, weight }] of rows.entries()) {
      const p = sigmoid((odds[at] ?? 0) + shift);
      excess += weight * (p - label);
      bend += weight * p * (1 - p);
    }
    const change = Math.max(-LARGEST_STEP, Math.min(LARGEST_STEP, -excess / bend));
    shift += change;
    if (Math.abs(change) < SETTLED) break;
  }
  return shift;
}
