import type { TokenLogprob } from '@weir/core';

/**
 * One number in [0, 1] from an answer's token log-probabilities. All are probabilities of a kind, so that thresholds
 * read alike: the geometric mean over all tokens, over the worst run of eight tokens, or of the worst token alone.
 */
export type SignalName = 'mean' | 'worst_window' | 'worst_token';

/** Long enough to outlast one odd word, short enough to catch one wrong number. */
export const WINDOW_TOKENS = 8;

export function signalOf(name: SignalName, tokens: readonly TokenLogprob[]): number {
  switch (name) {
    case 'mean':
      return Math.exp(Math.min(0, lowestWindowMean(tokens, tokens.length)));
    case 'worst_window':
      return Math.exp(Math.min(0, lowestWindowMean(tokens, WINDOW_TOKENS)));
    case 'worst_token':
      return Math.exp(Math.min(0, lowestWindowMean(tokens, 1)));
  }
}

/** The lowest mean over any `width` tokens in a row; over all of them when there are fewer. */
function lowestWindowMean(tokens: readonly TokenLogprob[], width: number): number {
  const size = Math.min(width, tokens.length);
  let lowest = Number.POSITIVE_INFINITY;
  for (let start = 0; start + size <= tokens.length; start++) {
    let sum = 0;
    for (let at = start; at < start + size; at++) sum += tokens[at]?.logprob ?? Number.NaN;
    lowest = Math.min(lowest, sum / size);
  }
  return lowest;
}
