import type { Dialect } from './adapter.ts';
import { anthropic } from './anthropic/index.ts';
import { gemini } from './gemini/index.ts';
import { openai } from './openai/index.ts';

const COMPATIBLE: Dialect = {
  adapter: openai,
  maxTokensField: 'max_tokens',
  knownFieldsOnly: false,
  takesStreamOptions: true,
  takesLogprobs: true,
  freesSlotOnlyOnStreams: false,
};

/** Everyone whom Weir can call: whose protocol each speaks, and how it departs from it. */
export const DIALECTS = {
  openai: { ...COMPATIBLE, maxTokensField: 'max_completion_tokens' },
  'openai-compatible': COMPATIBLE,
  anthropic: { ...COMPATIBLE, adapter: anthropic, takesLogprobs: false, knownFieldsOnly: true },
  gemini: { ...COMPATIBLE, adapter: gemini, knownFieldsOnly: true },
  mistral: {
    ...COMPATIBLE,
    takesLogprobs: false,
    takesStreamOptions: false,
    knownFieldsOnly: true,
  },
  deepseek: COMPATIBLE,
  groq: { ...COMPATIBLE, takesLogprobs: false },
  xai: COMPATIBLE,
  together: COMPATIBLE,
  openrouter: COMPATIBLE,
  vllm: COMPATIBLE,
  sglang: COMPATIBLE,
  // Unknown fields are a 400.
  'tensorrt-llm': { ...COMPATIBLE, knownFieldsOnly: true },
  'llama.cpp': { ...COMPATIBLE, freesSlotOnlyOnStreams: true },
  tabbyapi: COMPATIBLE,
  ollama: { ...COMPATIBLE, takesLogprobs: false },
} as const satisfies Record<string, Dialect>;

export type DialectName = keyof typeof DIALECTS;
