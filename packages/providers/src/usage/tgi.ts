import { UsageError, type UsageReport } from '@weir/core';
import type { UsageContext } from './context.ts';
import {
  countOf,
  fieldOf,
  isWire,
  neededCountOf,
  partOf,
  partsOf,
  sound,
  usageWire,
  type Wire,
} from './counts.ts';

/** The `details` of TGI's own `/generate`, whether by themselves or inside the reply. */
export function tgiReport(payload: unknown, context?: UsageContext): UsageReport {
  const reply = usageWire(payload);
  const details = partOf(reply, 'details') ?? reply;
  return {
    usage: sound({
      inputTokens: promptOf(details),
      cacheReadTokens: 0,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      cacheWriteOtherTokens: 0,
      outputTokens: neededCountOf(details, 'generated_tokens'),
      reasoningTokens: 0,
    }),
    serviceTier: context?.servedTier,
    conditions: context?.conditions,
  };
}

/** Streams count the prompt. Other replies list its tokens, if asked to: an empty list is a prompt that is not known. */
function promptOf(details: Wire): number {
  const count = countOf(details, 'input_length');
  if (count !== undefined) return count;
  const tokens = partsOf(details, 'prefill').length;
  if (tokens > 0) return tokens;
  throw new UsageError('usage_missing', 'The details do not list the tokens of the prompt.');
}

/** Only the last token comes with details. */
export function tgiStreamReport(chunks: readonly unknown[], context?: UsageContext): UsageReport {
  return tgiReport(
    chunks.findLast((chunk) => isWire(chunk) && fieldOf(chunk, 'details') !== undefined),
    context,
  );
}
