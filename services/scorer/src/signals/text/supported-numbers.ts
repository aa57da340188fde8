import type { Signal } from '../signal.ts';

/**
 * The share of the answer's distinct numbers that come from nowhere: neither the request has them nor a computation
 * that the answer shows.
 */
export const UNSUPPORTED_NUMBERS: Signal = {
  name: 'unsupported_numbers',
  cost: 'context',
  read: ({ numbers, questionNumbers, contextNumbers, equations }) => {
    const { results } = equations;
    return shareOf(
      new Set(numbers),
      (number) =>
        !questionNumbers.has(number) && !contextNumbers.has(number) && !results.includes(number),
    );
  },
};

/** The share of the question's distinct numbers that the answer does not take up. */
export const UNUSED_NUMBERS: Signal = {
  name: 'unused_numbers',
  cost: 'context',
  read: ({ numbers, questionNumbers }) => {
    const taken = new Set(numbers);
    return shareOf(questionNumbers, (number) => !taken.has(number));
  },
};

function shareOf(
  numbers: ReadonlySet<number>,
  isCounted: (number: number) => boolean,
): number | undefined {
  let counted = 0;
  for (const number of numbers) if (isCounted(number)) counted++;
  return numbers.size === 0 ? undefined : counted / numbers.size;
}
