import type { Coefficient } from './small-logistic.ts';

/**
 * Before any label speaks, a head's logit is taken at its word: slope 1, give or take a half, and no shift, give or take 2.
 * Worth a few labels only; at 75 labels it takes a tenth off the calibration error, at 300 it no longer shows.
 */
export const SLOPE_PRIOR: Coefficient = { mean: 1, precision: 4, nonNegative: true };
export const SHIFT_PRIOR: Coefficient = { mean: 0, precision: 0.25, nonNegative: false };
