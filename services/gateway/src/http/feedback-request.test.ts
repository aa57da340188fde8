import { expect, test } from 'vitest';
import { feedbackRequest } from './feedback-request.ts';

function complaintOf(body: unknown): string | undefined {
  try {
    feedbackRequest(body);
  } catch (thrown) {
    const { kind, param } = thrown as { kind: string; param?: string };
    expect(kind).toBe('invalid_request');
    return param;
  }
  throw new Error('it was taken');
}

test.each([
  [{ score: 0.25 }, 0.25],
  [{ score: 0 }, 0],
  [{ rating: 'up' }, 1],
  [{ rating: 'down' }, 0],
  [{ score: null, rating: 'down' }, 0],
])('%j is an opinion of %d', (opinion, score) => {
  expect(feedbackRequest({ request_id: 'req_1', ...opinion })).toEqual({
    requestId: 'req_1',
    score,
    ignored: [],
  });
});

test('what a user wrote is not kept, and its caller is told so', () => {
  const body = { request_id: 'req_1', rating: 'up', comment: 'My order 4711 came.', user: 'u' };
  const read = feedbackRequest(body);
  expect(read.ignored).toEqual(['comment', 'user']);
  expect(JSON.stringify(read)).not.toContain('4711');
});

test.each([
  ['no object', [], undefined],
  ['no request', { score: 1 }, 'request_id'],
  ['an empty id', { request_id: '', score: 1 }, 'request_id'],
  ['an id without end', { request_id: 'x'.repeat(257), score: 1 }, 'request_id'],
  ['an id that is none', { request_id: 7, score: 1 }, 'request_id'],
  ['no opinion', { request_id: 'req_1' }, 'score'],
  ['two opinions', { request_id: 'req_1', score: 1, rating: 'up' }, 'rating'],
  ['a score above one', { request_id: 'req_1', score: 1.01 }, 'score'],
  ['a score below zero', { request_id: 'req_1', score: -1 }, 'score'],
  ['a score in words', { request_id: 'req_1', score: '1' }, 'score'],
  ['a rating of another kind', { request_id: 'req_1', rating: 'great' }, 'rating'],
])('%s is refused by its field', (_what, body, param) => {
  expect(complaintOf(body)).toBe(param);
});
