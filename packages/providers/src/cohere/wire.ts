import {
  Fault,
  type FinishReason,
  type TokenLogprob,
  type UsageErrorCode,
  type UsageReport,
} from '@weir/core';
import { usageReport } from '../usage/index.ts';
import { believed, record, text } from '../wire.ts';

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
  return believed(() => usageReport('cohere', 'v2/chat', usage));
}

export function brokenOff(): Fault {
  return new Fault('upstream_unavailable', 'The provider broke its answer off.');
}
