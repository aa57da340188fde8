import type { Signal } from '../signal.ts';

/** How long the answer is: the logarithm of its words, plus one. */
export const ANSWER_LENGTH: Signal = {
  name: 'answer_length',
  cost: 'text',
  read: ({ words }) => Math.log(1 + words.count),
};

/** How long the answer is against the question: the logarithm of their ratio. */
export const LENGTH_RATIO: Signal = {
  name: 'length_ratio',
  cost: 'context',
  read: ({ words, questionWords }) => Math.log((1 + words.count) / (1 + questionWords.count)),
};
