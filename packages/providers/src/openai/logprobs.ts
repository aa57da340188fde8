import type { TokenLogprob, TopLogprob } from '@weir/core';
import { record, text } from '../wire.ts';
import { numberIn, tokensFrom, type WireChoice } from './wire.ts';

/**
 * Token log-probabilities as reported, false ones included: judging them is the scorer's work. Each of three shapes
 * tells itself: OpenAI's list of tokens, the lists side by side of the old completions (Together), and the bare number
 * that Together sends with the one token of a chunk.
 */
export function logprobsIn(choice: WireChoice, said: string): TokenLogprob[] | undefined {
  const { logprobs } = choice;
  if (logprobs === undefined || logprobs === null) return undefined;
  if (typeof logprobs === 'number') {
    return [{ token: said, logprob: logprobs, top: alternatives(choice.top_logprobs) }];
  }
  const { content, tokens, token_logprobs, top_logprobs } = record(logprobs);
  if (content !== undefined) return tokensFrom(content);
  if (!Array.isArray(tokens)) return undefined;
  const values: readonly unknown[] = Array.isArray(token_logprobs) ? token_logprobs : [];
  const tops: readonly unknown[] = Array.isArray(top_logprobs) ? top_logprobs : [];
  return tokens.map((token: unknown, index) => ({
    token: text(token),
    logprob: numberIn(values[index]),
    top: alternatives(tops[index]),
  }));
}

/** A token's alternatives by their names. */
function alternatives(wire: unknown): readonly TopLogprob[] {
  const top: TopLogprob[] = [];
  for (const [token, logprob] of Object.entries(record(wire))) {
    if (typeof logprob === 'number') top.push({ token, logprob });
  }
  return top;
}
