import type { UsageReport } from '@weir/core';
import type { UsageContext } from './context.ts';
import {
  countOf,
  fieldOf,
  inconsistent,
  isWire,
  neededCountOf,
  sound,
  usageWire,
} from './counts.ts';

/**
 * Ollama's own wire, where the counts are beside the answer. Older servers leave the prompt's count out when they had
 * all of it cached: then it is not known.
 */
export function ollamaReport(payload: unknown, context?: UsageContext): UsageReport {
  const wire = usageWire(payload);
  const prompt = neededCountOf(wire, 'prompt_eval_count');
  const cached = countOf(wire, 'prompt_eval_cached_count') ?? 0;
  if (cached > prompt) throw inconsistent(`${cached} cached tokens are not among ${prompt}`);
  return {
    usage: sound({
      inputTokens: prompt - cached,
      cacheReadTokens: cached,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      cacheWriteOtherTokens: 0,
      outputTokens: neededCountOf(wire, 'eval_count'),
      reasoningTokens: 0,
    }),
    serviceTier: context?.servedTier,
    conditions: context?.conditions,
  };
}

/** Only the object that is done has counts. */
export function ollamaStreamReport(
  chunks: readonly unknown[],
  context?: UsageContext,
): UsageReport {
  return ollamaReport(
    chunks.findLast((chunk) => isWire(chunk) && fieldOf(chunk, 'done') === true),
    context,
  );
}
