import type { ProviderAdapter } from '../adapter.ts';
import { toFault } from './error.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';

/** Google's generateContent, which the Gemini API and Vertex AI both speak. */
export const gemini: ProviderAdapter = {
  name: 'gemini',
  headers: (apiKey) => (apiKey === undefined ? {} : { 'x-goog-api-key': apiKey }),
  toCall,
  fromBody,
  reader,
  toFault,
};
