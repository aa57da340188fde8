export { findConfiguration } from './configuration.ts';
export { type PartName, type Plan, planFor } from './plan.ts';
export { DEV_KEY } from './settings.ts';
export { type RunningWeir, Weir } from './weir.ts';
