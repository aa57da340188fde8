import {
  Fault,
  type FinishReason,
  type TokenLogprob,
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

/**
 * `broken` where the answer was given up: `ERROR`, `TIMEOUT`, and whatever name comes next, since there are two good ends
 * and those are known (invariant I5). A model that calls tools may say that it is complete.
 */
export function finishFrom(reason: unknown, called: boolean): FinishReason | 'broken' | undefined {
  switch (reason) {
    case undefined:
    case null:
    case '':
      return undefined;
    case 'COMPLETE':
      return called ? 'tool_calls' : 'stop';
    case 'STOP_SEQUENCE':
      return 'stop';
    case 'MAX_TOKENS':
      return 'length';
    case 'TOOL_CALL':
      return 'tool_calls';
    case 'ERROR_TOXIC':
      return 'content_filter';
    default:
      return 'broken';
  }
}

/**
 * The log-probability of a piece of text, which may be several tokens: then it is that of all of them. Which letters are
 * whose is not told, so that they cannot be taken apart.
 */
export function tokenFrom(item: unknown): TokenLogprob {
  const { text: piece, logprobs } = record(item);
  const values: readonly unknown[] = Array.isArray(logprobs) ? logprobs : [];
  const isKnown = values.length > 0 && values.every((value) => typeof value === 'number');
  const logprob = isKnown
    ? (values as readonly number[]).reduce((sum, value) => sum + value, 0)
    : undefined;
  return { token: text(piece), logprob, top: [] };
}

/** What was consumed; or why it cannot be billed from what is said of it. Undefined where nothing is. */
export function usageFrom(usage: unknown): UsageReport | UsageErrorCode | undefined {
  if (usage === undefined || usage === null) return undefined;
  try {
    return usageReport('cohere', 'v2/chat', usage);
  } catch (error) {
    if (error instanceof UsageError) return error.code;
    throw error;
  }
}

export function brokenOff(): Fault {
  return new Fault('upstream_unavailable', 'The provider broke its answer off.');
}

export function invalid(what: string, cause?: unknown): Fault {
  return new Fault('upstream_invalid', `The provider sent ${what}.`, { cause });
}
