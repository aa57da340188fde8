import type { ChatMessage, ChatRequest } from '@weir/core';
import { Fault } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { cohere } from './index.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';

const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }], maxOutputTokens: 100 };
const MODEL = 'command-a-plus-05-2026';
const OLD = 'command-r-08-2024';

function call(request: Partial<ChatRequest>, model = MODEL, stream = false) {
  return toCall({ ...HELLO, ...request }, { model, dialect: DIALECTS.cohere }, stream);
}

function sent(request: Partial<ChatRequest>, model = MODEL, stream = false) {
  return JSON.parse(call(request, model, stream).body) as Record<string, unknown>;
}

function talk(...messages: ChatMessage[]) {
  return sent({ messages })['messages'];
}

function refused(request: Partial<ChatRequest>): Fault {
  try {
    call(request);
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).kind).toBe('unsupported_parameter');
    return error as Fault;
  }
  throw new Error('It was taken.');
}

test('what the caller did not ask for is not sent: no default of ours', () => {
  const { path, body, dropped } = call({});
  expect(path).toBe('/chat');
  expect(dropped).toEqual([]);
  expect(JSON.parse(body)).toEqual({
    model: MODEL,
    max_tokens: 100,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  });
  expect(sent({}, MODEL, true)['stream']).toBe(true);
});

test('the key is a bearer’s', () => {
  expect(cohere.headers('k')).toEqual({ authorization: 'Bearer k' });
  expect(cohere.headers(undefined)).toEqual({});
});

describe('messages become Cohere’s', () => {
  test('instructions come first, in their order, wherever they stood', () => {
    expect(
      talk(
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
        { role: 'developer', content: [{ type: 'text', text: 'In French.' }] },
        { role: 'user', content: 'Who are you?' },
      ),
    ).toEqual([
      {
        role: 'system',
        content: [
          { type: 'text', text: 'Be brief.' },
          { type: 'text', text: 'In French.' },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'user', content: [{ type: 'text', text: 'Who are you?' }] },
    ]);
  });

  test('instructions that stand alone are said by the user', () => {
    expect(talk({ role: 'system', content: 'Tell a joke.' })).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Tell a joke.' }] },
    ]);
  });

  test('tool calls and their results go by their ids', () => {
    expect(
      talk(
        { role: 'user', content: 'Look.' },
        {
          role: 'assistant',
          content: null,
          toolCalls: [
            { id: 'look_1', name: 'look', arguments: '{"at":"a"}' },
            { id: 'call_b', name: 'look', arguments: ' ' },
          ],
        },
        { role: 'tool', content: 'a cat', toolCallId: 'look_1' },
        { role: 'tool', content: [{ type: 'text', text: 'a dog' }], toolCallId: 'call_b' },
        { role: 'tool', content: [{ type: 'text', text: '' }], toolCallId: 'call_b' },
      ),
    ).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Look.' }] },
      {
        role: 'assistant',
        tool_calls: [
          { id: 'look_1', type: 'function', function: { name: 'look', arguments: '{"at":"a"}' } },
          { id: 'call_b', type: 'function', function: { name: 'look', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'look_1', content: 'a cat' },
      { role: 'tool', tool_call_id: 'call_b', content: [{ type: 'text', text: 'a dog' }] },
      { role: 'tool', tool_call_id: 'call_b', content: '' },
    ]);
  });

  test('images go as they are, with a detail that it knows', () => {
    const data = 'data:image/png;base64,AAAA';
    expect(
      talk({
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', url: 'https://example.com/a.png', detail: 'low' },
          { type: 'image', url: data, detail: 'original' },
        ],
      }),
    ).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
          { type: 'image_url', image_url: { url: data } },
        ],
      },
    ]);
  });

  test('blank text is left out, and so is a message of nothing else', () => {
    expect(
      talk(
        { role: 'system', content: ' ' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: null, refusal: 'No.' },
        { role: 'assistant', content: '\n' },
        { role: 'user', content: [{ type: 'text', text: '' }] },
        { role: 'user', content: 'Why?' },
      ),
    ).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'No.' }] },
      { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
    ]);
  });
});

