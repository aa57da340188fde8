import type { Signal } from '../signal.ts';

/** The share of the answer's words that are the question's own. */
export const ECHO: Signal = {
  name: 'echo',
  cost: 'context',
  read: ({ words, questionWords }) => {
    if (words.count === 0) return undefined;
    let echoed = 0;
    for (const hash of words.hashes) if (questionWords.has(hash)) echoed++;
    return echoed / words.count;
  },
};
