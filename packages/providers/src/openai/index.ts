import type { Dialect, ProviderAdapter } from '../adapter.ts';
import { COMPATIBLE } from './bases.ts';
import type { Compatible } from './compatible.ts';
import { toFault } from './error.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';
import { wordsOf } from './words.ts';

/** One of those who speak OpenAI's chat completions, as its row of the table has it. */
export interface CompatibleDialect extends Dialect {
  readonly row: Compatible;
}

export function compatible(row: Compatible): CompatibleDialect {
  return {
    adapter: speaking(row),
    row,
    takesLogprobs: row.logprobs !== undefined,
    engine: row.engine,
    freesSlotOnlyOnStreams: row.freesSlotOnlyOnStreams ?? false,
    billsCancelled: row.billsCancelled ?? false,
  };
}

/** The key as most want it; as it is in a header of its own where the dialect has one. */
export const keyHeaders: ProviderAdapter['headers'] = (apiKey, dialect) => {
  if (apiKey === undefined) return {};
  const { keyHeader } = dialect ?? {};
  return keyHeader === undefined ? { authorization: `Bearer ${apiKey}` } : { [keyHeader]: apiKey };
};

/** OpenAI chat completions in the words of one row. */
function speaking(row: Compatible): ProviderAdapter {
  const words = wordsOf(row);
  return {
    name: 'openai',
    headers: keyHeaders,
    toCall: (request, { model }, stream) => toCall(request, model, words, stream),
    fromBody: (body) => fromBody(body, words),
    reader: () => reader(words),
    toFault: (status, body, retryAfterMs) => toFault(status, body, retryAfterMs, words.errors),
  };
}

/** A server of which nothing is known but its protocol. */
export const openai: ProviderAdapter = speaking(COMPATIBLE);
