export * from './adapter.ts';
export { anthropic } from './anthropic/index.ts';
export * from './dialects.ts';
export * from './framing.ts';
export { gemini } from './gemini/index.ts';
export * from './json-array.ts';
export { openai } from './openai/index.ts';
export * from './sse.ts';
export * from './usage/index.ts';
