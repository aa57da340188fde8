import { type FinishReason, isShallow, type UsageErrorCode, type UsageReport } from '@weir/core';
import { anthropicReport, foldAnthropicUsage, usageReport } from '../usage/index.ts';
import { believedIfTold, invalid, type Wire } from '../wire.ts';

/**
 * Total: a reason nobody knows still ends the answer. A turn that was paused is none: the model had more to say, and
 * half an answer must not look whole (invariant I5).
 */
export function finishFrom(reason: unknown): FinishReason {
  switch (reason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'tool_use':
      return 'tool_calls';
    case 'refusal':
      return 'content_filter';
    case 'pause_turn':
    case 'compaction':
      throw invalid('a turn that it paused before its end');
    default:
      return 'stop';
  }
}

/** The API gives arguments parsed; whoever asked for them wants JSON text. */
export function argumentsFrom(input: unknown): string {
  if (!isShallow(input)) throw invalid('a tool call that nests too deep');
  return JSON.stringify(input ?? {});
}

/** What was used, or why figures that cannot all be true are none; undefined where nothing is said. */
export function reportFrom(usage: unknown): UsageReport | UsageErrorCode | undefined {
  return believedIfTold(() => usageReport('anthropic', 'messages', usage));
}

/** The same from what a stream has counted so far, before its last count. */
export function reportSoFar(usage: unknown): UsageReport | UsageErrorCode | undefined {
  return believedIfTold(() => anthropicReport(usage, undefined, true));
}

/** What a stream has counted, and then counts again: figures are cumulative, and not all of them are repeated. */
export function countedIn(
  counted: Wire | undefined,
  usage: unknown,
): Wire | UsageErrorCode | undefined {
  return believedIfTold(() => foldAnthropicUsage(counted, usage));
}
