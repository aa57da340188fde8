export * from './calibration-alarm.ts';
export * from './cusum.ts';
export * from './population-stability.ts';
