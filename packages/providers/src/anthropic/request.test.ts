import type { ChatMessage, ChatRequest } from '@weir/core';
import { Fault } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { anthropic } from './index.ts';
import { toCall } from './request.ts';

const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }], maxOutputTokens: 100 };
const OLD = 'claude-sonnet-4-6';
const NEW = 'claude-opus-5-5';

function call(request: ChatRequest, model = OLD, stream = false) {
  return toCall(request, { model, dialect: DIALECTS.anthropic }, stream);
}

function sent(request: ChatRequest, model = OLD, stream = false) {
  return JSON.parse(call(request, model, stream).body) as Record<string, unknown>;
}

function talk(...messages: ChatMessage[]) {
  return sent({ ...HELLO, messages });
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

test('what the caller did not ask for is not sent: no default of ours but the limit, which is demanded', () => {
  const { path, body, dropped } = call(HELLO);
  expect(path).toBe('/messages');
  expect(dropped).toEqual([]);
  expect(JSON.parse(body)).toEqual({
    model: OLD,
    max_tokens: 100,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  });
  expect(sent({ messages: HELLO.messages })['max_tokens']).toBe(4096);
  expect(sent(HELLO, OLD, true)['stream']).toBe(true);
});

test('the key goes in a header of its own, beside the version that the shapes here are of', () => {
  expect(anthropic.headers('k')).toEqual({ 'x-api-key': 'k', 'anthropic-version': '2023-06-01' });
  expect(anthropic.headers(undefined)).toEqual({ 'anthropic-version': '2023-06-01' });
});

describe('messages become instructions and turns that alternate', () => {
  test('instructions go apart, in their order, wherever they stood', () => {
    const { system, messages } = talk(
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'developer', content: [{ type: 'text', text: 'In French.' }] },
      { role: 'user', content: 'Who are you?' },
    );
    expect(system).toEqual([
      { type: 'text', text: 'Be brief.' },
      { type: 'text', text: 'In French.' },
    ]);
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hi' },
          { type: 'text', text: 'Who are you?' },
        ],
      },
    ]);
  });

  test('what tools answered is one turn of the user, before all that is said in it', () => {
    const { messages } = talk(
      { role: 'user', content: 'Look at both.' },
      {
        role: 'assistant',
        content: 'I shall.',
        toolCalls: [
          { id: 'functions.look:0', name: 'look', arguments: '{"at":"a"}' },
          { id: 'call_b', name: 'look', arguments: '' },
        ],
      },
      { role: 'tool', content: 'a cat', toolCallId: 'functions.look:0' },
      { role: 'user', content: 'And?' },
      { role: 'tool', content: '', toolCallId: 'call_b' },
    );
    expect(messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Look at both.' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I shall.' },
          { type: 'tool_use', id: 'functions_look_0', name: 'look', input: { at: 'a' } },
          { type: 'tool_use', id: 'call_b', name: 'look', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'functions_look_0', content: 'a cat' },
          { type: 'tool_result', tool_use_id: 'call_b' },
          { type: 'text', text: 'And?' },
        ],
      },
    ]);
  });

  test('images go by their address or with their bytes, to the user’s turn and from tools alike', () => {
    const { messages } = talk(
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', url: 'https://example.com/a.png', detail: 'low' },
          { type: 'image', url: 'data:image/jpg;charset=x;base64,/9j/4A==' },
        ],
      },
      { role: 'assistant', content: null, toolCalls: [{ id: 'c', name: 'f', arguments: '{}' }] },
      {
        role: 'tool',
        content: [{ type: 'image', url: 'data:image/webp;base64,UklG' }],
        toolCallId: 'c',
      },
    );
    expect(messages).toMatchObject([
      {
        content: [
          { type: 'text' },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          {
            type: 'image',
            source: { type: 'base64', media_type: 'image/jpeg', data: '/9j/4A==' },
          },
        ],
      },
      { role: 'assistant' },
      {
        content: [
          {
            type: 'tool_result',
            content: [{ type: 'image', source: { media_type: 'image/webp', data: 'UklG' } }],
          },
        ],
      },
    ]);
  });

  test('blank text is left out, since the API takes no block of it, and so is a turn of nothing else', () => {
    const { messages } = talk(
      { role: 'system', content: ' ' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'assistant', content: '\n' },
      { role: 'user', content: [{ type: 'text', text: '' }] },
      { role: 'user', content: 'Why?' },
    );
    expect(messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'No.' }] },
      { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
    ]);
  });
});

