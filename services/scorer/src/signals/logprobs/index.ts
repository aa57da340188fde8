import type { Signal } from '../signal.ts';
import { sureness, type TokenStats } from './token-stats.ts';

/** A signal over the token log-probabilities; abstains where there are none that may be believed. */
function overTokens(name: string, figure: (stats: TokenStats) => number | undefined): Signal {
  return {
    name,
    cost: 'logprobs',
    read: ({ tokens }) => (tokens ? figure(tokens) : undefined),
  };
}

/** Entropy as log-odds of a kind, as `sureness` does for log-probabilities. */
function certainty(entropy: number | undefined): number | undefined {
  return entropy === undefined ? undefined : sureness(-entropy);
}

/** By position: a judgement stores the values in this order. */
export const LOGPROB_SIGNALS: readonly Signal[] = [
  overTokens('mean_logprob', (stats) => sureness(stats.mean)),
  overTokens('least_logprob', (stats) => sureness(stats.least)),
  overTokens('sum_logprob', (stats) => sureness(stats.sum)),
  overTokens('logprob_q05', (stats) => sureness(stats.q05)),
  overTokens('logprob_q10', (stats) => sureness(stats.q10)),
  overTokens('logprob_q25', (stats) => sureness(stats.q25)),
  overTokens('logprob_q50', (stats) => sureness(stats.q50)),
  overTokens('worst_window', (stats) => sureness(stats.worstWindowMean)),
  overTokens('first_tokens', (stats) => sureness(stats.firstMean)),
  overTokens('unsure_share', (stats) => stats.unsureShare),
  overTokens('margin', (stats) => stats.choices?.margin),
  overTokens('least_margin', (stats) => stats.choices?.leastMargin),
  overTokens('entropy', (stats) => certainty(stats.choices?.entropy)),
  overTokens('worst_entropy', (stats) => certainty(stats.choices?.worstEntropy)),
  overTokens('content_mean', (stats) => sureness(stats.contentMean)),
  overTokens('content_least', (stats) => sureness(stats.contentLeast)),
  overTokens('content_sum', (stats) => sureness(stats.contentSum)),
  overTokens('content_share', (stats) => stats.contentShare),
  overTokens('token_count', (stats) => Math.log1p(stats.count)),
];
