import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawConnection, statusesIn } from './raw-connection.ts';
import { refusalIn } from './refusal.ts';
import { asking, jsonOf, KEY, NARROW_KEY, openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ limits: { headersTimeoutMs: 1500 } });
});
afterAll(() => scene[Symbol.asyncDispose]());

const AUTHORIZED = { authorization: `Bearer ${KEY}` };
const ASKED = JSON.stringify(asking('[[say:Yes.]]'));

function get(path: string, headers: Record<string, string> = AUTHORIZED, method = 'GET') {
  return fetch(`${scene.url}${path}`, { method, headers });
}

function lines(head: string, body: string, ...headers: string[]): string[] {
  return [head, 'Host: weir', `Authorization: Bearer ${KEY}`, ...headers, '', body];
}

function posted(body: string): string[] {
  return lines(
    'POST /v1/chat/completions HTTP/1.1',
    body,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  );
}

describe('the list of models', () => {
  test('names routes and models in the shape that OpenAI gives them', async () => {
    const { object, data } = await jsonOf(await get('/v1/models'));
    expect(object).toBe('list');
    expect(data.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining(['cascade', 'frontier/strong']),
    );
    for (const model of data) {
      expect(model).toEqual({
        id: expect.any(String),
        object: 'model',
        created: expect.any(Number),
        owned_by: expect.any(String),
        shutdown_date: null,
        weir: expect.any(Object),
      });
    }
  });

  test.each(['cascade', 'frontier/strong', 'frontier%2Fstrong'])('has %s by itself', async (id) => {
    expect(await (await get(`/v1/models/${id}`)).json()).toMatchObject({
      id: decodeURIComponent(id),
      object: 'model',
    });
  });

  test('knows nothing of a model that is not there', async () => {
    const { code } = await refusalIn(await get('/v1/models/nobody'), 404);
    expect(code).toBe('model_not_found');
  });

  test('shows a key only what it may use', async () => {
    const narrow = { authorization: `Bearer ${NARROW_KEY}` };
    const { data } = await jsonOf(await get('/v1/models', narrow));
    expect(data.map(({ id }: { id: string }) => id)).toEqual(['cascade']);
    await refusalIn(await get('/v1/models/frontier/strong', narrow), 404);
  });
});