describe('what can neither be said here nor left out is refused, by the name the caller gave it', () => {
  test.each([
    'nonsense',
    '[]',
    '"x"',
    '7',
    'null',
    '{"a":',
    `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`,
  ])('arguments of a tool call that are no plain JSON object: %.20s', (text) => {
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
  });

  test.each([
    'data:image/png,plain',
    'data:image/svg+xml;base64,PHN2Zz4=',
    'data:;base64,AAAA',
    'data:image/png;base64',
    'file:///etc/passwd',
    `data:${'x'.repeat(1_000_000)};base64,AAAA`,
  ])('an image of a kind that the API does not take: %.40s', (url) => {
    const content = [
      { type: 'text' as const, text: 'x' },
      { type: 'image' as const, url },
    ];
    expect(refused({ messages: [{ role: 'user', content }] }).param).toBe(
      'messages.0.content.1.image_url.url',
    );
  });

  test('an image among the instructions', () => {
    const content = [{ type: 'image' as const, url: 'https://example.com/a.png' }];
    expect(refused({ messages: [{ role: 'system', content }, ...HELLO.messages] }).param).toBe(
      'messages.0.content',
    );
  });

  test('a conversation of instructions alone', () => {
    expect(refused({ messages: [{ role: 'system', content: 'Be brief.' }] }).param).toBe(
      'messages',
    );
  });

  test('a temperature over 1', () => {
    expect(refused({ ...HELLO, temperature: 1.01 }).param).toBe('temperature');
  });
});

describe('a model is sent the parameters that it takes', () => {
  const asked = { ...HELLO, temperature: 0, topP: 0.5 };

  test.each([
    ['claude-3-haiku-20240307', ['temperature', 'top_p']],
    ['claude-sonnet-4-20250514', ['temperature']],
    ['claude-haiku-4-5-20251001', ['temperature']],
    ['claude-sonnet-4-6', ['temperature']],
    ['claude-opus-4-7', []],
    ['claude-haiku-5-5', []],
    ['claude-mythos-preview', []],
    ['tiny-target', ['temperature', 'top_p']],
  ])('%s: %j', (model, taken) => {
    const { body, dropped } = call(asked, model);
    const wire = JSON.parse(body);
    const names = ['temperature', 'top_p'];
    expect(names.filter((name) => name in wire)).toEqual(taken);
    expect([...dropped].sort()).toEqual(names.filter((name) => !taken.includes(name)));
  });

  test('a value that changes nothing is not missed where it cannot be said', () => {
    expect(call({ ...HELLO, temperature: 1, topP: 1 }, NEW).dropped).toEqual([]);
    expect(sent({ ...HELLO, temperature: 1 }, NEW)['temperature']).toBe(1);
    expect(call({ ...HELLO, temperature: 0.2, topP: 1 }, OLD).dropped).toEqual([]);
  });
});

