import type { ProviderAdapter } from '../adapter.ts';
import { toFault } from './error.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';

/** Anthropic's own Messages API, and engines that speak it. */
export const anthropic: ProviderAdapter = {
  name: 'anthropic',
  headers: (apiKey) => ({
    'anthropic-version': '2023-06-01',
    ...(apiKey !== undefined && { 'x-api-key': apiKey }),
  }),
  toCall,
  fromBody,
  reader,
  toFault,
};