describe('thoughts go back to where they came from', () => {
  const calls = [{ id: 'a', name: 'f', arguments: '{}' }];
  const wireCalls = [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }];

  function thought(message: Partial<Extract<ChatMessage, { role: 'assistant' }>>) {
    const { body, dropped } = call({
      messages: [...HELLO.messages, { role: 'assistant', content: null, ...message }],
    });
    return [JSON.parse(body).messages[1], dropped];
  }

  test('what was thought before an answer, and what was planned before tools were called', () => {
    expect(
      thought({
        reasoning: 'Hm. Look.',
        reasoningState: 'cohere:4',
        content: 'So',
        toolCalls: calls,
      }),
    ).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm. ' },
          { type: 'text', text: 'So' },
        ],
        tool_plan: 'Look.',
        tool_calls: wireCalls,
      },
      [],
    ]);
  });

  test('a plan whose calls are no more has no place', () => {
    expect(thought({ reasoning: 'Look.', reasoningState: 'cohere:0', content: 'So' })).toEqual([
      { role: 'assistant', content: [{ type: 'text', text: 'So' }] },
      [],
    ]);
  });

  test.each([
    undefined,
    '',
    'anthropic:[]',
    'cohere:',
    'cohere:x',
    'cohere:-1',
    'cohere:1e1',
    'cohere:7',
    'cohere:99999999999',
    'Cohere:1',
  ])(
    'those of another provider, or with the state of others (%s), are left out and told',
    (state) => {
      expect(thought({ reasoning: 'Hm. Ah', reasoningState: state, content: 'So' })).toEqual([
        { role: 'assistant', content: [{ type: 'text', text: 'So' }] },
        ['reasoning_content'],
      ]);
    },
  );

  test('a state of others without a thought that could be read is told as well', () => {
    expect(thought({ reasoningState: 'anthropic:[]', content: 'So' })[1]).toEqual([
      'reasoning_content',
    ]);
  });

  test('whatever was thought and planned is given back as it came', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (thinking, plan) => {
        const { reply } = fromBody(
          JSON.stringify({
            finish_reason: 'TOOL_CALL',
            message: {
              content: [{ type: 'thinking', thinking }],
              tool_plan: plan,
              tool_calls: wireCalls,
            },
          }),
        );
        const [message, dropped] = thought(reply);
        expect(message).toEqual({
          role: 'assistant',
          ...(thinking !== '' && { content: [{ type: 'thinking', thinking }] }),
          ...(plan !== '' && { tool_plan: plan }),
          tool_calls: wireCalls,
        });
        expect(dropped).toEqual([]);
      }),
    );
  });
});

describe('what can neither be said here nor left out is refused, by the name the caller gave it', () => {
  const image = { type: 'image' as const, url: 'https://example.com/a.png' };

  test.each([
    ['the instructions', { role: 'system', content: [image] }],
    ['an answer', { role: 'assistant', content: [image] }],
    ['a tool’s result', { role: 'tool', content: [image], toolCallId: 'a' }],
  ] as const)('an image in %s', (_where, message) => {
    const messages: ChatMessage[] = [...HELLO.messages, message];
    expect(refused({ messages }).param).toBe('messages.1.content');
  });

  test.each([
    'data:image/png,plain',
    'data:text/plain;base64,AAAA',
    'file:///etc/passwd',
    'gs://b/a',
  ])('an image at an address that is none: %s', (url) => {
    const content = [
      { type: 'text' as const, text: 'x' },
      { ...image, url },
    ];
    expect(refused({ messages: [{ role: 'user', content }] }).param).toBe(
      'messages.0.content.1.image_url.url',
    );
  });

  test('a conversation without a word, and more stop sequences than there may be', () => {
    expect(refused({ messages: [{ role: 'user', content: ' ' }] }).param).toBe('messages');
    expect(refused({ stop: ['a', 'b', 'c', 'd', 'e', 'f'] }).param).toBe('stop');
  });
});

