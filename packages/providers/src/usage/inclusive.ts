import type { Usage } from '@weir/core';
import { countOf, inconsistent, partOf, sound, type Wire } from './counts.ts';

/**
 * Counts of providers that put everything read into one figure and everything written into another. Reasoning is
 * normally inside the latter; where the total says otherwise (xAI), arithmetic decides and never the model's name.
 */
export function inclusiveUsage(
  prompt: number,
  completion: number,
  cacheRead: number,
  cacheWrite: number,
  reasoning: number,
  total: number | undefined,
): Usage {
  const uncached = prompt - cacheRead - cacheWrite;
  if (uncached < 0) {
    throw inconsistent(
      `${cacheRead} cached and ${cacheWrite} written tokens are not among ${prompt}`,
    );
  }
  const isReasoningApart = reasoning > 0 && total === prompt + completion + reasoning;
  if (!isReasoningApart && total !== undefined && total !== prompt + completion) {
    throw inconsistent(`A total of ${total} is neither ${prompt} + ${completion} nor explained`);
  }
  return sound({
    inputTokens: uncached,
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    cacheWriteOtherTokens: cacheWrite,
    outputTokens: isReasoningApart ? completion + reasoning : completion,
    reasoningTokens: reasoning,
  });
}

/** How much of the prompt was read from a cache, by the details that tell it. */
export function cachedOf(details: Wire): number | undefined {
  return countOf(details, 'cached_tokens') ?? countOf(details, 'cache_read_input_tokens');
}

/** How much of it was written to one. OpenAI writes for 30 minutes or 12 hours, at one price. */
export function writtenOf(details: Wire): number | undefined {
  const written =
    countOf(details, 'cache_write_tokens') ?? countOf(details, 'cache_creation_input_tokens');
  const ttls = partOf(details, 'cache_write_tokens_details');
  if (!ttls) return written;
  const split = (countOf(ttls, 'ttl_30m_tokens') ?? 0) + (countOf(ttls, 'ttl_12h_tokens') ?? 0);
  if (written !== undefined && split > written) {
    throw inconsistent(`${split} tokens are written for a time, and ${written} at all`);
  }
  return written ?? split;
}
