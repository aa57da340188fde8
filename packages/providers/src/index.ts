export * from './adapter.ts';
export * from './dialects.ts';
export { openai } from './openai/index.ts';
export * from './sse.ts';
