import {
  Fault,
  type FinishReason,
  isShallow,
  UsageError,
  type UsageErrorCode,
  type UsageReport,
} from '@weir/core';
import { anthropicReport, foldAnthropicUsage, usageReport } from '../usage/index.ts';

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
  return believed(() => usageReport('anthropic', 'messages', usage));
}

/** The same from what a stream has counted so far, before its last count. */
export function reportSoFar(usage: unknown): UsageReport | UsageErrorCode | undefined {
  return believed(() => anthropicReport(usage, undefined, true));
}

/** What a stream has counted, and then counts again: figures are cumulative, and not all of them are repeated. */
export function countedIn(
  counted: Wire | undefined,
  usage: unknown,
): Wire | UsageErrorCode | undefined {
  return believed(() => foldAnthropicUsage(counted, usage));
}

function believed<T>(read: () => T): T | UsageErrorCode | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.code === 'usage_missing' ? undefined : error.code;
  }
}

export function invalid(what: string, cause?: unknown): Fault {
  return new Fault('upstream_invalid', `The provider sent ${what}.`, { cause });
}
