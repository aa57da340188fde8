import { type FinishReason, isShallow, type UsageErrorCode, type UsageReport } from '@weir/core';
import { usageReport } from '../usage/index.ts';
import { believed, invalid, record, text, type Wire } from '../wire.ts';

/** Total: a reason nobody knows still ends the answer. What the model itself spoilt is none (invariant I5). */
export function finishFrom(reason: unknown): FinishReason {
  switch (reason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'tool_use':
      return 'tool_calls';
    case 'content_filtered':
    case 'guardrail_intervened':
      return 'content_filter';
    case 'malformed_model_output':
    case 'malformed_tool_use':
      throw invalid('an answer that its model spoilt');
    default:
      return 'stop';
  }
}

/** Converse gives arguments parsed; whoever asked for them wants JSON text. */
export function argumentsFrom(input: unknown): string {
  if (!isShallow(input)) throw invalid('a tool call that nests too deep');
  return JSON.stringify(input ?? {});
}

/** What the provider's own tools were called with is no part of the answer. */
export function isOurs(toolUse: Wire): boolean {
  return toolUse['type'] !== 'server_tool_use';
}

/**
 * What was consumed, with the tier that is told beside the counts; or why it cannot be billed from what is said of it.
 * Undefined where nothing is.
 */
export function usageFrom(wire: Wire): UsageReport | UsageErrorCode | undefined {
  const { usage } = wire;
  if (usage === undefined || usage === null) return undefined;
  const servedTier = text(record(wire['serviceTier'])['type']) || undefined;
  return believed(() => usageReport('bedrock', 'converse', usage, { servedTier }));
}

/** Told only where a prompt router chose it; of an ARN, the last part is the model's own name. */
export function modelFrom(wire: Wire): string {
  const router = record(record(wire['trace'])['promptRouter']);
  return text(router['invokedModelId']).replace(/^arn:.*\//, '');
}
