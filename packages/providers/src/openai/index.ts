import type { ProviderAdapter } from '../adapter.ts';
import { toFault } from './error.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';

/** OpenAI chat completions, and everyone who speaks them. */
export const openai: ProviderAdapter = {
  name: 'openai',
  headers: (apiKey) => (apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  toCall,
  fromBody,
  reader,
  toFault,
};
