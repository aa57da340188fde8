import type { ProviderAdapter } from '../adapter.ts';
import { toFault } from './error.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';

/** Converse, in which AWS Bedrock speaks to the models of every maker. */
export const bedrock: ProviderAdapter = {
  name: 'bedrock',
  headers: (apiKey) => (apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  toCall,
  fromBody,
  reader,
  toFault,
};
