export * from './auroc.ts';
export * from './bootstrap.ts';
export * from './reliability.ts';