describe('sampling', () => {
  test('is said under Cohere’s names', () => {
    const asked = { temperature: 0, topP: 0.5, frequencyPenalty: 0.5, seed: 7, stop: ['END'] };
    expect(call(asked).dropped).toEqual([]);
    expect(sent(asked)).toMatchObject({
      temperature: 0,
      p: 0.5,
      frequency_penalty: 0.5,
      seed: 7,
      stop_sequences: ['END'],
    });
  });

  test('a cut that is none, or all, is the widest or narrowest that there is', () => {
    expect([sent({ topP: 1 })['p'], sent({ topP: 0 })['p']]).toEqual([0.99, 0.01]);
  });

  test('what is out of range is named, and a penalty of zero is none', () => {
    const { body, dropped } = call({ temperature: 1.5, frequencyPenalty: -1, presencePenalty: 2 });
    expect(dropped).toEqual(['temperature', 'frequency_penalty', 'presence_penalty']);
    expect(Object.keys(JSON.parse(body)).toSorted()).toEqual(['max_tokens', 'messages', 'model']);
    expect(sent({ frequencyPenalty: 0, presencePenalty: 0 })).not.toHaveProperty(
      'presence_penalty',
    );
  });

  test('a seed below zero is one above', () => {
    expect(sent({ seed: -7 })['seed']).toBe(7);
  });

  test('log-probabilities are of the tokens chosen only, which is named', () => {
    expect(sent({ topLogprobs: 0 })['logprobs']).toBe(true);
    expect(call({ topLogprobs: 0 }).dropped).toEqual([]);
    expect(sent({ topLogprobs: 3 })['logprobs']).toBe(true);
    expect(call({ topLogprobs: 3 }).dropped).toEqual(['top_logprobs']);
    const target = { model: MODEL, dialect: { ...DIALECTS.cohere, takesLogprobs: false } };
    expect(toCall({ ...HELLO, topLogprobs: 3 }, target, false).dropped).toEqual(['logprobs']);
  });
});

describe('tools', () => {
  const look = { name: 'look', description: 'Looks.', parameters: { type: 'object' } };
  const time = { name: 'time' };
  const wireLook = { type: 'function', function: look };
  const wireTime = {
    type: 'function',
    function: { name: 'time', parameters: { type: 'object', properties: {} } },
  };

  function offered(request: Partial<ChatRequest>) {
    const { body, dropped } = call({ tools: [look, time], ...request });
    const { tools, tool_choice } = JSON.parse(body);
    return [tools, tool_choice, dropped];
  }

  test.each([
    [undefined, [wireLook, wireTime], undefined, []],
    ['auto', [wireLook, wireTime], undefined, []],
    ['none', [wireLook, wireTime], 'NONE', []],
    ['required', [wireLook, wireTime], 'REQUIRED', []],
    // There is no choosing by name, but for offering nothing else.
    [{ name: 'time' }, [wireTime], 'REQUIRED', []],
    [{ name: 'fly' }, [wireLook, wireTime], undefined, ['tool_choice']],
  ] as const)('chosen by %j', (toolChoice, tools, choice, dropped) => {
    expect(offered({ toolChoice })).toEqual([tools, choice, dropped]);
  });

  test('a choice among none is no choice, which is missed where one must be used', () => {
    for (const toolChoice of ['none', 'auto'] as const) {
      expect(offered({ tools: [], toolChoice })).toEqual([undefined, undefined, []]);
    }
    expect(offered({ tools: [], toolChoice: 'required' })).toEqual([
      undefined,
      undefined,
      ['tool_choice'],
    ]);
  });

  test('are strict all together or not at all', () => {
    const strict = { ...look, strict: true };
    expect(sent({ tools: [strict, { ...time, strict: true }] })['strict_tools']).toBe(true);
    const some = call({ tools: [strict, time] });
    expect(some.dropped).toEqual(['tools.function.strict']);
    expect(JSON.parse(some.body)).not.toHaveProperty('strict_tools');
    expect(sent({ tools: [look] })).not.toHaveProperty('strict_tools');
  });

  test('are called in parallel, and that they must not cannot be said', () => {
    expect(call({ tools: [look], parallelToolCalls: false }).dropped).toEqual([
      'parallel_tool_calls',
    ]);
    expect(call({ tools: [look], parallelToolCalls: true }).dropped).toEqual([]);
    expect(call({ parallelToolCalls: false }).dropped).toEqual([]);
  });

  test('leave no room for a format', () => {
    const asked = { tools: [look], responseFormat: { type: 'json_object' } } as const;
    expect(call(asked).dropped).toEqual(['response_format']);
    expect(sent(asked)).not.toHaveProperty('response_format');
  });
});

