export * from './churn-map.ts';
export * from './clock.ts';
export * from './deadline.ts';
export * from './id.ts';
export * from './log.ts';
export * from './metrics.ts';
export * from './queue.ts';
export * from './turn.ts';
