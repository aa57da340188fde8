import type { ProviderAdapter } from '../adapter.ts';
import { openai } from '../openai/index.ts';
import { toFault } from './error.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';

/** OpenAI's Responses API, and servers that speak it. */
export const openaiResponses: ProviderAdapter = {
  name: 'openai-responses',
  headers: openai.headers,
  toCall,
  fromBody,
  reader,
  toFault,
};
