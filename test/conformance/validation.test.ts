import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalIn } from './refusal.ts';
import { asking, jsonOf, openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ limits: { maxBodyBytes: 1_000_000 } });
});
afterAll(() => scene[Symbol.asyncDispose]());

/** Long enough for a busy machine, short enough to be no hang. */
const PROMPT_MS = 10_000;
const MESSAGES = [{ role: 'user', content: '[[say:Yes.]]' }];

function post(body: string | object, headers: Record<string, string> = {}): Promise<Response> {
  return scene.post(body, headers, AbortSignal.timeout(PROMPT_MS));
}

function sendBytes(body: Buffer<ArrayBuffer>, headers: Record<string, string> = {}) {
  return fetch(`${scene.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: KEYED, 'content-type': 'application/json', ...headers },
    body,
    signal: AbortSignal.timeout(PROMPT_MS),
  });
}
const KEYED = 'Bearer key-of-the-tests';

async function isAlive(): Promise<void> {
  expect((await post(asking('[[say:Yes.]]'))).status).toBe(200);
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('a body is refused as what it is', () => {
  test.each([
    ['empty', ''],
    ['blank', ' \n'],
    ['cut off', '{"model":"cascade","messages":[{"role":"us'],
    ['followed by more', `${JSON.stringify(asking('x'))}}`],
    ['two bodies', `${JSON.stringify(asking('x'))}${JSON.stringify(asking('x'))}`],
    ['no JSON', 'model=cascade'],
    ['JSON with a comment', '{/* */}'],
    ['NaN', '{"model":"cascade","temperature":NaN}'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a string', '"cascade"'],
    ['a number', '1'],
    ['an array of requests', JSON.stringify([asking('x')])],
    ['20,000 arrays deep', nested(20_000)],
    ['20,000 objects deep', objects(20_000)],
    ['400,000 arrays deep', nested(400_000)],
    ['an array that never ends', '['.repeat(900_000)],
  ])('when it is %s', async (_what, body) => {
    expect((await refusalIn(await post(body), 400)).type).toBe('invalid_request_error');
    await isAlive();
  });

  test('when it is no UTF-8', async () => {
    const text = JSON.stringify(asking('caf?'));
    const body = Buffer.from(text);
    body[text.indexOf('?')] = 0xe9;
    await refusalIn(await sendBytes(body), 400);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
    'when it says that it is "%s"',
    async (type) => {
      const answer = await post(asking('[[say:No.]]'), { 'content-type': type });
      expect((await refusalIn(answer, 415)).code).toBe('unsupported_media_type');
    },
  );

  test.each(['application/json; charset=utf-8', 'APPLICATION/JSON'])(
    'and not when it says that it is "%s"',
    async (type) => {
      expect((await post(asking('[[say:Yes.]]'), { 'content-type': type })).status).toBe(200);
    },
  );

  test.each(['gzip', 'deflate', 'br', 'gzip, gzip', 'x-unknown'])(
    'when it is compressed by %s, so that no bomb is unpacked',
    async (encoding) => {
      const bomb = gzipSync(Buffer.alloc(50_000_000));
      const answer = await sendBytes(bomb, { 'content-encoding': encoding });
      expect((await refusalIn(answer, 415)).code).toBe('unsupported_media_type');
      await isAlive();
    },
  );

  test('when it is larger than the limit, whether it says so or not', async () => {
    const big = JSON.stringify(asking('x'.repeat(1_000_001)));
    expect((await refusalIn(await post(big), 413)).code).toBe('payload_too_large');
    const stream = ReadableStream.from(new Blob([big]).stream());
    const answer = await fetch(`${scene.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: KEYED, 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
      signal: AbortSignal.timeout(PROMPT_MS),
    } as RequestInit);
    expect((await refusalIn(answer, 413)).code).toBe('payload_too_large');
    await isAlive();
  });
});

