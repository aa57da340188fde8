import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEvents, textOf } from './event-lines.ts';
import {
  chunk,
  completion,
  eventStream,
  json,
  OwnProvider,
  type ProviderCall,
  streamed,
  USAGE_CHUNK,
} from './own-provider.ts';
import { refusalIn } from './refusal.ts';
import { asking, jsonOf, openScene, type Scene } from './scene.ts';

/** Faults of providers byte by byte, from one inside the test. */

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

const ask = (more: object = {}, signal?: AbortSignal) =>
  scene.post(asking('Hi', { model: 'own/m', ...more }), {}, signal);
const askStream = async (more: object = {}) => {
  const answer = await ask({ stream: true, ...more });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return { ...readEvents(text), id: answer.headers.get('x-request-id') ?? '' };
};

/** Writes an event stream's bytes as they are. */
function raw(response: ProviderCall['response'], ...pieces: (string | Buffer)[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const piece of pieces) response.write(piece);
  response.end();
}

const END = [chunk({}, 'stop'), USAGE_CHUNK, '[DONE]'].map((data) => `data: ${data}\n\n`).join('');

describe('an event stream is read as it is meant, when its provider', () => {
  const text = 'Süße 🏞️ 水 of it';
  const said = `data: ${chunk({ content: text })}\n\n${END}`;
  test.each<[string, (response: ProviderCall['response']) => void]>([
    ['ends its lines with CR LF', (to) => raw(to, said.replaceAll('\n', '\r\n'))],
    ['ends its lines with CR', (to) => raw(to, said.replaceAll('\n', '\r'))],
    ['leaves out the space after the colon', (to) => raw(to, said.replaceAll('data: ', 'data:'))],
    [
      'adds fields of its own',
      (to) => raw(to, said.replaceAll('data: ', 'event: x\nid: 1\ndata: ')),
    ],
    ['begins with a byte order mark', (to) => raw(to, `\ufeff${said}`)],
    ['sends heartbeats', (to) => raw(to, said.replaceAll('data: ', ': ping\n\n:\n\ndata: '))],
    [
      'spreads its data over lines',
      (to) => raw(to, said.replace('data: {"id"', 'data: {\ndata: "id"')),
    ],
    [
      'sends it byte by byte',
      (to) =>
        raw(
          to,
          ...Buffer.from(said)
            .toString('latin1')
            .split('')
            .map((byte) => Buffer.from(byte, 'latin1')),
        ),
    ],
    [
      'says more after it is done',
      (to) => raw(to, said, `data: ${chunk({ content: 'More' })}\n\n`),
    ],
    ['says nothing of being done', (to) => raw(to, said.replace('data: [DONE]\n\n', ''))],
    ['leaves out the last blank line', (to) => raw(to, said.trimEnd())],
    [
      'repeats its choice beside the usage',
      (to) =>
        raw(
          to,
          said.replace(
            '"choices":[]',
            '"choices":[{"index":0,"delta":{"content":"More"},"finish_reason":"stop"}]',
          ),
        ),
    ],
    [
      'does not close its connection',
      (to) => {
        to.writeHead(200, { 'content-type': 'text/event-stream' }).write(said);
      },
    ],
  ])('%s', async (_what, say) => {
    scene.own.will(({ response }) => say(response));
    const { chunks, done, id } = await askStream();
    expect({ said: textOf(chunks), done }).toEqual({ said: text, done: true });
    const { attempts } = await scene.ledger.request(id);
    expect(attempts).toMatchObject([
      { outcome: 'ATTEMPT_OUTCOME_COMPLETED', provenance: 'PROVENANCE_REPORTED' },
    ]);
    for (const { closed } of scene.own.calls) await closed;
  });

  test('sends a megabyte in one line', async () => {
    const long = 'x'.repeat(1024 * 1024);
    scene.own.will(({ response }) => streamed(response, long));
    const { chunks } = await askStream();
    expect(textOf(chunks)).toHaveLength(long.length);
  });
});

