export * from './attempt-cost.ts';
export * from './book/index.ts';
export * from './cost.ts';
export * from './estimate.ts';
export * from './exact.ts';
export * from './price.ts';
export * from './price-book.ts';
export * from './rates.ts';
