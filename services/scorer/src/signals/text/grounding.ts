import type { Signal } from '../signal.ts';
import { SHORT } from './words.ts';

/** A request of fewer words than this has no passages to answer from. */
const PASSAGE_WORDS = 100;

/** The share of the answer's longer words that the request has too, where it brings passages to answer from. */
export const GROUNDING: Signal = {
  name: 'grounding',
  cost: 'context',
  read: ({ words: { hashes, flags }, questionWords, contextWords }) => {
    if (questionWords.count + contextWords.count < PASSAGE_WORDS) return undefined;
    let content = 0;
    let found = 0;
    for (let at = 0; at < hashes.length; at++) {
      if (((flags[at] ?? 0) & SHORT) !== 0) continue;
      content++;
      const hash = hashes[at] ?? 0;
      if (questionWords.has(hash) || contextWords.has(hash)) found++;
    }
    return content === 0 ? undefined : found / content;
  },
};