describe('a request that is wrong is refused, and the parameter is named', () => {
  /** Stands for what JSON.stringify could not write. */
  const DEEP = '20,000 objects deep';
  const tool = (more: object) => ({ type: 'function', function: { name: 'f', ...more } });
  test.each<[string, object, string]>([
    ['no model', { model: undefined }, 'model'],
    ['an empty model', { model: '' }, 'model'],
    ['a model that is a number', { model: 4 }, 'model'],
    ['no messages', { messages: undefined }, 'messages'],
    ['null for messages', { messages: null }, 'messages'],
    ['empty messages', { messages: [] }, 'messages'],
    ['messages that are a string', { messages: 'Hi' }, 'messages'],
    ['messages that are an object', { messages: { role: 'user', content: 'x' } }, 'messages'],
    ['a message that is a string', { messages: ['Hi'] }, 'messages.0'],
    ['a message that is null', { messages: [null] }, 'messages.0'],
    ['a message without a role', { messages: [{ content: 'x' }] }, 'messages.0.role'],
    ['an unknown role', { messages: [{ role: 'king', content: 'x' }] }, 'messages.0.role'],
    [
      'a role that is inherited',
      { messages: [{ role: 'toString', content: '' }] },
      'messages.0.role',
    ],
    ['a message without content', { messages: [{ role: 'user' }] }, 'messages.0.content'],
    [
      'content that is a number',
      { messages: [{ role: 'user', content: 1 }] },
      'messages.0.content',
    ],
    [
      'content that is an object',
      { messages: [{ role: 'user', content: {} }] },
      'messages.0.content',
    ],
    ['content that is deep', { messages: [{ role: 'user', content: DEEP }] }, 'messages.0.content'],
    [
      'a part of no type',
      { messages: [{ role: 'user', content: [{ text: 'x' }] }] },
      'messages.0.content.0.type',
    ],
    [
      'a part without its text',
      { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'messages.0.content.0.text',
    ],
    [
      'an image from a file',
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc' } }] },
        ],
      },
      'messages.0.content.0.image_url.url',
    ],
    ['an assistant who says nothing', { messages: [{ role: 'assistant' }] }, 'messages.0.content'],
    [
      'a tool’s answer to nothing',
      { messages: [{ role: 'tool', content: 'x' }] },
      'messages.0.tool_call_id',
    ],
    ['too many messages', { messages: Array(2001).fill(MESSAGES[0]) }, 'messages'],
    ['temperature below 0', { temperature: -0.1 }, 'temperature'],
    ['temperature above 2', { temperature: 2.1 }, 'temperature'],
    ['temperature that is text', { temperature: '1' }, 'temperature'],
    ['top_p above 1', { top_p: 1.5 }, 'top_p'],
    ['presence_penalty above 2', { presence_penalty: 3 }, 'presence_penalty'],
    ['frequency_penalty below -2', { frequency_penalty: -3 }, 'frequency_penalty'],
    ['n of 0', { n: 0 }, 'n'],
    ['n of 1.5', { n: 1.5 }, 'n'],
    ['n of a thousand', { n: 1000 }, 'n'],
    ['max_tokens of 0', { max_tokens: 0 }, 'max_tokens'],
    ['max_tokens of -1', { max_tokens: -1 }, 'max_tokens'],
    ['max_tokens without end', { max_tokens: 1e300 }, 'max_tokens'],
    ['max_completion_tokens of -5', { max_completion_tokens: -5 }, 'max_completion_tokens'],
    ['seed of 0.5', { seed: 0.5 }, 'seed'],
    ['stream that is text', { stream: 'true' }, 'stream'],
    ['stream that is 1', { stream: 1 }, 'stream'],
    [
      'stream_options without a stream',
      { stream_options: { include_usage: true } },
      'stream_options',
    ],
    ['stream_options that are text', { stream: true, stream_options: 'usage' }, 'stream_options'],
    [
      'include_usage that is text',
      { stream: true, stream_options: { include_usage: 'yes' } },
      'stream_options.include_usage',
    ],
    ['stop that is a number', { stop: 1 }, 'stop'],
    ['stop that holds a number', { stop: ['a', 1] }, 'stop'],
    ['too many stops', { stop: Array(100).fill('a') }, 'stop'],
    ['logprobs that are a number', { logprobs: 5 }, 'logprobs'],
    ['top_logprobs without logprobs', { top_logprobs: 3 }, 'top_logprobs'],
    ['top_logprobs of 21', { logprobs: true, top_logprobs: 21 }, 'top_logprobs'],
    ['tools that are an object', { tools: {} }, 'tools'],
    ['a tool of another type', { tools: [{ type: 'oven' }] }, 'tools.0.type'],
    ['a tool without a function', { tools: [{ type: 'function' }] }, 'tools.0.function'],
    ['a tool without a name', { tools: [tool({ name: '' })] }, 'tools.0.function.name'],
    [
      'a tool whose parameters are a list',
      { tools: [tool({ parameters: [] })] },
      'tools.0.function.parameters',
    ],
    [
      'a tool whose parameters are deep',
      { tools: [tool({ parameters: DEEP })] },
      'tools.0.function.parameters',
    ],
    ['an unknown tool_choice', { tool_choice: 'maybe' }, 'tool_choice'],
    ['tool_choice of no function', { tool_choice: { type: 'function' } }, 'tool_choice'],
    ['response_format that is text', { response_format: 'json' }, 'response_format'],
    ['an unknown response_format', { response_format: { type: 'xml' } }, 'response_format.type'],
    [
      'json_schema without one',
      { response_format: { type: 'json_schema' } },
      'response_format.json_schema',
    ],
    [
      'json_schema without its schema',
      { response_format: { type: 'json_schema', json_schema: { name: 'x' } } },
      'response_format.json_schema.schema',
    ],
    ['metadata that is a list', { metadata: [] }, 'metadata'],
    ['metadata that holds a number', { metadata: { a: 1 } }, 'metadata.a'],
    [
      'too much metadata',
      { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [at, 'x'])) },
      'metadata',
    ],
    ['logit_bias that is deep', { logit_bias: DEEP }, 'logit_bias'],
    ['a pattern that RE2 refuses', { weir: { expect: { pattern: '(' } } }, 'weir.expect.pattern'],
    ['an impatience below zero', { weir: { timeout_ms: -1 } }, 'weir.timeout_ms'],
    ['a report that is text', { weir: { report: 'yes' } }, 'weir.report'],
  ])('for %s', async (_what, more, param) => {
    const body = JSON.stringify({ model: 'cascade', messages: MESSAGES, ...more });
    const answer = await post(body.replace(JSON.stringify(DEEP), objects(20_000)));
    expect(await refusalIn(answer, 400)).toMatchObject({ type: 'invalid_request_error', param });
  });

  test('for a model that is not there', async () => {
    const answer = await post({ model: 'nobody/nothing', messages: MESSAGES });
    expect(await refusalIn(answer, 404)).toMatchObject({ code: 'model_not_found', param: 'model' });
  });

  test.each(['__proto__', 'constructor', 'toString', '../cascade', 'cascade\u0000', ' cascade'])(
    'for the model %j, which is not there either',
    async (model) => {
      await refusalIn(await post({ model, messages: MESSAGES }), 404);
    },
  );

  test('for an Idempotency-Key that is too long', async () => {
    const answer = await post(asking('[[say:Yes.]]'), { 'idempotency-key': 'x'.repeat(256) });
    await refusalIn(answer, 400);
  });
});

