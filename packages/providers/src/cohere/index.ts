import type { ProviderAdapter } from '../adapter.ts';
import { toFault } from './error.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';

/** Cohere's own chat, version 2. */
export const cohere: ProviderAdapter = {
  name: 'cohere',
  headers: (apiKey) => (apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  toCall,
  fromBody,
  reader,
  toFault,
};
