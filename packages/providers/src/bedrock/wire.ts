import {
  Fault,
  type FinishReason,
  isShallow,
  UsageError,
  type UsageErrorCode,
  type UsageReport,
} from '@weir/core';
import { usageReport } from '../usage/index.ts';

/** What replies and streams share. Everything off the wire is unknown until looked at. */
export type Wire = Readonly<Record<string, unknown>>;

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function record(value: unknown): Wire {
  return typeof value === 'object' && value !== null ? (value as Wire) : {};
}

export function parse(data: string, what: string): Wire {
  let wire: unknown;
  try {
    wire = JSON.parse(data);
  } catch (cause) {
    throw invalid(`${what} that is not JSON`, cause);
  }
  if (typeof wire !== 'object' || wire === null) throw invalid(`${what} that is not an object`);
  return wire as Wire;
}

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
  try {
    return usageReport('bedrock', 'converse', usage, { servedTier });
  } catch (error) {
    if (error instanceof UsageError) return error.code;
    throw error;
  }
}

/** Told only where a prompt router chose it; of an ARN, the last part is the model's own name. */
export function modelFrom(wire: Wire): string {
  const router = record(record(wire['trace'])['promptRouter']);
  return text(router['invokedModelId']).replace(/^arn:.*\//, '');
}

export function invalid(what: string, cause?: unknown): Fault {
  return new Fault('upstream_invalid', `The provider sent ${what}.`, { cause });
}
