import type { Reading } from '../reading.ts';
import type { Signal } from '../signal.ts';
import type { PhraseCounts } from './phrases.ts';

/** How often per sentence the answer takes back what it says. */
export const HEDGING: Signal = {
  name: 'hedging',
  cost: 'text',
  read: (draft) => perSentence(draft, 'hedge'),
};

/** How often per sentence it says that it cannot or will not answer. An answer that opens so is vetoed besides. */
export const REFUSAL: Signal = {
  name: 'refusal',
  cost: 'text',
  read: (draft) => perSentence(draft, 'refusal'),
};

/** How often per sentence it corrects or contradicts what it said before. */
export const SECOND_THOUGHTS: Signal = {
  name: 'second_thoughts',
  cost: 'text',
  read: (draft) => perSentence(draft, 'turn'),
};

function perSentence({ phrases, words }: Reading, kind: keyof PhraseCounts): number {
  return phrases[kind] / Math.max(1, words.sentences);
}
