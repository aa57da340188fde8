import type { Usage } from '@weir/core';
import { countOf, inconsistent, neededCountOf, partOf, sound, type Wire } from './counts.ts';

/** The counts of a whole message or of one of its passes. The input excludes all cache traffic. */
export function anthropicUsageOf(wire: Wire, isCut = false): Usage {
  const inputTokens = neededCountOf(wire, 'input_tokens');
  const outputTokens = isCut
    ? (countOf(wire, 'output_tokens') ?? 0)
    : neededCountOf(wire, 'output_tokens');
  const details = partOf(wire, 'output_tokens_details');
  const split = partOf(wire, 'cache_creation');
  const written = countOf(wire, 'cache_creation_input_tokens');
  const written1h = (split && countOf(split, 'ephemeral_1h_input_tokens')) ?? 0;
  // What is written without a word about its time to live has the default one, five minutes.
  const written5m = split ? (countOf(split, 'ephemeral_5m_input_tokens') ?? 0) : (written ?? 0);
  if (written !== undefined && written5m + written1h !== written) {
    throw inconsistent(`${written5m} and ${written1h} written tokens are not ${written}`);
  }
  return sound({
    inputTokens,
    cacheReadTokens: countOf(wire, 'cache_read_input_tokens') ?? 0,
    cacheWrite5mTokens: written5m,
    cacheWrite1hTokens: written1h,
    cacheWriteOtherTokens: 0,
    outputTokens,
    reasoningTokens: (details && countOf(details, 'thinking_tokens')) ?? 0,
  });
}
