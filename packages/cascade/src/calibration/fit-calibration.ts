import { fitBeta } from './beta.ts';
import { type Calibration, UNCALIBRATED } from './calibration.ts';
import { fitIsotonic } from './isotonic.ts';
import { type CalibrationPoint, labelledRows } from './labelled-rows.ts';
import { fitPlatt } from './platt.ts';
import { fitShrunk } from './shrink.ts';

/** From this many labels on a map of its own is fitted. */
const OWN_MAP_LABELS = 50;
/** From this many on it may have a shape of its own. */
const OWN_SHAPE_LABELS = 100;
/** From this many on its shape is free. */
const FREE_SHAPE_LABELS = 1000;

/**
 * The calibration map that this many labels can carry, counted as evenly weighted rows. The rows must not be those that the
 * head was fitted to. Rows with a NaN, a label outside of [0, 1] or no weight are left out.
 *
 * Fewer than 50 move `parent` (the map of all routes, say; the head itself where absent); 50 to 100 give Platt's two
 * numbers; up to 1,000 the even mean of beta calibration and isotonic regression; more, isotonic regression alone. The
 * mean was chosen over either of its halves because it is nowhere bad: at 300 labels, over six known shapes and
 * the heads of three data sets, its mean error is between .015 and .060, that of beta alone up to .086 (where noise in the
 * labels puts a floor and a ceiling that no logistic curve has), that of isotonic alone half as much again on smooth shapes.
 */
export function fitCalibration(
  points: readonly CalibrationPoint[],
  parent: Calibration = UNCALIBRATED,
): Calibration {
  const { rows, effective } = labelledRows(points);
  if (effective < OWN_MAP_LABELS) return fitShrunk(rows, parent);
  if (effective < OWN_SHAPE_LABELS) return fitPlatt(rows);
  const free = fitIsotonic(rows);
  if (effective > FREE_SHAPE_LABELS) return free;
  return { kind: 'blend', smooth: fitBeta(rows), free };
}
