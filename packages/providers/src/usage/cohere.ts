import type { UsageReport } from '@weir/core';
import type { UsageContext } from './context.ts';
import { fieldOf, isWire, neededCountOf, partOf, sound, usageWire } from './counts.ts';

/**
 * `usage` of Cohere's v2 chat. It bills `billed_units`; `tokens` has its own templates in it, and how `cached_tokens`
 * relate to either is not known, so that nothing is taken to be cached.
 */
export function cohereReport(payload: unknown, context?: UsageContext): UsageReport {
  const billed = usageWire(partOf(usageWire(payload), 'billed_units'));
  return {
    usage: sound({
      inputTokens: neededCountOf(billed, 'input_tokens'),
      cacheReadTokens: 0,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      cacheWriteOtherTokens: 0,
      outputTokens: neededCountOf(billed, 'output_tokens'),
      reasoningTokens: 0,
    }),
    serviceTier: context?.servedTier,
    conditions: context?.conditions,
  };
}

/** The usage is in the `message-end` event. */
export function cohereStreamReport(
  events: readonly unknown[],
  context?: UsageContext,
): UsageReport {
  return cohereReport(
    events.map(usageIn).findLast((usage) => usage !== undefined),
    context,
  );
}

function usageIn(event: unknown): unknown {
  if (!isWire(event)) return undefined;
  const delta = fieldOf(event, 'delta');
  return isWire(delta) ? fieldOf(delta, 'usage') : undefined;
}
