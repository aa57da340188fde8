import type { UsageReport } from '@weir/core';
import type { UsageContext } from './context.ts';
import { neededCountOf, sound, usageWire } from './counts.ts';

/** llama.cpp's `timings`, which it sends whether usage was asked for or not: only for where there is no usage. */
export function llamaTimingsReport(payload: unknown, context?: UsageContext): UsageReport {
  const wire = usageWire(payload);
  return {
    usage: sound({
      inputTokens: neededCountOf(wire, 'prompt_n'),
      // Older builds leave it out, and then the rest of the prompt is not known.
      cacheReadTokens: neededCountOf(wire, 'cache_n'),
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      cacheWriteOtherTokens: 0,
      outputTokens: neededCountOf(wire, 'predicted_n'),
      reasoningTokens: 0,
    }),
    serviceTier: context?.servedTier,
    conditions: context?.conditions,
  };
}
