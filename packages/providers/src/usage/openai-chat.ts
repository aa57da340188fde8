import type { UsageReport } from '@weir/core';
import { tierOf, type UsageContext } from './context.ts';
import {
  countOf,
  fieldOf,
  inconsistent,
  isWire,
  neededCountOf,
  partOf,
  usageWire,
  type Wire,
} from './counts.ts';
import { cachedOf, inclusiveUsage, writtenOf } from './inclusive.ts';
import { llamaTimingsReport } from './llama-timings.ts';
import { reportedCostOf } from './reported-cost.ts';
import { slicesFrom } from './slices.ts';

/** `usage` of a chat completion, by OpenAI or whoever speaks its protocol. `prompt_tokens` includes all cache traffic. */
export function openaiChatReport(payload: unknown, context?: UsageContext): UsageReport {
  const wire = usageWire(payload);
  const prompt = neededCountOf(wire, 'prompt_tokens');
  const completion = neededCountOf(wire, 'completion_tokens');
  // Mistral has been seen with either.
  const input = partOf(wire, 'prompt_tokens_details') ?? partOf(wire, 'prompt_token_details');
  const output = partOf(wire, 'completion_tokens_details');
  const reasoning =
    (output && countOf(output, 'reasoning_tokens')) ?? countOf(wire, 'reasoning_tokens'); // SGLang
  const usage = inclusiveUsage(
    prompt,
    completion,
    cacheReadOf(wire, input, prompt),
    (input && writtenOf(input)) ?? 0,
    reasoning ?? 0,
    countOf(wire, 'total_tokens'),
  );
  return {
    usage,
    slices: slicesFrom(usage, input, output, input && partOf(input, 'cached_tokens_details')),
    serviceTier: tierOf(wire, 'service_tier', context), // Mistral
    conditions: context?.conditions,
    ...reportedCostOf(wire),
  };
}

/** Some providers have a name of their own for it, and some use two: then both must say the same. */
function cacheReadOf(wire: Wire, details: Wire | undefined, prompt: number): number {
  let read = details && cachedOf(details);
  read = agreed(read, wire, 'num_cached_tokens'); // Mistral
  read = agreed(read, wire, 'cached_tokens'); // Together
  read ??= countOf(wire, 'cached_prompt_text_tokens'); // xAI's SDK
  read = agreed(read, wire, 'prompt_cache_hit_tokens'); // DeepSeek
  const missed = countOf(wire, 'prompt_cache_miss_tokens');
  if (missed !== undefined && missed + (read ?? 0) !== prompt) {
    throw inconsistent(`${read ?? 0} cached and ${missed} other tokens are not ${prompt}`);
  }
  return read ?? 0;
}

function agreed(known: number | undefined, wire: Wire, name: string): number | undefined {
  const count = countOf(wire, name);
  if (count === undefined) return known;
  if (known === undefined || known === count) return count;
  throw inconsistent(`${name} is ${count}, and elsewhere ${known} tokens are cached`);
}

/**
 * A payload that may be llama.cpp's whole reply, with `timings` beside the usage or in its place, or the end of Groq's
 * stream by itself.
 */
export function openaiChatReplyReport(payload: unknown, context?: UsageContext): UsageReport {
  if (!isWire(payload)) return openaiChatReport(payload, context);
  const timings = fieldOf(payload, 'timings');
  const usage = timings === undefined ? groqUsageOf(payload) : fieldOf(payload, 'usage');
  if (usage !== undefined) return openaiChatReport(usage, context);
  return timings === undefined
    ? openaiChatReport(payload, context)
    : llamaTimingsReport(timings, context);
}

/**
 * The usage of a stream: the last one sent, since those that come on every chunk (vLLM) are cumulative. Groq keeps it
 * in an object of its own; llama.cpp's timings stand in where there is none.
 */
export function openaiChatStreamReport(
  chunks: readonly unknown[],
  context?: UsageContext,
): UsageReport {
  let timings: unknown;
  for (const chunk of chunks.toReversed()) {
    if (!isWire(chunk)) continue;
    const usage = fieldOf(chunk, 'usage') ?? groqUsageOf(chunk);
    if (usage !== undefined) return openaiChatReport(usage, context);
    timings ??= fieldOf(chunk, 'timings');
  }
  return timings === undefined ? openaiChatReport(undefined) : llamaTimingsReport(timings, context);
}

function groqUsageOf(chunk: Wire): unknown {
  const own = fieldOf(chunk, 'x_groq');
  return isWire(own) ? fieldOf(own, 'usage') : undefined;
}
