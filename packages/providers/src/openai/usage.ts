import type { Usage } from '@weir/core';

type Counts = Record<string, unknown>;

/**
 * OpenAI-shaped usage into exclusive buckets. `prompt_tokens` includes cached and cache-written tokens.
 * `completion_tokens` normally includes reasoning; where `total_tokens` says otherwise (xAI), arithmetic decides and
 * never the model's name. Undefined when there is no usage, or figures that cannot all be true.
 */
export function usageFrom(wire: unknown): Usage | undefined {
  if (!isObject(wire)) return undefined;
  const prompt = count(wire['prompt_tokens']);
  const completion = count(wire['completion_tokens']);
  if (prompt === undefined || completion === undefined) return undefined;
  const promptDetails = isObject(wire['prompt_tokens_details'])
    ? wire['prompt_tokens_details']
    : {};
  const outputDetails = isObject(wire['completion_tokens_details'])
    ? wire['completion_tokens_details']
    : {};
  const cacheRead = count(promptDetails['cached_tokens']) ?? 0;
  const cacheWrite = count(promptDetails['cache_write_tokens']) ?? 0;
  const reasoning = count(outputDetails['reasoning_tokens']) ?? 0;
  const total = count(wire['total_tokens']) ?? prompt + completion;
  const reasoningIsApart = reasoning > 0 && total === prompt + completion + reasoning;
  if (!reasoningIsApart && total !== prompt + completion) return undefined;
  if (cacheRead + cacheWrite > prompt) return undefined;
  return {
    inputTokens: prompt - cacheRead - cacheWrite,
    cacheReadTokens: cacheRead,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    cacheWriteOtherTokens: cacheWrite,
    outputTokens: reasoningIsApart ? completion + reasoning : completion,
    reasoningTokens: reasoning,
  };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function isObject(value: unknown): value is Counts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