describe('what is only unusual is served', () => {
  test.each<[string, string]>([
    ['__proto__ at the top', '{"__proto__":{"stream":true,"n":3,"model":"nobody"},'],
    ['a constructor', '{"constructor":{"prototype":{"stream":true}},'],
    ['an unknown field', '{"frobnicate":{"deep":[1,2,3]},"":0,'],
    ['an unknown field with a line break in its name', '{"a\\r\\nset-cookie: x":1,'],
    ['a field that is said twice', '{"model":"nobody",'],
  ])('with %s', async (_what, beginning) => {
    const rest = JSON.stringify(asking('[[say:Yes.]]')).slice(1);
    const answer = await post(`${beginning}${rest}`);
    const { choices, model } = await jsonOf(answer);
    expect(answer.headers.has('set-cookie')).toBe(false);
    expect({ model, count: choices.length }).toEqual({ model: 'cascade', count: 1 });
  });

  test('with __proto__ in its metadata, which tags nothing', async () => {
    const body = `{"metadata":{"__proto__":"x","case":"proto"},${JSON.stringify(asking('[[say:Yes.]]')).slice(1)}`;
    expect((await post(body)).status).toBe(200);
    const { request } = await scene.ledger.tagged('proto');
    expect(request.tags).toEqual({ case: 'proto' });
  });

  test('with null for everything that may be left out', async () => {
    const optional = [
      'temperature top_p n stream stream_options stop max_tokens max_completion_tokens seed',
      'presence_penalty frequency_penalty logit_bias logprobs top_logprobs user tools tool_choice',
      'parallel_tool_calls response_format service_tier store metadata reasoning_effort weir',
    ];
    const nulls = Object.fromEntries(
      optional.flatMap((names) => names.split(' ')).map((name) => [name, null]),
    );
    const answer = await post(asking('[[say:Yes.]]', nulls));
    expect((await jsonOf(answer)).choices[0].message.content).toBe('Yes.');
  });

  test('with parameters at their limits', async () => {
    const limits = {
      temperature: 2,
      top_p: 0,
      n: 8,
      presence_penalty: -2,
      seed: -1,
      top_logprobs: 20,
    };
    const answer = await post(asking('[[say:Yes.]]', { ...limits, logprobs: true }));
    expect((await jsonOf(answer)).choices).toHaveLength(8);
  });
});
