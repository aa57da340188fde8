import type { Usage, UsageReport } from '@weir/core';

type Counts = Readonly<Record<string, unknown>>;

/** Undefined when there is no usage, or none that can be believed. */
export function reportFrom(wire: unknown): UsageReport | undefined {
  const usage = usageFrom(wire);
  return usage && { usage };
}

/**
 * OpenAI-shaped usage into exclusive buckets. `prompt_tokens` includes cached and cache-written tokens.
 * `completion_tokens` normally includes reasoning; where `total_tokens` says otherwise (xAI), arithmetic decides and
 * never the model's name. Undefined when there is no usage, or figures that cannot all be true.
 */
export function usageFrom(wire: unknown): Usage | undefined {
  if (!isObject(wire)) return undefined;
  const { prompt, completion, cacheRead, cacheWrite, reasoning, uncached, total } = figuresOf(wire);
  if (!isCount(prompt) || !isCount(completion) || !isCount(reasoning)) return undefined;
  if (!isCount(cacheRead) || !isCount(cacheWrite) || cacheRead + cacheWrite > prompt) {
    return undefined;
  }
  if (uncached !== undefined && uncached !== prompt - cacheRead) return undefined;
  const reasoningIsApart = reasoning > 0 && total === prompt + completion + reasoning;
  if (!reasoningIsApart) {
    if (total !== undefined && total !== prompt + completion) return undefined;
    if (reasoning > completion) return undefined;
  }
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

/** Every figure as it was sent; one that is absent or null is 0 where that is what absence means. */
function figuresOf(wire: Counts) {
  const promptDetails = part(wire, 'prompt_tokens_details');
  const outputDetails = part(wire, 'completion_tokens_details');
  return {
    prompt: wire['prompt_tokens'],
    completion: wire['completion_tokens'],
    cacheRead:
      promptDetails['cached_tokens'] ??
      wire['num_cached_tokens'] ?? // Mistral
      wire['cached_tokens'] ?? // Together
      wire['prompt_cache_hit_tokens'] ?? // DeepSeek
      0,
    cacheWrite: promptDetails['cache_write_tokens'] ?? 0,
    reasoning: outputDetails['reasoning_tokens'] ?? 0,
    /** DeepSeek counts the rest of the prompt too. */
    uncached: wire['prompt_cache_miss_tokens'] ?? undefined,
    total: wire['total_tokens'] ?? undefined,
  };
}

function part(wire: Counts, name: string): Counts {
  const value = wire[name];
  return isObject(value) ? value : {};
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Counts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
