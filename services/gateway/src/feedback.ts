import {
  type Clock,
  Fault,
  type FeedbackCall,
  type FeedbackReceipt,
  type Journal,
  type Ledger,
} from '@weir/core';
import { feedbackLabel } from './draft-label.ts';

export interface FeedbackDependencies {
  readonly ledger: Pick<Ledger, 'request'>;
  readonly journal: Pick<Journal, 'record'>;
  readonly clock: Clock;
}

/**
 * Takes a user's opinion of an answer. What it is about, the ledger knows; and how often there was one before, so that
 * each is an event of its own, and the same one said again is not.
 */
export async function takeFeedback(
  call: FeedbackCall,
  { ledger, journal, clock }: FeedbackDependencies,
  signal: AbortSignal,
): Promise<FeedbackReceipt> {
  const { principal, requestId, score } = call;
  if (!(score >= 0 && score <= 1)) {
    throw new Fault('invalid_request', '"score" must be between 0 and 1.', { param: 'score' });
  }
  const entries = await ledger.request({ tenant: principal.tenant, requestId }, signal);
  const events = entries.map(({ event }) => event);
  const request = events.find((event) => event.type === 'request.completed');
  if (!request) {
    const message = 'There is no such request, or it has not reached the ledger yet.';
    throw new Fault('request_not_found', message, { param: 'request_id' });
  }
  const earlier = events
    .filter((event) => event.type === 'draft.labelled')
    .filter(({ source }) => source === 'feedback');
  const label = feedbackLabel(call, request, earlier.length, clock.nowMs());
  if (!label) return { learned: false };
  const last = earlier.at(-1);
  const isSaidAgain = last && (last.draftRight ?? last.frontierRight) === score;
  if (!isSaidAgain) journal.record(label);
  return { learned: true };
}
