import type { Signal } from '../signal.ts';
import { HashSet } from './hash-set.ts';

/** A text of fewer is too short to repeat itself. */
const MIN_WORDS = 6;

/** The share of its runs of three words that the answer has had before. */
export const REPETITION: Signal = {
  name: 'repetition',
  cost: 'text',
  read: ({ words: { hashes } }) => {
    if (hashes.length < MIN_WORDS) return undefined;
    const runs = hashes.length - 2;
    const seen = new HashSet(runs);
    let repeated = 0;
    for (let at = 0; at < runs; at++) {
      const pair = Math.imul(hashes[at] ?? 0, 31) + (hashes[at + 1] ?? 0);
      if (!seen.add(Math.imul(pair, 31) ^ (hashes[at + 2] ?? 0))) repeated++;
    }
    return repeated / runs;
  },
};
