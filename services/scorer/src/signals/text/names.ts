import type { Signal } from '../signal.ts';
import { CAPITALISED, SINGLE, STARTS_SENTENCE } from './words.ts';

/**
 * The share of the answer's names that the request does not have. A name is a capitalised word within a sentence, so
 * that German nouns are names too. Without names it abstains.
 */
export const UNSUPPORTED_NAMES: Signal = {
  name: 'unsupported_names',
  cost: 'context',
  read: ({ words: { hashes, flags }, questionWords, contextWords }) => {
    let names = 0;
    let missing = 0;
    for (let at = 0; at < hashes.length; at++) {
      const flag = flags[at] ?? 0;
      if ((flag & (CAPITALISED | STARTS_SENTENCE | SINGLE)) !== CAPITALISED) continue;
      names++;
      const hash = hashes[at] ?? 0;
      if (!questionWords.has(hash) && !contextWords.has(hash)) missing++;
    }
    return names === 0 ? undefined : missing / names;
  },
};
