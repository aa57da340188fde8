import { logit, sigmoid, softplus } from './logit.ts';

/**
 * A map from a head's logit `z` to the chance that its event happens. Plain data: it is stored with the scorer model
 * and survives JSON. Every kind is non-decreasing in `z`.
 */
export type Calibration =
  | ShrunkCalibration
  | PlattCalibration
  | BetaCalibration
  | BlendCalibration
  | IsotonicCalibration;

/** Another map with its log-odds moved by `shift`: what few labels can say. */
export interface ShrunkCalibration {
  readonly kind: 'shrink';
  readonly parent: Calibration;
  readonly shift: number;
}

/** sigmoid(slope z + intercept), slope >= 0. */
export interface PlattCalibration {
  readonly kind: 'platt';
  readonly slope: number;
  readonly intercept: number;
}

/** logit p = a ln q - b ln(1 - q) + c with q = sigmoid(z) and a, b >= 0: Platt with a slope for each end. */
export interface BetaCalibration {
  readonly kind: 'beta';
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** The even mean of a smooth map and a free one. */
export interface BlendCalibration {
  readonly kind: 'blend';
  readonly smooth: Calibration;
  readonly free: IsotonicCalibration;
}

/** A broken line through (z, p), both ascending; level beyond its ends. At least one point. */
export interface IsotonicCalibration {
  readonly kind: 'isotonic';
  readonly z: readonly number[];
  readonly p: readonly number[];
}

/** Takes the head at its word. */
export const UNCALIBRATED: Calibration = { kind: 'platt', slope: 1, intercept: 0 };

/** No chance is told apart beyond these log-odds (4e-18), and no outlier gets more leverage than this. */
const LOGIT_LIMIT = 40;

/** `z` brought into the range that the maps are made for. */
export function boundedLogit(z: number): number {
  return Math.min(LOGIT_LIMIT, Math.max(-LOGIT_LIMIT, z));
}

/** The chance in [0, 1] that `calibration` gives to the logit `z`; non-decreasing in `z`, NaN for NaN. */
export function calibrated(calibration: Calibration, z: number): number {
  return chanceAt(calibration, boundedLogit(z));
}

function chanceAt(calibration: Calibration, z: number): number {
  switch (calibration.kind) {
    case 'shrink':
      return sigmoid(logit(chanceAt(calibration.parent, z)) + calibration.shift);
    case 'platt':
      return sigmoid(calibration.slope * z + calibration.intercept);
    case 'beta':
      return sigmoid(calibration.b * softplus(z) - calibration.a * softplus(-z) + calibration.c);
    case 'blend':
      return (chanceAt(calibration.smooth, z) + onLine(calibration.free, z)) / 2;
    case 'isotonic':
      return onLine(calibration, z);
  }
}

function onLine({ z: xs, p: ys }: IsotonicCalibration, z: number): number {
  if (Number.isNaN(z)) return z;
  let low = 0;
  let high = xs.length;
  // The first point beyond z is in [low, high].
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((xs[middle] ?? 0) > z) high = middle;
    else low = middle + 1;
  }
  const below = ys[low - 1];
  const above = ys[low];
  if (below === undefined) return above ?? Number.NaN;
  if (above === undefined) return below;
  const from = xs[low - 1] ?? z;
  const share = (z - from) / ((xs[low] ?? z) - from);
  // Rounding must not lift it above the next point.
  return Math.min(above, below + share * (above - below));
}
