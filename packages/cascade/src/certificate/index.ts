export * from './betting.ts';
export * from './binomial.ts';
export * from './learn-then-test.ts';
export * from './risk-estimate.ts';