describe('tools', () => {
  const parameters = { properties: { at: { type: 'string' } } };
  const tools = [
    { name: 'look', description: 'Looks.', parameters, strict: true },
    { name: 'nod' },
  ];

  test('their parameters are a schema of an object, which the API wants said', () => {
    const { body, dropped } = call({ ...HELLO, tools });
    const look = { name: 'look', description: 'Looks.' };
    const nod = { name: 'nod', input_schema: { type: 'object' } };
    const input_schema = { type: 'object', ...parameters };
    expect(JSON.parse(body).tools).toEqual([{ ...look, input_schema, strict: true }, nod]);
    expect(dropped).toEqual([]);
  });

  test.each(['claude-sonnet-4-20250514', 'claude-3-7-sonnet-latest', 'glm-5'])(
    'are not held to their schemas by %s, and that is said',
    (model) => {
      const { body, dropped } = call({ ...HELLO, tools }, model);
      expect(body).not.toContain('strict');
      expect(dropped).toEqual(['tools.function.strict']);
    },
  );

  test.each([
    [undefined, undefined, undefined],
    [undefined, true, undefined],
    [undefined, false, { type: 'auto', disable_parallel_tool_use: true }],
    ['auto', undefined, { type: 'auto' }],
    ['required', undefined, { type: 'any' }],
    ['required', false, { type: 'any', disable_parallel_tool_use: true }],
    ['none', false, { type: 'none' }],
    [{ name: 'look' }, undefined, { type: 'tool', name: 'look' }],
    [{ name: 'look' }, false, { type: 'tool', name: 'look', disable_parallel_tool_use: true }],
  ] as const)(
    'the choice %j with parallel calls %j is %j',
    (toolChoice, parallelToolCalls, choice) => {
      expect(sent({ ...HELLO, tools, toolChoice, parallelToolCalls })['tool_choice']).toEqual(
        choice,
      );
    },
  );

  test('a choice among none is not sent, and named if it demanded one', () => {
    const asked = {
      ...HELLO,
      tools: [],
      toolChoice: 'required',
      parallelToolCalls: false,
    } as const;
    expect(sent(asked)).not.toHaveProperty('tools');
    expect(sent(asked)).not.toHaveProperty('tool_choice');
    expect(call(asked).dropped).toEqual(['tool_choice']);
    expect(call({ ...asked, toolChoice: 'auto' }).dropped).toEqual([]);
  });
});

test('a schema of the answer is asked for beside the effort, both in one field', () => {
  const schema = { type: 'object', additionalProperties: false };
  const asked: ChatRequest = {
    ...HELLO,
    responseFormat: { type: 'json_schema', name: 'answer', schema, strict: true },
    reasoning: { effort: 'minimal' },
  };
  expect(sent(asked, NEW)['output_config']).toEqual({
    effort: 'low',
    format: { type: 'json_schema', schema },
  });
  expect(call(asked, NEW).dropped).toEqual([]);
});

test('what is passed on is said in the API’s own words where it has any', () => {
  const body = sent({
    ...HELLO,
    stop: ['END', '\n'],
    serviceTier: 'default',
    promptCache: { ttl: '1h' },
    passthrough: { user: 'u1' },
  });
  expect(body).toMatchObject({
    stop_sequences: ['END'],
    metadata: { user_id: 'u1' },
    service_tier: 'standard_only',
    cache_control: { type: 'ephemeral', ttl: '1h' },
  });
});

test('whatever cannot be said is named, under the name the caller knows', () => {
  const { body, dropped } = call({
    ...HELLO,
    seed: 0,
    frequencyPenalty: 0.5,
    presencePenalty: 0.5,
    topLogprobs: 0,
    stop: [' '],
    responseFormat: { type: 'json_object' },
    prediction: 'Hello',
    priority: 5,
    serviceTier: 'flex',
    promptCache: { key: 'k', retention: '24h' },
    passthrough: {
      n: 2,
      user: null,
      metadata: { a: 'b' },
      logit_bias: {},
      speed: 'fast',
      inference_geo: 'us',
    },
  });
  expect(Object.keys(JSON.parse(body))).toEqual(['model', 'max_tokens', 'messages']);
  expect([...dropped].sort()).toEqual([
    'frequency_penalty',
    'inference_geo',
    'logit_bias',
    'logprobs',
    'metadata',
    'n',
    'prediction',
    'presence_penalty',
    'priority',
    'prompt_cache_key',
    'prompt_cache_retention',
    'response_format',
    'seed',
    'service_tier',
    'speed',
    'stop',
  ]);
});

test('cache marks end prefixes where the caller put them, each with its span', () => {
  const body = sent({
    ...HELLO,
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Rules', cache: '1h' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image', url: 'https://x.test/a.png', cache: '5m' },
        ],
      },
    ],
    tools: [{ name: 'f' }, { name: 'g', cache: '5m' }],
  });
  const mark = (ttl: string) => ({ cache_control: { type: 'ephemeral', ttl } });
  expect(body['system']).toEqual([{ type: 'text', text: 'Rules', ...mark('1h') }]);
  expect(body['messages']).toMatchObject([{ content: [{ type: 'text' }, mark('5m')] }]);
  expect(JSON.stringify(body['messages'])).toContain('"text":"Look"}');
  expect(body['tools']).toMatchObject([{ name: 'f' }, mark('5m')]);
  expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(3);
});

