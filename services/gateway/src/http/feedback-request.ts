import type { FeedbackCall } from '@weir/core';
import { Fields } from './fields.ts';

/** An opinion of an answer, understood. */
export interface FeedbackRequest extends Omit<FeedbackCall, 'principal'> {
  /** What else was sent; a comment too, since what people write is not kept. */
  readonly ignored: readonly string[];
}

const READ = new Set(['request_id', 'score', 'rating']);

/** Reads the body of a feedback request. Throws `invalid_request` naming the field. */
export function feedbackRequest(body: unknown): FeedbackRequest {
  const fields = Fields.of(body, '');
  const requestId = fields.requiredString('request_id');
  if (requestId.length > MAX_ID_CHARACTERS) {
    throw fields.fault('request_id', `must have at most ${MAX_ID_CHARACTERS} characters`);
  }
  const given = fields.number('score', 0, 1);
  const rating = fields.oneOf('rating', ['up', 'down']);
  if (given !== undefined && rating !== undefined) {
    throw fields.fault('rating', 'says what "score" says too: send one of them');
  }
  const rated = rating && (rating === 'up' ? 1 : 0);
  const score = given ?? rated;
  if (score === undefined) throw fields.fault('score', 'or "rating" is required');
  return { requestId, score, ignored: fields.names().filter((name) => !READ.has(name)) };
}

/** Weir's own have fewer, with a tenant's name in front of them too. */
const MAX_ID_CHARACTERS = 256;
