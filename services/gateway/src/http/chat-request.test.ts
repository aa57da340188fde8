import { Fault } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { completionRequest } from './chat-request.ts';

const LIMITS = { maxMessages: 4, maxTools: 2, maxChoices: 3, maxTags: 2 };
const MESSAGES = [{ role: 'user', content: 'Hello' }];
const HELLO = { model: 'support', messages: MESSAGES };

function read(fields: Record<string, unknown> = {}) {
  return completionRequest({ ...HELLO, ...fields }, LIMITS);
}

function refusalOf(body: unknown): Fault {
  try {
    completionRequest(body, LIMITS);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
  throw new TypeError('the request was accepted');
}

const TOOL = { type: 'function', function: { name: 'f' } };

describe('a request that is not one is refused, and the parameter named', () => {
  test.each([
    ['an array', [], undefined],
    ['null', null, undefined],
    ['a string', 'hello', undefined],
    ['a number', 7, undefined],
    ['no model', { messages: MESSAGES }, 'model'],
    ['a model that is a number', { ...HELLO, model: 7 }, 'model'],
    ['an empty model', { ...HELLO, model: '' }, 'model'],
    ['no messages', { model: 'm' }, 'messages'],
    ['empty messages', { ...HELLO, messages: [] }, 'messages'],
    ['messages that are no array', { ...HELLO, messages: 'hello' }, 'messages'],
    ['messages without end', { ...HELLO, messages: Array(5).fill(MESSAGES[0]) }, 'messages'],
    ['a message of text', { ...HELLO, messages: ['hello'] }, 'messages.0'],
    ['a message of null', { ...HELLO, messages: [null] }, 'messages.0'],
    ['no role', { ...HELLO, messages: [{ content: 'x' }] }, 'messages.0.role'],
    [
      'a role that there is not',
      { ...HELLO, messages: [{ role: 'wizard', content: 'x' }] },
      'messages.0.role',
    ],
    ['no content', { ...HELLO, messages: [...MESSAGES, { role: 'user' }] }, 'messages.1.content'],
    [
      'content that is a number',
      { ...HELLO, messages: [{ role: 'user', content: 5 }] },
      'messages.0.content',
    ],
    [
      'an assistant who says and calls nothing',
      { ...HELLO, messages: [{ role: 'assistant', content: null }] },
      'messages.0.content',
    ],
    [
      'an answer to no call',
      { ...HELLO, messages: [{ role: 'tool', content: 'x' }] },
      'messages.0.tool_call_id',
    ],
    [
      'a part of no known type',
      { ...HELLO, messages: [{ role: 'user', content: [{ type: 'smell' }] }] },
      'messages.0.content.0.type',
    ],
    [
      'a part without its text',
      { ...HELLO, messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'messages.0.content.0.text',
    ],
    [
      'an image from a file of ours',
      {
        ...HELLO,
        messages: [
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }],
          },
        ],
      },
      'messages.0.content.0.image_url.url',
    ],
    ['a temperature of text', { ...HELLO, temperature: 'hot' }, 'temperature'],
    ['too hot', { ...HELLO, temperature: 2.1 }, 'temperature'],
    ['too cold', { ...HELLO, temperature: -0.1 }, 'temperature'],
    ['a probability over one', { ...HELLO, top_p: 1.01 }, 'top_p'],
    ['a penalty out of range', { ...HELLO, presence_penalty: 3 }, 'presence_penalty'],
    ['no choices', { ...HELLO, n: 0 }, 'n'],
    ['more choices than allowed', { ...HELLO, n: 4 }, 'n'],
    ['half a choice', { ...HELLO, n: 1.5 }, 'n'],
    ['a negative limit', { ...HELLO, max_tokens: -1 }, 'max_tokens'],
    ['a limit of nothing', { ...HELLO, max_completion_tokens: 0 }, 'max_completion_tokens'],
    ['a stream of text', { ...HELLO, stream: 'yes' }, 'stream'],
    [
      'stream options without a stream',
      { ...HELLO, stream_options: { include_usage: true } },
      'stream_options',
    ],
    [
      'a stream option that is no yes or no',
      { ...HELLO, stream: true, stream_options: { include_usage: 1 } },
      'stream_options.include_usage',
    ],
    ['a seed that is not whole', { ...HELLO, seed: 1.5 }, 'seed'],
    ['stops that are numbers', { ...HELLO, stop: [1] }, 'stop'],
    ['log-probabilities by count alone', { ...HELLO, top_logprobs: 3 }, 'top_logprobs'],
    ['too many alternatives', { ...HELLO, logprobs: true, top_logprobs: 21 }, 'top_logprobs'],
    ['more tools than allowed', { ...HELLO, tools: [TOOL, TOOL, TOOL] }, 'tools'],
    ['a tool of no type', { ...HELLO, tools: [{ function: { name: 'f' } }] }, 'tools.0.type'],
    [
      'a tool without a name',
      { ...HELLO, tools: [{ type: 'function', function: {} }] },
      'tools.0.function.name',
    ],
    [
      'tool parameters that are no schema',
      { ...HELLO, tools: [{ type: 'function', function: { name: 'f', parameters: 'none' } }] },
      'tools.0.function.parameters',
    ],
    ['a tool choice that there is not', { ...HELLO, tool_choice: 'perhaps' }, 'tool_choice'],
    [
      'a tool choice without a name',
      { ...HELLO, tool_choice: { type: 'function', function: {} } },
      'tool_choice.function.name',
    ],
    [
      'a format that there is not',
      { ...HELLO, response_format: { type: 'xml' } },
      'response_format.type',
    ],
    [
      'a schema format without a schema',
      { ...HELLO, response_format: { type: 'json_schema' } },
      'response_format.json_schema',
    ],
    [
      'a schema that is an array',
      {
        ...HELLO,
        response_format: { type: 'json_schema', json_schema: { name: 'a', schema: [] } },
      },
      'response_format.json_schema.schema',
    ],
    [
      'a schema without a name',
      { ...HELLO, response_format: { type: 'json_schema', json_schema: { schema: {} } } },
      'response_format.json_schema.name',
    ],
    ['metadata of numbers', { ...HELLO, metadata: { a: 1 } }, 'metadata.a'],
    ['more metadata than allowed', { ...HELLO, metadata: { a: '', b: '', c: '' } }, 'metadata'],
    [
      'metadata under a name of Weir’s own',
      { ...HELLO, metadata: { 'weir.label': 'x' } },
      'metadata.weir.label',
    ],
    ['metadata without end', { ...HELLO, metadata: { a: 'x'.repeat(513) } }, 'metadata.a'],
    ['a time that is negative', { ...HELLO, weir: { timeout_ms: -1 } }, 'weir.timeout_ms'],
    [
      'a pattern without end',
      { ...HELLO, weir: { expect: { pattern: 'x'.repeat(1001) } } },
      'weir.expect.pattern',
    ],
    [
      'keywords that are no words',
      { ...HELLO, weir: { expect: { keywords: [1] } } },
      'weir.expect.keywords',
    ],
  ])('%s', (_what, body, param) => {
    const fault = refusalOf(body);
    expect(fault.kind).toBe('invalid_request');
    expect(fault.param).toBe(param);
  });
});

