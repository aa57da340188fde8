import type { FinishReason, UsageErrorCode, UsageReport } from '@weir/core';
import { tierIn } from '../openai/usage.ts';
import { openaiResponsesReport } from '../usage/index.ts';
import { believed, invalid, record, text, type Wire } from '../wire.ts';
import { faultIn } from './error.ts';

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
  return believed(() =>
    openaiResponsesReport(usage, {
      servedTier: tierIn(response),
      outputItemTypes: items.map((item) => text(record(item)['type'])),
    }),
  );
}