test('marks beyond the four that the API takes are left out, the earliest turns first, and told', () => {
  const content = Array.from({ length: 6 }, (_, at) => ({
    type: 'text' as const,
    text: `part ${at}`,
    cache: '5m' as const,
  }));
  const messages: ChatMessage[] = [
    { role: 'system', content: [{ type: 'text', text: 'Rules', cache: '1h' }] },
    { role: 'user', content },
  ];
  const { body, dropped } = call({ ...HELLO, messages });
  expect(dropped).toEqual(['cache_control']);
  const wire = JSON.parse(body);
  expect(JSON.stringify(wire.system)).toContain('cache_control');
  const marked = wire.messages[0].content.filter((block: object) => 'cache_control' in block);
  expect(marked.map(({ text }: { text: string }) => text)).toEqual(['part 3', 'part 4', 'part 5']);
});

test('a parameter that is passed on can neither take the place of one that Weir sets nor raise its cost', () => {
  const passthrough = {
    model: 'other',
    messages: [],
    max_tokens: 100_000,
    max_completion_tokens: 100_000,
    stream: true,
    stream_options: {},
    system: 'Obey.',
    tools: [{ type: 'web_search_20250305' }],
    output_config: { effort: 'max' },
  };
  const { body, dropped } = call({ ...HELLO, passthrough });
  expect(JSON.parse(body)).toEqual(sent(HELLO));
  expect(dropped).toEqual(['system', 'tools', 'output_config']);
});

const anyText = fc.oneof(
  fc.string(),
  fc.constantFrom('', ' ', '{}', '{"a":1}', 'data:,', 'https://x'),
);
const anyContent = fc.oneof(
  anyText,
  fc.array(
    fc.oneof(
      fc.record({ type: fc.constant('text' as const), text: anyText }),
      fc.record({ type: fc.constant('image' as const), url: anyText }),
    ),
    { maxLength: 3 },
  ),
);
const anyMessage: fc.Arbitrary<ChatMessage> = fc.oneof(
  fc.record({
    role: fc.constantFrom('system' as const, 'developer' as const, 'user' as const),
    content: anyContent,
  }),
  fc.record({ role: fc.constant('tool' as const), content: anyContent, toolCallId: anyText }),
  fc.record({
    role: fc.constant('assistant' as const),
    content: fc.option(anyContent),
    toolCalls: fc.array(fc.record({ id: anyText, name: anyText, arguments: anyText }), {
      maxLength: 2,
    }),
  }),
);

test('any conversation is refused by name, or its turns alternate, none is empty and no text is blank', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { minLength: 1, maxLength: 6 }), (messages) => {
      let body: Record<string, unknown>;
      try {
        body = sent({ messages });
      } catch (thrown) {
        expect(thrown).toMatchObject({ kind: 'unsupported_parameter', param: expect.any(String) });
        return;
      }
      const turns = body['messages'] as { role: string; content: Record<string, unknown>[] }[];
      for (const [index, { role, content }] of turns.entries()) {
        expect(role).not.toBe(turns[index - 1]?.role);
        expect(content.length).toBeGreaterThan(0);
        const kinds = content.map(({ type }) => type === 'tool_result');
        expect(kinds).toEqual([...kinds].sort((a, b) => Number(b) - Number(a)));
        for (const { text } of content) if (text !== undefined) expect(text).toMatch(/\S/);
      }
    }),
    { numRuns: 500 },
  );
});

test('a penalty of zero is none, and is not missed', () => {
  const messages = [{ role: 'user', content: 'Hello' }] as const;
  const asked = { messages, frequencyPenalty: 0, presencePenalty: 0 };
  expect(toCall(asked, { model: 'm', dialect: DIALECTS.anthropic }, false).dropped).toEqual([]);
});
