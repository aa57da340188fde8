import type { Signal } from '../signal.ts';

/** The share of the equations in the answer that are wrong. Without any it abstains. */
export const EQUATION_ERRORS: Signal = {
  name: 'equation_errors',
  cost: 'text',
  read: ({ equations: { count, wrong } }) => (count === 0 ? undefined : wrong / count),
};

/** Whether the answer concludes with what it computed last (1) or with another number (0). */
export const RESULT_KEPT: Signal = {
  name: 'result_kept',
  cost: 'text',
  read: ({ equations, numbers }) => {
    const result = equations.results.at(-1);
    const concluded = numbers.at(-1);
    if (result === undefined || concluded === undefined) return undefined;
    return Math.abs(result - concluded) <= 1e-6 * Math.abs(result) ? 1 : 0;
  },
};

/**
 * Whether the answer concludes with a fraction (1) or an integer (0), where the question has integers only: things that
 * are counted come in whole ones.
 */
export const FRACTION_CONCLUDED: Signal = {
  name: 'fraction_concluded',
  cost: 'context',
  read: ({ numbers, questionNumbers }) => {
    const concluded = numbers.at(-1);
    if (concluded === undefined) return undefined;
    for (const number of questionNumbers) if (!Number.isInteger(number)) return undefined;
    return Number.isInteger(concluded) ? 0 : 1;
  },
};
