import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusalIn } from './refusal.ts';
import { asking, jsonOf, KEY, LIMITED_KEY, NARROW_KEY, openScene, type Scene } from './scene.ts';

/** `POST /v1/feedback`, as a caller of the HTTP face sees it. */

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

const QUESTION = asking('[[say:It is on its way.]]', { metadata: { team: 'blue' } });

/** The id of a request that the ledger knows. */
async function answered(): Promise<string> {
  const answer = await scene.post(QUESTION);
  await answer.text();
  const id = answer.headers.get('x-request-id') ?? '';
  await scene.ledger.request(id);
  return id;
}

function say(body: object | string, key = KEY, method = 'POST'): Promise<Response> {
  return fetch(`${scene.url}/v1/feedback`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

test.each([{ score: 0.5 }, { rating: 'up' }, { rating: 'down' }])(
  'an opinion of an answer is taken by its x-request-id: %j',
  async (opinion) => {
    const id = await answered();
    const taken = await say({ request_id: id, ...opinion });
    expect(taken.status).toBe(200);
    expect(taken.headers.get('content-type')).toBe('application/json');
    // No scorer model judges this route, and that is what is said.
    expect(await jsonOf(taken)).toEqual({ request_id: id, learned: false });
  },
);

test('a key that may not use every model may say what it thinks', async () => {
  const id = await answered();
  expect((await say({ request_id: id, score: 1 }, NARROW_KEY)).status).toBe(200);
});

test('what a user wrote is named as left out', async () => {
  const taken = await say({ request_id: await answered(), score: 1, comment: 'Late again!' });
  expect(taken.headers.get('x-weir-ignored-parameters')).toBe('comment');
  expect(await taken.text()).not.toContain('Late');
});

test('a request that nobody made is not found', async () => {
  const refusal = await refusalIn(await say({ request_id: 'req_nobody', score: 1 }), 404);
  expect(refusal).toMatchObject({ code: 'request_not_found', param: 'request_id' });
});

test.each([
  ['no request', { score: 1 }, 'request_id'],
  ['no opinion', { request_id: 'req_1' }, 'score'],
  ['an opinion out of range', { request_id: 'req_1', score: 2 }, 'score'],
  ['two opinions', { request_id: 'req_1', score: 1, rating: 'up' }, 'rating'],
  ['no JSON', '{', null],
])('a body with %s is refused by its field', async (_what, body, param) => {
  const refusal = await refusalIn(await say(body), 400);
  expect(refusal).toMatchObject({ type: 'invalid_request_error', param });
});

test('it needs a key, and counts as one of its requests', async () => {
  const body = { request_id: 'req_1', score: 1 };
  expect((await refusalIn(await say(body, 'wrong'), 401)).code).toBe('invalid_api_key');
  const first = await say(body, LIMITED_KEY);
  expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('0');
  expect((await refusalIn(await say(body, LIMITED_KEY), 429)).code).toBe('rate_limit_exceeded');
});

test('it is there for POST alone', async () => {
  const refused = await say('', KEY, 'GET');
  expect(refused.headers.get('allow')).toBe('POST, OPTIONS');
  expect((await refusalIn(refused, 405)).code).toBe('method_not_allowed');
});
