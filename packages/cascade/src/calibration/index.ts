export * from './calibration.ts';
export * from './fit-calibration.ts';
export type { CalibrationPoint } from './labelled-rows.ts';
export * from './logit.ts';
export { logit, sigmoid, softplus } from './logit.ts';