describe('who may come in', () => {
  const WRONG = 'sk-wrong-and-secret';
  test.each([
    ['no key', undefined],
    ['a wrong key', `Bearer ${WRONG}`],
    ['another scheme', `Basic ${Buffer.from(`x:${KEY}`).toString('base64')}`],
    ['an empty key', 'Bearer '],
    ['a key alone', KEY],
    ['two keys', `Bearer ${KEY} ${WRONG}`],
    ['a database’s syntax in the key', `Bearer ' OR '1'='1' --`],
    ['half of the key', `Bearer ${KEY.slice(0, -1)}`],
    ['more than the key', `Bearer ${KEY}x`],
  ])('with %s nobody may, and is not told what was sent', async (_what, authorization) => {
    const headers: Record<string, string> = authorization ? { authorization } : {};
    const answers = [
      await get('/v1/models', headers),
      await get('/v1/models/cascade', headers),
      await fetch(`${scene.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: ASKED,
      }),
    ];
    for (const answer of answers) {
      const error = await refusalIn(answer, 401);
      expect(error.code).toBe('invalid_api_key');
      expect(JSON.stringify(error)).not.toContain(WRONG);
      expect(JSON.stringify(error)).not.toContain(KEY);
    }
    expect(scene.weir.stderr).not.toContain(WRONG);
  });

  test('a key may not use a route that is not its own', async () => {
    const answer = await scene.post(asking('[[say:No.]]', { model: 'frontier/strong' }), {
      authorization: `Bearer ${NARROW_KEY}`,
    });
    expect(await refusalIn(answer, 403)).toMatchObject({ param: 'model' });
  });

  test('a key in the address is no key', async () => {
    await refusalIn(await get(`/v1/models?api_key=${KEY}&authorization=Bearer%20${KEY}`, {}), 401);
  });
});

describe('paths and methods', () => {
  test.each(['/', '/v1', '/v1/chat', '/v1/models/', '//v1/models', '/v1/../v1/secrets', '/%00'])(
    'there is nothing at %s, and that is said in JSON',
    async (path) => {
      using connection = await RawConnection.open(scene.weir.httpPort);
      connection.send(...lines(`GET ${path} HTTP/1.1`, '', 'Connection: close'));
      const answer = await connection.closed;
      expect(statusesIn(answer)).toEqual([404]);
      expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
        error: { code: 'unknown_url' },
      });
    },
  );

  test.each([
    ['DELETE', '/v1/models', 'GET'],
    ['PUT', '/v1/chat/completions', 'POST'],
    ['GET', '/v1/chat/completions', 'POST'],
    ['POST', '/v1/models/cascade', 'GET'],
  ])('%s %s is not a method of this path, whose methods are named', async (method, path, allow) => {
    const answer = await get(path, AUTHORIZED, method);
    expect(answer.headers.get('allow')).toContain(allow);
    await refusalIn(answer, 405);
  });

  test.each([
    ['/v1/models', 200],
    ['/healthz', 200],
    ['/v1/nothing', 404],
    ['/v1/chat/completions', 405],
  ])('HEAD %s says how it stands without a body, and the connection goes on', async (path, is) => {
    using connection = await RawConnection.open(scene.weir.httpPort);
    connection.send(...lines(`HEAD ${path} HTTP/1.1`, ''));
    connection.send(...lines('GET /healthz HTTP/1.1', ''));
    const received = await connection.answers(2);
    expect(statusesIn(received)).toEqual([is, 200]);
    const [head = '', next = ''] = received.split('\r\n\r\n');
    expect(head).toMatch(/content-length: \d/i);
    expect(next).toMatch(/^HTTP\/1\.1 200/);
  });

  test.each(['/v1/chat/completions', '/v1/models', '/healthz', '/v1/nothing'])(
    'OPTIONS %s opens no door to other origins',
    async (path) => {
      const answer = await get(path, { origin: 'https://evil.example' }, 'OPTIONS');
      expect(answer.status).toBeLessThan(500);
      const anybody = answer.headers.get('access-control-allow-origin') === '*';
      expect(anybody && answer.headers.get('access-control-allow-credentials') === 'true').toBe(
        false,
      );
      expect(answer.headers.get('access-control-allow-origin') ?? '').not.toContain('evil');
    },
  );
});

describe('headers of every answer', () => {
  test('a request id is on each, and none comes twice', async () => {
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => scene.post(asking('[[say:Yes.]]'))),
      ...Array.from({ length: 10 }, () => scene.post('{')),
      ...Array.from({ length: 10 }, () => get('/nothing')),
    ]);
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    expect(ids).not.toContain(null);
    expect(new Set(ids).size).toBe(30);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
  });

  test('what the server is made of is on none', async () => {
    for (const answer of [await get('/v1/models'), await get('/nothing'), await scene.post('{')]) {
      expect(answer.headers.has('x-powered-by')).toBe(false);
      expect(answer.headers.has('server')).toBe(false);
    }
  });
});

describe('connections', () => {
  test.each([
    ['a body that is wrong', posted('{"model":1}'), 400],
    ['a path that is not there', lines('GET /nothing HTTP/1.1', ''), 404],
    ['a key that is missing', ['GET /v1/models HTTP/1.1', 'Host: weir', '', ''], 401],
    [
      'a key that is missing, with a body',
      posted(ASKED).filter((line) => !line.startsWith('Auth')),
      401,
    ],
  ])('one survives %s', async (_what, wrong, status) => {
    using connection = await RawConnection.open(scene.weir.httpPort);
    connection.send(...wrong);
    await connection.answers(1);
    connection.send(...posted(ASKED));
    expect(statusesIn(await connection.answers(2))).toEqual([status, 200]);
  });

  test('requests that follow one another without waiting are answered in their order', async () => {
    using connection = await RawConnection.open(scene.weir.httpPort);
    connection.send(...posted(ASKED));
    connection.send(...lines('GET /nothing HTTP/1.1', ''));
    connection.send(...lines('GET /healthz HTTP/1.1', ''));
    expect(statusesIn(await connection.answers(3))).toEqual([200, 404, 200]);
  });

  const CHUNKED = '0\r\n\r\nGET /v1/models HTTP/1.1\r\nHost: smuggled\r\n\r\n';
  test.each([
    ['both lengths', [`Content-Length: ${CHUNKED.length}`, 'Transfer-Encoding: chunked']],
    ['both lengths the other way', ['Transfer-Encoding: chunked', 'Content-Length: 4']],
    ['two lengths that differ', ['Content-Length: 5', `Content-Length: ${CHUNKED.length}`]],
    ['a coding that is none', ['Transfer-Encoding: xchunked']],
    ['chunked that is not last', ['Transfer-Encoding: chunked, identity']],
    ['a length that is no number', ['Content-Length: +5']],
    ['a space before the colon', ['Transfer-Encoding : chunked']],
  ])('a request with %s is refused, and no second one hides in it', async (_what, headers) => {
    using connection = await RawConnection.open(scene.weir.httpPort);
    connection.send(...lines('POST /v1/chat/completions HTTP/1.1', CHUNKED, ...headers));
    expect(statusesIn(await connection.closed)).toEqual([400]);
  });

  test('fifty callers who never finish their headers hold nobody up, and are sent away', async () => {
    const idle = await Promise.all(
      Array.from({ length: 50 }, () => RawConnection.open(scene.weir.httpPort)),
    );
    for (const connection of idle) connection.send('POST /v1/chat/completions HTTP/1.1', 'Host: w');
    expect((await scene.post(asking('[[say:Yes.]]'))).status).toBe(200);
    for (const connection of idle) expect(statusesIn(await connection.closed)).toEqual([408]);
  });

  test('a header of 100 kB is too large, and the next caller is served', async () => {
    using connection = await RawConnection.open(scene.weir.httpPort);
    connection.send(...lines('GET /v1/models HTTP/1.1', '', `X-Big: ${'x'.repeat(100_000)}`));
    expect(statusesIn(await connection.closed)).toEqual([431]);
    expect((await get('/v1/models')).status).toBe(200);
  });

  test('a caller who is refused while still sending can read why', async () => {
    const body = Buffer.alloc(30_000_000, 0x61);
    for (let round = 0; round < 3; round++) {
      await refusalIn(await sending(body, 'wrong'), 401);
      await refusalIn(await sending(body, KEY), 413);
    }
  });

  test('a caller who is refused and sends on without end is cut off', async () => {
    const stopped = await new Promise<string>((resolve) => {
      const request = httpRequest(`${scene.url}/v1/chat/completions`, { method: 'POST' });
      const more = () => {
        while (request.writable && request.write('x'.repeat(1000)));
      };
      const timer = setInterval(() => request.write('x'), 50);
      request.on('drain', more).on('response', (answer) => {
        answer.resume().on('close', () => resolve(String(answer.statusCode)));
      });
      request.on('error', () => {}).on('close', () => clearInterval(timer));
      more();
    });
    expect(stopped).toBe('401');
    expect((await get('/v1/models')).status).toBe(200);
  });
});

function sending(body: Buffer, key: string): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return fetch(`${scene.url}/v1/chat/completions`, { method: 'POST', headers, body });
}

describe('where a request goes', () => {
  test('is nothing that its caller can say', async () => {
    scene.own.will(({ response }) => response.writeHead(500).end());
    const url = `${scene.own.url}/own/v1`;
    const more = { api_base: url, base_url: url, baseUrl: url, endpoint: url, api_key: 'x' };
    const answer = await scene.post(asking('[[say:Home.]]', more), {
      'x-openai-host': scene.own.url,
      'x-forwarded-host': new URL(scene.own.url).host,
      'x-portkey-custom-host': url,
      'x-weir-base-url': url,
      'openai-base-url': url,
    });
    expect((await jsonOf(answer)).choices[0].message.content).toBe('Home.');
    expect(answer.headers.get('x-weir-ignored-parameters')).toBe(
      'api_base,base_url,baseUrl,endpoint,api_key',
    );
    expect(scene.own.calls).toEqual([]);
  });

  test('is not the host in its request line', async () => {
    const { host } = new URL(scene.own.url);
    scene.own.will(({ response }) => response.writeHead(500).end());
    using connection = await RawConnection.open(scene.weir.httpPort);
    connection.send(...lines(`GET http://${host}/own/v1/models HTTP/1.1`, ''));
    expect(statusesIn(await connection.answers(1))).toEqual([404]);
    using tunnel = await RawConnection.open(scene.weir.httpPort);
    tunnel.send(`CONNECT ${host} HTTP/1.1`, `Host: ${host}`, '', '');
    expect(statusesIn(await tunnel.closed)).toEqual([]);
    expect(scene.own.calls).toEqual([]);
  });
});
