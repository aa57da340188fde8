import type { ChatMessage, ChatRequest } from '@weir/core';
import { Fault } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { bedrock } from './index.ts';
import { toCall } from './request.ts';

const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }], maxOutputTokens: 100 };
const OLD = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
const NEW = 'global.anthropic.claude-opus-5-5';
const LLAMA = 'meta.llama3-3-70b-instruct-v1:0';

function call(request: ChatRequest, model = OLD, stream = false) {
  return toCall(request, { model, dialect: DIALECTS.bedrock }, stream);
}

function sent(request: ChatRequest, model = OLD) {
  return JSON.parse(call(request, model).body) as Record<string, unknown>;
}

function refused(request: ChatRequest): Fault {
  try {
    call(request);
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).kind).toBe('unsupported_parameter');
    return error as Fault;
  }
  throw new Error('It was taken.');
}

test('what the caller did not ask for is not sent', () => {
  const { path, body, headers, dropped } = call(HELLO, LLAMA);
  expect(path).toBe('/model/meta.llama3-3-70b-instruct-v1%3A0/converse');
  expect([dropped, headers]).toEqual([[], undefined]);
  expect(JSON.parse(body)).toEqual({
    messages: [{ role: 'user', content: [{ text: 'Hello' }] }],
    inferenceConfig: { maxTokens: 100 },
  });
  expect(sent({ messages: HELLO.messages })).not.toHaveProperty('inferenceConfig');
});

test('a stream has an address of its own, and asks for frames', () => {
  const { path, headers } = call(HELLO, LLAMA, true);
  expect(path).toBe('/model/meta.llama3-3-70b-instruct-v1%3A0/converse-stream');
  expect(headers).toEqual({ accept: 'application/vnd.amazon.eventstream' });
  expect(call(HELLO, LLAMA, true).body).toBe(call(HELLO, LLAMA).body);
});

test('an ARN is one part of the path', () => {
  const arn = 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3';
  expect(call(HELLO, arn).path).toBe(
    '/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aapplication-inference-profile%2Fa1b2c3/converse',
  );
});

test('a key goes as a bearer’s; without one there is nothing to say', () => {
  expect(bedrock.headers('k')).toEqual({ authorization: 'Bearer k' });
  expect(bedrock.headers(undefined)).toEqual({});
});