test('JSON twenty thousand levels deep is refused where nobody looks into it, and does not overflow', () => {
  const deep = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`) as unknown;
  expect(refusalOf({ ...HELLO, logit_bias: deep }).param).toBe('logit_bias');
  expect(refusalOf({ ...HELLO, messages: deep }).param).toBe('messages.0');
  const tool = { type: 'function', function: { name: 'f', parameters: { deep } } };
  expect(refusalOf({ ...HELLO, tools: [tool] }).param).toBe('tools.0.function.parameters');
});

test('a prototype that comes with the request has no effect', () => {
  const body = JSON.parse(
    '{"__proto__":{"model":"stolen","n":3},"messages":[{"role":"user","content":"x"}]}',
  ) as unknown;
  expect(refusalOf(body).param).toBe('model');
  const tagged = JSON.parse(
    '{"model":"m","messages":[{"role":"user","content":"x"}],"metadata":{"__proto__":"x","a":"b"}}',
  ) as unknown;
  const { tags } = completionRequest(tagged, LIMITS);
  expect(Object.entries(tags)).toEqual([['a', 'b']]);
  expect(Object.getPrototypeOf(tags)).toBe(Object.prototype);
  expect({}).not.toHaveProperty('model');
});

test('null is absent, for every field that may be absent', () => {
  const optional = [
    'max_tokens',
    'max_completion_tokens',
    'temperature',
    'top_p',
    'frequency_penalty',
    'presence_penalty',
    'stop',
    'seed',
    'n',
    'stream',
    'stream_options',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'response_format',
    'logprobs',
    'top_logprobs',
    'weir',
    'metadata',
    'user',
  ];
  const nulls = Object.fromEntries(optional.map((name) => [name, null]));
  expect(read(nulls)).toEqual(read());
});

test('a field that nobody knows is named to the caller and goes no further', () => {
  const { ignored, chat } = read({ magic: 1, guided_json: {} });
  expect(ignored).toEqual(['magic', 'guided_json']);
  expect(chat.passthrough).toBeUndefined();
});

test('parameters of the provider are handed on as they are', () => {
  const given = {
    user: 'u',
    metadata: { team: 'blue' },
    store: false,
    logit_bias: { '50256': -100 },
    safety_identifier: 's',
    verbosity: 'low',
  };
  const { chat, ignored, tags } = read(given);
  expect(chat.passthrough).toEqual(given);
  expect(ignored).toEqual([]);
  expect(tags).toEqual({ team: 'blue' });
});

test('the newer name of the limit on output goes before the older', () => {
  expect(read({ max_tokens: 5 }).chat.maxOutputTokens).toBe(5);
  expect(read({ max_tokens: 5, max_completion_tokens: 7 }).chat.maxOutputTokens).toBe(7);
});

test('one stop may be sent as text', () => {
  expect(read({ stop: 'END' }).chat.stop).toEqual(['END']);
  expect(read({ stop: ['a', 'b'] }).chat.stop).toEqual(['a', 'b']);
});

test('log-probabilities without a count are those of the chosen tokens', () => {
  expect(read({ logprobs: true }).chat.topLogprobs).toBe(0);
  expect(read({ logprobs: true, top_logprobs: 4 }).chat.topLogprobs).toBe(4);
  expect(read({ logprobs: false }).chat.topLogprobs).toBeUndefined();
});

test('what nobody knows in Weir’s own field is named too', () => {
  expect(read({ weir: { reporr: true, report: true } }).ignored).toEqual(['weir.reporr']);
});

test('what only Weir knows is read from its own field', () => {
  const weir = {
    report: true,
    timeout_ms: 2500,
    expect: { keywords: ['refund'], pattern: '\\d', min_characters: 1, max_characters: 9 },
  };
  expect(read({ weir })).toMatchObject({
    report: true,
    timeoutMs: 2500,
    expect: { keywords: ['refund'], pattern: '\\d', minCharacters: 1, maxCharacters: 9 },
    ignored: [],
  });
});

test('a conversation with images, tool calls and refusals is understood', () => {
  const { chat } = read({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'low' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'done' },
      { role: 'assistant', refusal: 'No.' },
    ],
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
    tool_choice: { type: 'function', function: { name: 'f' } },
  });
  expect(chat.messages).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look:' },
        { type: 'image', url: 'data:image/png;base64,AA', detail: 'low' },
      ],
    },
    { role: 'assistant', content: null, toolCalls: [{ id: 'c', name: 'f', arguments: '{}' }] },
    { role: 'tool', content: 'done', toolCallId: 'c' },
    { role: 'assistant', content: null, refusal: 'No.' },
  ]);
  expect(chat.toolChoice).toEqual({ name: 'f' });
});

test('any JSON in any field is a request or an invalid request, never anything else', () => {
  const names = [
    'model',
    'messages',
    'tools',
    'tool_choice',
    'response_format',
    'stop',
    'metadata',
    'stream_options',
    'weir',
    'n',
    'user',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
      try {
        read({ [name]: value });
      } catch (thrown) {
        expect(thrown).toMatchObject({ kind: 'invalid_request' });
      }
    }),
    { numRuns: 500 },
  );
});

test('no complaint repeats what was sent, which may be a prompt', () => {
  const secret = 'my diagnosis';
  const bodies = [
    { ...HELLO, messages: [{ role: secret, content: secret }] },
    { ...HELLO, temperature: secret },
    { ...HELLO, tool_choice: secret },
    { ...HELLO, response_format: { type: secret } },
    secret,
  ];
  for (const body of bodies) expect(refusalOf(body).message).not.toContain(secret);
});
