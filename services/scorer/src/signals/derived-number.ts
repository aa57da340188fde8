import type { Signal } from './signal.ts';

/** With more numbers than this in a question nearly every small number follows from some two of them. */
const MAX_NUMBERS = 8;

/**
 * Whether the number that the answer concludes with follows from two numbers of the question by one operation (1) or not
 * (0). Abstains where the number was copied, where there is none, and where the question has too few or too many to tell.
 */
export const DERIVED_NUMBER: Signal = {
  name: 'derived_number',
  cost: 'context',
  read: ({ numbers, questionNumbers }) => {
    const concluded = numbers.at(-1);
    if (concluded === undefined || questionNumbers.has(concluded)) return undefined;
    if (questionNumbers.size === 0 || questionNumbers.size > MAX_NUMBERS) return undefined;
    for (const left of questionNumbers) {
      for (const right of questionNumbers) {
        if (follows(concluded, left, right)) return 1;
      }
    }
    return 0;
  },
};

/** A number said twice is one number of the question, so it may go with itself. */
function follows(result: number, left: number, right: number): boolean {
  return (
    isClose(result, left + right) ||
    isClose(result, left - right) ||
    isClose(result, left * right) ||
    (right !== 0 && isClose(result, left / right))
  );
}

function isClose(left: number, right: number): boolean {
  return Math.abs(left - right) <= 1e-6 * Math.max(1, Math.abs(right));
}