test('a format is JSON, with or without a schema', () => {
  expect(sent({ responseFormat: { type: 'text' } })).not.toHaveProperty('response_format');
  expect(sent({ responseFormat: { type: 'json_object' } })['response_format']).toEqual({
    type: 'json_object',
  });
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const responseFormat = { type: 'json_schema', name: 'x', schema, strict: true } as const;
  expect(sent({ responseFormat })['response_format']).toEqual({
    type: 'json_object',
    json_schema: schema,
  });
});

describe('thinking', () => {
  function asked(reasoning: ChatRequest['reasoning'], maxOutputTokens?: number, model = MODEL) {
    const { body, dropped } = call({ reasoning, maxOutputTokens }, model);
    return [JSON.parse(body).thinking, dropped];
  }

  test.each([
    [{}, { type: 'enabled' }],
    [{ effort: 'none' }, { type: 'disabled' }],
    [{ effort: 'minimal' }, { type: 'enabled', token_budget: 1024 }],
    [{ effort: 'medium' }, { type: 'enabled', token_budget: 8192 }],
    [{ effort: 'high' }, { type: 'enabled' }],
    [{ effort: 'max' }, { type: 'enabled' }],
    [{ maxTokens: 500 }, { type: 'enabled', token_budget: 500 }],
    [
      { effort: 'high', maxTokens: 500 },
      { type: 'enabled', token_budget: 500 },
    ],
    [undefined, undefined],
  ] as const)('%j is %j', (reasoning, thinking) => {
    expect(asked(reasoning)).toEqual([thinking, []]);
  });

  test('something of the answer’s limit is left to say', () => {
    expect(asked({ effort: 'medium' }, 4096)[0]).toEqual({ type: 'enabled', token_budget: 4095 });
    expect(asked({ maxTokens: 10 }, 1)[0]).toEqual({ type: 'enabled', token_budget: 1 });
  });

  test.each([OLD, 'command-a-03-2025', 'command-a-vision-07-2025', 'c4ai-aya-expanse-32b'])(
    '%s cannot, so that it is asked only not to',
    (model) => {
      expect(asked({ effort: 'high' }, 100, model)).toEqual([undefined, ['reasoning_effort']]);
      expect(asked({ maxTokens: 9 }, 100, model)).toEqual([undefined, ['thinking']]);
      expect(asked({ effort: 'none' }, 100, model)).toEqual([undefined, []]);
    },
  );
});

test('who lets others pass has a higher number; before others nobody goes', () => {
  expect([sent({ priority: -3 })['priority'], sent({ priority: -5000 })['priority']]).toEqual([
    3, 999,
  ]);
  expect(call({ priority: 0 }).dropped).toEqual([]);
  expect(sent({ priority: 0 })).not.toHaveProperty('priority');
  expect(call({ priority: 2 }).dropped).toEqual(['priority']);
});

test('what there is no word for is named, and nothing is handed on', () => {
  const { body, dropped } = call({
    serviceTier: 'flex',
    promptCache: { key: 'k', retention: '24h', ttl: '5m' },
    prediction: 'Hello',
    passthrough: { user: 'u', metadata: { a: 'b' }, logit_bias: null },
  });
  expect(dropped).toEqual([
    'service_tier',
    'prompt_cache_key',
    'prompt_cache_retention',
    'cache_control',
    'prediction',
    'user',
    'metadata',
  ]);
  expect(Object.keys(JSON.parse(body)).toSorted()).toEqual(['max_tokens', 'messages', 'model']);
  expect(call({ serviceTier: 'auto' }).dropped).toEqual([]);
  expect(call({ serviceTier: 'default' }).dropped).toEqual([]);
});

test.each<Partial<ChatRequest>>([
  { tools: [{ name: 'f', cache: '1h' }] },
  { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', cache: '5m' }] }] },
])('a mark of what is worth caching is named, wherever it stands', (marked) => {
  expect(call(marked).dropped).toEqual(['cache_control']);
});
