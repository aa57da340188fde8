import type { ProviderAdapter } from '../adapter.ts';
import { toFault } from './error.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';

/** Ollama's own chat. Its OpenAI face has no log-probabilities, and no way to refuse a prompt that does not fit. */
export const ollama: ProviderAdapter = {
  name: 'ollama',
  headers: (apiKey) => (apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  toCall,
  fromBody,
  reader,
  toFault,
};
