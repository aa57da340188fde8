import {
  Fault,
  type FinishReason,
  UsageError,
  type UsageErrorCode,
  type UsageReport,
} from '@weir/core';
import { tierIn } from '../openai/usage.ts';
import { text } from '../openai/wire.ts';
import { openaiResponsesReport } from '../usage/index.ts';
import { faultIn } from './error.ts';

/** What replies and streams share. Everything off the wire is unknown until looked at. */
export type Wire = Readonly<Record<string, unknown>>;

export function record(value: unknown): Wire {
  return typeof value === 'object' && value !== null ? (value as Wire) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
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
 * Why a response ended. `status` stands in where it does not say. One that failed is no answer, and one that is still
 * being made must not look whole (invariant I5).
 */
export function finishFrom(response: Wire, status: string, hasCalls: boolean): FinishReason {
  switch (response['status'] ?? status) {
    case 'completed':
      return hasCalls ? 'tool_calls' : 'stop';
    case 'incomplete': {
      const { reason } = record(response['incomplete_details']);
      // Whatever else cut it short was a limit of some kind.
      return reason === 'content_filter' ? 'content_filter' : 'length';
    }
    case 'failed':
      throw faultIn(response['error']);
    default:
      throw invalid('an answer that it had not finished');
  }
}

/**
 * What it used, and what of its items is charged by the piece: a report, or why the figures are none. Undefined where
 * there are no figures.
 */
export function usageIn(
  response: Wire,
  items: readonly unknown[],
): UsageReport | UsageErrorCode | undefined {
  const usage = response['usage'];
  if (usage === undefined || usage === null) return undefined;
  try {
    return openaiResponsesReport(usage, {
      servedTier: tierIn(response),
      outputItemTypes: items.map((item) => text(record(item)['type'])),
    });
  } catch (error) {
    if (error instanceof UsageError) return error.code;
    throw error;
  }
}

export function invalid(what: string, cause?: unknown): Fault {
  return new Fault('upstream_invalid', `The provider sent ${what}.`, { cause });
}
