import OpenAI, {
  APIConnectionError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunk, completion, eventStream, json } from './own-provider.ts';
import { KEY, LIMITED_KEY, NARROW_KEY, openScene, POOR_KEY, type Scene } from './scene.ts';

/** The official client, as its users use it. */

let scene: Scene;
let openai: OpenAI;
beforeAll(async () => {
  scene = await openScene();
  openai = clientOf(KEY);
});
afterAll(() => scene[Symbol.asyncDispose]());

function clientOf(apiKey: string, more: object = {}): OpenAI {
  return new OpenAI({ baseURL: `${scene.url}/v1`, apiKey, ...more });
}

const SURE = '[[say:It is on its way.]]';
const UNSURE = '[[say:It is on its way.]] [[script: logprob=-3]]';
const CUT = '[[frontier:trunceof]] [[script: tokens=12 logprob=-3]]';

function asking(content: string, model = 'cascade') {
  return { model, messages: [{ role: 'user' as const, content }] };
}

/** What the client made of it, when that was an error. */
async function errorOf(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('the call succeeded');
}

describe.each([
  ['an accepted draft', SURE],
  ['an escalation', UNSURE],
])('the client reads %s', (_what, question) => {
  test('whole', async () => {
    const { data, request_id } = await openai.chat.completions
      .create(asking(question))
      .withResponse();
    expect(data.choices[0]).toMatchObject({
      message: { role: 'assistant', content: 'It is on its way.' },
      finish_reason: 'stop',
    });
    expect(data.usage?.total_tokens).toBeGreaterThan(6);
    expect(data).toHaveProperty('_request_id', request_id);
    expect(request_id).toMatch(/^req_/);
  });

  test('as a stream', async () => {
    const stream = await openai.chat.completions.create({
      ...asking(question),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage: number | undefined;
    for await (const each of stream) {
      text += each.choices[0]?.delta.content ?? '';
      usage = each.usage?.completion_tokens;
    }
    expect([text, usage]).toEqual(['It is on its way.', 6]);
  });

  test('as a stream, by the helper that checks every chunk', async () => {
    const stream = openai.chat.completions.stream(asking(question));
    const pieces: string[] = [];
    stream.on('content', (piece) => pieces.push(piece));
    const final = await stream.finalChatCompletion();
    expect(pieces.join('')).toBe('It is on its way.');
    expect(final.choices[0]?.message.content).toBe('It is on its way.');
    expect(final.choices[0]?.finish_reason).toBe('stop');
  });

  test('as n choices', async () => {
    const { choices } = await openai.chat.completions.create({ ...asking(question), n: 3 });
    expect(choices.map(({ message }) => message.content)).toEqual(
      Array(3).fill('It is on its way.'),
    );
  });
});

describe('the client', () => {
  test('lists the models, and gets one', async () => {
    const ids = (await openai.models.list()).data.map(({ id }) => id);
    expect(ids).toContain('cascade');
    expect((await openai.models.retrieve('frontier/strong')).id).toBe('frontier/strong');
  });

  test('parses a structured answer', async () => {
    const { z } = await import('zod');
    const format = zodResponseFormat(
      z.object({ city: z.string(), degrees: z.number() }),
      'weather',
    );
    const { choices } = await openai.chat.completions.parse({
      ...asking('[[say:{"city": "Ulm", "degrees": 7}]]'),
      response_format: format,
    });
    expect(choices[0]?.message.parsed).toEqual({ city: 'Ulm', degrees: 7 });
  });

  test('runs the tools that it is told to', async () => {
    const call = {
      id: 'c1',
      type: 'function',
      function: { name: 'weather', arguments: '{"city":"Ulm"}' },
    };
    scene.own.will(({ body, response }) => {
      const [, , result] = body['messages'] as { content: string }[];
      if (result) json(response, completion(`It says: ${result.content}`));
      else json(response, completion(null, { tool_calls: [call] }, 'tool_calls'));
    });
    const runner = openai.chat.completions.runTools({
      ...asking('Weather?', 'own/m'),
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            description: 'The weather of a city',
            parameters: { type: 'object', properties: { city: { type: 'string' } } },
            parse: JSON.parse,
            function: ({ city }: { city: string }) => `rain in ${city}`,
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('It says: rain in Ulm');
  });

  test('reads streamed tool calls with the helper that checks their identity', async () => {
    const piece = (more: object, args: string) =>
      chunk({ tool_calls: [{ index: 0, ...more, function: { ...more, arguments: args } }] });
    scene.own.will(({ response }) => {
      const send = eventStream(response);
      send(piece({ id: 'c1', type: 'function', name: 'weather' }, '{"city"'));
      send(piece({}, ':"Ulm"}'));
      send(chunk({}, 'tool_calls'));
      response.end('data: [DONE]\n\n');
    });
    const stream = openai.chat.completions.stream({
      ...asking('Weather?', 'own/m'),
      tools: [{ type: 'function', function: { name: 'weather', parameters: {} } }],
    });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.message.tool_calls).toMatchObject([
      { id: 'c1', function: { name: 'weather', arguments: '{"city":"Ulm"}' } },
    ]);
  });

  test('takes an Idempotency-Key along', async () => {
    // Its own option `idempotencyKey` sends nothing: the client names no header for it.
    const options = { headers: { 'Idempotency-Key': 'from-the-client' } };
    const one = await openai.chat.completions.create(asking(SURE), options);
    const { data: two, request_id } = await openai.chat.completions
      .create(asking(SURE), options)
      .withResponse();
    expect(two.choices).toEqual(one.choices);
    expect(await scene.served(request_id ?? 'no id')).toEqual([]);
    const other = openai.chat.completions.create(asking(UNSURE), options);
    expect(await errorOf(other)).toBeInstanceOf(ConflictError);
  });

  test('is told by an abort that it aborted', async () => {
    const arrived = scene.own.nextCall();
    scene.own.will(({ response }) => eventStream(response)(chunk({ content: 'One' })));
    const stream = await openai.chat.completions.create({ ...asking('Hi', 'own/m'), stream: true });
    for await (const _each of stream) stream.controller.abort();
    await (await arrived).closed;
    const leaving = new AbortController();
    const next = scene.own.nextCall();
    scene.own.will(() => {});
    const whole = errorOf(
      openai.chat.completions.create(asking('Hi', 'own/m'), { signal: leaving.signal }),
    );
    const { closed } = await next;
    leaving.abort();
    expect(await whole).toBeInstanceOf(APIUserAbortError);
    await closed;
  });
});

describe('the client’s error', () => {
  test.each([
    [
      'for a wrong key',
      () => clientOf('wrong'),
      asking(SURE),
      AuthenticationError,
      'invalid_api_key',
    ],
    [
      'for a model of others',
      () => clientOf(NARROW_KEY),
      asking(SURE, 'own/m'),
      PermissionDeniedError,
      'model_not_allowed',
    ],
    [
      'for an unknown model',
      () => openai,
      asking(SURE, 'nobody'),
      NotFoundError,
      'model_not_found',
    ],
    [
      'for a wrong parameter',
      () => openai,
      { ...asking(SURE), temperature: 9 },
      BadRequestError,
      null,
    ],
    ['for no money', () => clientOf(POOR_KEY), asking(SURE), RateLimitError, 'insufficient_quota'],
    [
      'for a failing provider',
      () => openai,
      asking('[[any:e500]]'),
      InternalServerError,
      'provider_unavailable',
    ],
    [
      'for a provider that refuses Weir’s key',
      () => openai,
      asking('[[any:e401]]'),
      InternalServerError,
      'provider_auth',
    ],
  ])(
    '%s is of its class, whole or streamed, and is not tried again',
    async (_what, client, body, Class, code) => {
      const before = await requestCount();
      for (const stream of [false, true]) {
        const error = await errorOf(client().chat.completions.create({ ...body, stream }));
        expect(error).toBeInstanceOf(Class);
        const { type, requestID, code: said, message } = error as APIError;
        expect(said).toBe(code);
        expect(type).toEqual(expect.any(String));
        expect(requestID).toMatch(/^req_/);
        expect(message.length).toBeGreaterThan(10);
      }
      expect((await requestCount()) - before).toBeLessThanOrEqual(2);
    },
  );

  test('for a rate is of its class, and names the parameter and the wait', async () => {
    const client = clientOf(LIMITED_KEY, { maxRetries: 0 });
    await client.chat.completions.create(asking(SURE));
    const error = await errorOf(client.chat.completions.create(asking(SURE)));
    expect(error).toBeInstanceOf(RateLimitError);
    expect((error as APIError).headers?.get('retry-after')).toMatch(/^\d+$/);
  });

  test('names the parameter that was wrong', async () => {
    const messages = [{ role: 'king', content: 'x' }] as unknown as [];
    const error = await errorOf(openai.chat.completions.create({ model: 'cascade', messages }));
    expect((error as APIError).param).toBe('messages.0.role');
  });

  test('shows a stream that was cut, to the plain iterator and to the helper', async () => {
    const reading = async () => {
      let text = '';
      const stream = await openai.chat.completions.create({ ...asking(CUT), stream: true });
      for await (const each of stream) text += each.choices[0]?.delta.content ?? '';
      return text;
    };
    const error = await errorOf(reading());
    expect(error).toBeInstanceOf(APIError);
    expect((error as APIError).code).toBe('provider_invalid');
    const helped = await errorOf(openai.chat.completions.stream(asking(CUT)).finalContent());
    expect(helped).toBeInstanceOf(APIError);
  });

  test('for a server that is not there is one of connection', async () => {
    const nowhere = new OpenAI({ baseURL: 'http://127.0.0.1:1/v1', apiKey: KEY, maxRetries: 0 });
    expect(await errorOf(nowhere.models.list())).toBeInstanceOf(APIConnectionError);
  });
});

/** Requests that came as far as a route, by Weir's own metrics. */
async function requestCount(): Promise<number> {
  const text = await (await fetch(`${scene.url}/metrics`)).text();
  return [...text.matchAll(/^weir_requests_total\{.*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}
