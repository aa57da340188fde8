import type { Dialect } from './adapter.ts';

const COMPATIBLE: Dialect = {
  maxTokensField: 'max_tokens',
  knownFieldsOnly: false,
  takesStreamOptions: true,
  takesLogprobs: true,
  freesSlotOnlyOnStreams: false,
};

/** Everyone who speaks the OpenAI protocol, and how each departs from it. */
export const DIALECTS = {
  openai: { ...COMPATIBLE, maxTokensField: 'max_completion_tokens' },
  'openai-compatible': COMPATIBLE,
  // Its compatibility endpoint ignores logprobs and gives none.
  anthropic: { ...COMPATIBLE, takesLogprobs: false, knownFieldsOnly: true },
  gemini: { ...COMPATIBLE, takesLogprobs: false, knownFieldsOnly: true },
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
