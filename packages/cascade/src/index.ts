export * from './decide.ts';
export * from './evidence.ts';
export * from './route-policy.ts';
export * from './signals.ts';
export * from './validators.ts';