describe('what can neither be said here nor left out is refused, by the name the caller gave it', () => {
  test.each(['nonsense', '[]', 'null', '{"a":', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`])(
    'arguments of a tool call that are no plain JSON object: %.20s',
    (text) => {
      const toolCalls = [
        { id: 'a', name: 'f', arguments: '{}' },
        { id: 'b', name: 'f', arguments: text },
      ];
      const messages: ChatMessage[] = [
        ...HELLO.messages,
        { role: 'assistant', content: null, toolCalls },
      ];
      const fault = refused({ messages });
      expect(fault.param).toBe('messages.1.tool_calls.1.function.arguments');
      expect(fault.message).not.toContain('nonsense');
    },
  );

  test.each([
    'https://example.com/a.png',
    's3://bucket/a.png',
    'data:image/png,plain',
    'data:image/svg+xml;base64,PHN2Zz4=',
    'data:;base64,AAAA',
    `data:${'x'.repeat(1_000_000)};base64,AAAA`,
  ])('an image that is no bytes of a kind that is taken: %.40s', (url) => {
    const content = [
      { type: 'text' as const, text: 'x' },
      { type: 'image' as const, url },
    ];
    expect(refused({ messages: [{ role: 'user', content }] }).param).toBe(
      'messages.0.content.1.image_url.url',
    );
  });

  test('an image among the instructions, or in an answer', () => {
    const content = [{ type: 'image' as const, url: 'data:image/png;base64,AAAA' }];
    for (const role of ['system', 'assistant'] as const) {
      expect(refused({ messages: [{ role, content }, ...HELLO.messages] }).param).toBe(
        'messages.0.content',
      );
    }
  });

  test('a conversation of instructions alone', () => {
    const fault = refused({ messages: [{ role: 'system', content: 'Be brief.' }] });
    expect(fault.param).toBe('messages');
  });

  test('a conversation that called tools, without the tools', () => {
    const messages: ChatMessage[] = [
      ...HELLO.messages,
      { role: 'assistant', content: null, toolCalls: [{ id: 'a', name: 'f', arguments: '{}' }] },
      { role: 'tool', content: 'x', toolCallId: 'a' },
    ];
    expect(refused({ messages }).param).toBe('tools');
    expect(refused({ messages, tools: [] }).param).toBe('tools');
  });

  test('a temperature over 1', () => {
    expect(refused({ ...HELLO, temperature: 1.01 }).param).toBe('temperature');
  });
});

describe('a model is sent the parameters that it takes', () => {
  const asked = { ...HELLO, temperature: 0, topP: 0.5 };

  test.each([
    ['anthropic.claude-3-haiku-20240307-v1:0', ['temperature', 'topP']],
    ['us.anthropic.claude-sonnet-4-20250514-v1:0', ['temperature']],
    ['us.anthropic.claude-opus-4-6-v1', ['temperature']],
    ['global.anthropic.claude-opus-4-7', []],
    ['arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-5', []],
    ['arn:aws:bedrock:us-east-1:1:application-inference-profile/x', ['temperature', 'topP']],
    ['amazon.nova-pro-v1:0', ['temperature', 'topP']],
    [LLAMA, ['temperature', 'topP']],
  ])('%s: %j', (model, taken) => {
    const { body, dropped } = call(asked, model);
    const { maxTokens, ...config } = JSON.parse(body).inferenceConfig;
    expect(Object.keys(config)).toEqual(taken);
    const missing = [
      ...(taken.includes('temperature') ? [] : ['temperature']),
      ...(taken.includes('topP') ? [] : ['top_p']),
    ];
    expect([...dropped].sort()).toEqual(missing);
  });

  test('a value that changes nothing is not missed where it cannot be said', () => {
    expect(call({ ...HELLO, temperature: 1, topP: 1 }, NEW).dropped).toEqual([]);
    expect(call({ ...HELLO, temperature: 0.2, topP: 1 }, OLD).dropped).toEqual([]);
  });

  test('a stop of whitespace is one for whoever takes it', () => {
    const stop = ['END', '\n', ''];
    expect(sent({ ...HELLO, stop }, OLD)['inferenceConfig']).toMatchObject({
      stopSequences: ['END'],
    });
    expect(sent({ ...HELLO, stop }, LLAMA)['inferenceConfig']).toMatchObject({
      stopSequences: ['END', '\n'],
    });
    expect(call({ ...HELLO, stop }, LLAMA).dropped).toEqual(['stop']);
    expect(call({ ...HELLO, stop: ['\n'] }, LLAMA).dropped).toEqual([]);
  });
});

describe('tools', () => {
  const parameters = { properties: { at: { type: 'string' } } };
  const tools = [
    { name: 'look', description: 'Looks.', parameters, strict: true },
    { name: 'nod', description: ' ', strict: false },
  ];
  const called: ChatMessage[] = [
    ...HELLO.messages,
    { role: 'assistant', content: null, toolCalls: [{ id: 'a', name: 'nod', arguments: '{}' }] },
    { role: 'tool', content: 'x', toolCallId: 'a' },
  ];

  test('their parameters are a schema of an object, and a description that says nothing is none', () => {
    const { body, dropped } = call({ ...HELLO, tools });
    expect(JSON.parse(body).toolConfig).toEqual({
      tools: [
        {
          toolSpec: {
            name: 'look',
            description: 'Looks.',
            inputSchema: { json: { type: 'object', ...parameters } },
            strict: true,
          },
        },
        { toolSpec: { name: 'nod', inputSchema: { json: { type: 'object' } } } },
      ],
    });
    expect(dropped).toEqual([]);
  });

  test.each([
    [undefined, undefined],
    ['auto', { auto: {} }],
    ['required', { any: {} }],
    [{ name: 'look' }, { tool: { name: 'look' } }],
  ] as const)('the choice %j is %j', (toolChoice, choice) => {
    const { body, dropped } = call({ ...HELLO, tools, toolChoice });
    expect(JSON.parse(body).toolConfig.toolChoice).toEqual(choice);
    expect(dropped).toEqual([]);
  });

  test('that none may be called is said by showing none, unless one was called before', () => {
    const asked = { tools, toolChoice: 'none' } as const;
    expect(sent({ ...HELLO, ...asked })).not.toHaveProperty('toolConfig');
    expect(call({ ...HELLO, ...asked }).dropped).toEqual([]);
    expect(sent({ messages: called, ...asked })['toolConfig']).not.toHaveProperty('toolChoice');
    expect(call({ messages: called, ...asked }).dropped).toEqual(['tool_choice']);
  });

  test('that they may be called one at a time only cannot be said', () => {
    expect(call({ ...HELLO, tools, parallelToolCalls: false }).dropped).toEqual([
      'parallel_tool_calls',
    ]);
    expect(call({ ...HELLO, tools, parallelToolCalls: true }).dropped).toEqual([]);
    expect(call({ ...HELLO, parallelToolCalls: false }).dropped).toEqual([]);
  });

  test('a choice among none is not sent, and named if it demanded one', () => {
    const asked = { ...HELLO, tools: [], toolChoice: 'required' } as const;
    expect(sent(asked)).not.toHaveProperty('toolConfig');
    expect(call(asked).dropped).toEqual(['tool_choice']);
    expect(call({ ...asked, toolChoice: 'auto' }).dropped).toEqual([]);
  });
});

test('a schema of the answer is asked for as text, beside the effort', () => {
  const schema = { type: 'object', additionalProperties: false };
  const asked: ChatRequest = {
    ...HELLO,
    responseFormat: { type: 'json_schema', name: 'answer', schema, strict: true },
    reasoning: { effort: 'minimal' },
  };
  expect(sent(asked, NEW)['outputConfig']).toEqual({
    effort: 'low',
    textFormat: {
      type: 'json_schema',
      structure: { jsonSchema: { name: 'answer', schema: JSON.stringify(schema) } },
    },
  });
  expect(call(asked, NEW).dropped).toEqual([]);
});

test('tiers and labels are said in Converse’s own words', () => {
  const metadata = { team: 'a/b', 'cost center': '' };
  const body = sent({ ...HELLO, serviceTier: 'flex', passthrough: { metadata } });
  expect(body).toMatchObject({ serviceTier: { type: 'flex' }, requestMetadata: metadata });
  for (const serviceTier of ['default', 'priority'] as const) {
    expect(sent({ ...HELLO, serviceTier })['serviceTier']).toEqual({ type: serviceTier });
  }
  expect(call({ ...HELLO, serviceTier: 'auto', passthrough: { metadata: {} } })).toMatchObject({
    body: call(HELLO).body,
    dropped: [],
  });
});

test.each([
  { note: 'Größe' },
  { note: 'x'.repeat(257) },
  { '': 'x' },
  { note: 7 },
  Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'v'])),
  ['x'],
])('labels that would have the whole call refused are left out: %j', (metadata) => {
  const { body, dropped } = call({ ...HELLO, passthrough: { metadata } });
  expect([JSON.parse(body), dropped]).toEqual([sent(HELLO), ['metadata']]);
});

test('whatever cannot be said is named, under the name the caller knows', () => {
  const { body, dropped } = call({
    ...HELLO,
    seed: 0,
    frequencyPenalty: 0.5,
    presencePenalty: 0.5,
    topLogprobs: 0,
    stop: [''],
    responseFormat: { type: 'json_object' },
    prediction: 'Hello',
    priority: 5,
    serviceTier: 'scale',
    promptCache: { key: 'k', retention: '24h' },
    passthrough: { user: 'u', store: null, logit_bias: {}, guardrailConfig: {} },
  });
  expect(JSON.parse(body)).toEqual(sent(HELLO));
  expect([...dropped].sort()).toEqual([
    'frequency_penalty',
    'guardrailConfig',
    'logit_bias',
    'logprobs',
    'prediction',
    'presence_penalty',
    'priority',
    'prompt_cache_key',
    'prompt_cache_retention',
    'response_format',
    'seed',
    'service_tier',
    'stop',
    'user',
  ]);
});

test('zeros and nulls that change nothing are not missed', () => {
  const nothing = { frequencyPenalty: 0, presencePenalty: 0, priority: 0 };
  expect(call({ ...HELLO, ...nothing, passthrough: { user: null } }).dropped).toEqual([]);
});

test('a parameter that is passed on can neither take the place of one that Weir sets nor raise its cost', () => {
  const passthrough = {
    model: 'other',
    messages: [],
    max_tokens: 100_000,
    stream: true,
    inferenceConfig: { maxTokens: 100_000 },
    additionalModelRequestFields: { thinking: {} },
  };
  const { path, body, dropped } = call({ ...HELLO, passthrough });
  expect(path).toBe(call(HELLO).path);
  expect(JSON.parse(body)).toEqual(sent(HELLO));
  expect(dropped).toEqual(['inferenceConfig', 'additionalModelRequestFields']);
});