describe('an answer is refused as what it is, when its provider', () => {
  test.each<[string, (response: ProviderCall['response']) => void, string]>([
    [
      'sends a page',
      (to) => to.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      'provider_invalid',
    ],
    ['sends nothing', (to) => to.writeHead(200).end(), 'provider_invalid'],
    ['says 204', (to) => to.writeHead(204).end(), 'provider_invalid'],
    [
      'compresses it without being asked',
      (to) =>
        to
          .writeHead(200, { 'content-encoding': 'gzip' })
          .end(gzipSync(`data: ${chunk({ content: 'x' })}\n\n${END}`)),
      'provider_invalid',
    ],
    ['sends an array', (to) => json(to, []), 'provider_invalid'],
    ['sends null', (to) => to.writeHead(200).end('data: null\n\n'), 'provider_invalid'],
    [
      'promises more than it sends',
      (to) => {
        to.writeHead(200, { 'content-length': 1000 }).write('{"');
        setImmediate(() => to.destroy());
      },
      'provider_unavailable',
    ],
    ['closes without a word', (to) => to.destroy(), 'provider_unavailable'],
    ['is no HTTP server', (to) => to.socket?.end('SSH-2.0-OpenSSH\r\n'), 'provider_unavailable'],
    ['wants no more requests like this', (to) => json(to, {}, 403), 'provider_auth'],
    ['wants to be paid', (to) => json(to, {}, 402), 'provider_rejected'],
  ])('%s', async (_what, say, code) => {
    scene.own.will(({ response }) => say(response));
    for (const stream of [false, true]) {
      const answer = await ask({ stream });
      const { status } = answer;
      const error = await refusalIn(answer, status);
      expect(status).toBeGreaterThanOrEqual(502);
      expect(error.code).toBe(code);
    }
  });

  test('sends more than the limit', async () => {
    scene.own.will(async ({ response, closed }) => {
      const send = eventStream(response);
      let gone = false;
      response.once('close', () => {
        gone = true;
      });
      while (!gone) {
        send(chunk({ content: 'x'.repeat(1024 * 1024) }));
        if (response.writableNeedDrain) {
          await Promise.race([new Promise((next) => response.once('drain', next)), closed]);
        }
      }
    });
    const answer = await ask({ stream: true, model: 'own-spare/m' });
    const { chunks, done } = readEvents(await answer.text());
    expect(done).toBe(false);
    expect(chunks.at(-1)?.error?.code).toBe('provider_invalid');
    for (const { closed } of scene.own.calls) await closed;
  });

  test.each([
    [
      'breaks a tool call off',
      chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{"a' } }] }),
    ],
    ['ends without a reason', chunk({ content: 'Half' })],
    ['says that it failed', `{"choices":[{"delta":{"content":"Half"},"finish_reason":"error"}]}`],
    ['sends half an event', `{"choices":[{"delta":{"con`],
    ['counts its tools past all bounds', chunk({ tool_calls: [{ index: 1e9, id: 'c' }] })],
  ])('%s in a stream', async (_what, data) => {
    scene.own.will(({ response }) =>
      raw(response, `data: ${chunk({ content: 'So' })}\n\ndata: ${data}\n\n`),
    );
    const { chunks, done } = await askStream();
    expect(done).toBe(false);
    expect(chunks.at(-1)?.error?.type).toBe('server_error');
    const reasons = chunks
      .flatMap(({ choices }) => choices ?? [])
      .map((each) => each.finish_reason);
    expect(reasons.every((reason) => reason === null)).toBe(true);
  });

  test('points elsewhere, where nobody goes', async () => {
    await using elsewhere = await OwnProvider.open();
    for (const status of [301, 302, 307, 308]) {
      scene.own.will(({ response }) =>
        response.writeHead(status, { location: `${elsewhere.url}/own/v1/chat/completions` }).end(),
      );
      await refusalIn(await ask(), 502);
    }
    expect(elsewhere.calls).toEqual([]);
  });

  test('counts tokens that cannot be', async () => {
    const usage = { prompt_tokens: -5, completion_tokens: 3, total_tokens: -2 };
    scene.own.will(({ response }) => json(response, { ...completion('Own.'), usage }));
    const answer = await ask();
    expect(answer.status).toBe(200);
    const { attempts } = await scene.ledger.request(answer.headers.get('x-request-id') ?? '');
    expect(attempts).toMatchObject([{ provenance: 'PROVENANCE_ESTIMATED' }]);
    expect(attempts[0]?.usage.inputTokens).toBeGreaterThan(0);
  });
});

describe('what a provider says in its errors', () => {
  test('stays here: no prose, no key and no prompt reaches the caller or the log', async () => {
    const said = 'Incorrect API key sk-live-123 for prompt "my diary"';
    for (const status of [400, 401, 403, 404, 422, 429, 500]) {
      const error = { message: said, type: said, code: said, param: said };
      scene.own.will(({ response }) => json(response, { error }, status));
      const answer = await ask({ stream: status % 2 === 0 });
      expect(await answer.text()).not.toMatch(/sk-live|diary/);
      expect(JSON.stringify([...answer.headers])).not.toMatch(/sk-live|diary/);
    }
    expect(scene.weir.stderr).not.toMatch(/sk-live|diary/);
  });

  test('on when to come back is passed on, since Weir will not try again itself', async () => {
    scene.own.will(({ response }) =>
      json(response, { error: { message: 'slow down' } }, 429, { 'retry-after': '7' }),
    );
    const answer = await ask({ model: 'own-tiers' });
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect((await refusalIn(answer, 503)).code).toBe('provider_rate_limited');
    expect(scene.own.calls.map(({ backend }) => backend)).toEqual(['own', 'spare']);
  });

  test('on which parameter is wrong is passed on', async () => {
    scene.own.will(({ response }) =>
      json(response, { error: { message: 'no', param: 'temperature' } }, 400),
    );
    expect((await refusalIn(await ask(), 400)).param).toBe('temperature');
    expect(scene.own.calls).toHaveLength(1);
  });
});

describe('a provider is called', () => {
  test.each([
    ['a route with a draft', 'own', 4],
    ['a route of tiers', 'own-tiers', 3],
    ['one model', 'own/m', 2],
  ])('for %s no more often than its bound, however it fails', async (_what, model, bound) => {
    for (const stream of [false, true]) {
      scene.own.will(({ response }) => json(response, {}, 500));
      await refusalIn(await ask({ model, stream }), 503);
      expect(scene.own.calls).toHaveLength(bound);
      const names = scene.own.calls.map(({ headers }) => headers['x-client-request-id']);
      expect(new Set(names).size).toBe(bound);
    }
  });

  test('no more when it has failed too often, until it may be tried again', async () => {
    scene.own.will(({ response }) => json(response, {}, 500));
    await refusalIn(await ask({ model: 'fragile/m' }), 503);
    expect(scene.own.calls).toHaveLength(2);
    expect((await refusalIn(await ask({ model: 'fragile/m' }), 503)).code).toBe('circuit_open');
    expect(scene.own.calls).toHaveLength(2);
  });

  test('no longer when nobody waits for its answer', async () => {
    for (const stream of [false, true]) {
      const arrived = scene.own.nextCall();
      scene.own.will(() => {});
      const leaving = new AbortController();
      const metadata = { case: `left ${stream}` };
      const left = ask({ stream, metadata }, leaving.signal).catch((error: Error) => error.name);
      const { closed } = await arrived;
      const begin = performance.now();
      leaving.abort();
      await closed;
      expect(performance.now() - begin).toBeLessThan(1000);
      expect(await left).toBe('AbortError');
      const { request, attempts } = await scene.ledger.tagged(metadata.case);
      expect(request.outcome).toBe('REQUEST_OUTCOME_CANCELLED');
      expect(attempts).toMatchObject([
        { outcome: 'ATTEMPT_OUTCOME_CANCELLED', provenance: 'PROVENANCE_LOWER_BOUND' },
      ]);
      expect(scene.own.calls).toHaveLength(1);
    }
  });

  test('no longer when it goes on after its answer broke off', async () => {
    const arrived = scene.own.nextCall();
    scene.own.will(({ response }) => {
      const send = eventStream(response);
      send(chunk({ content: 'Half' }));
      send('{"error":{"message":"died"}}');
    });
    const { chunks } = await askStream();
    expect(chunks.at(-1)?.error?.code).toBe('provider_unavailable');
    await (await arrived).closed;
  });
});

test('a frontier’s refusal is an answer, and a content filter’s end is said', async () => {
  scene.own.will(({ response }) =>
    json(response, completion(null, { refusal: 'I will not.' }, 'content_filter')),
  );
  const { choices } = await jsonOf(await ask());
  expect(choices[0]).toMatchObject({
    message: { refusal: 'I will not.' },
    finish_reason: 'content_filter',
  });
});
