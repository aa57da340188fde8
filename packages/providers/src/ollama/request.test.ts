import type { ChatMessage, ChatRequest, Json, ReasoningEffort } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { ollama } from './index.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';

const HELLO: ChatMessage = { role: 'user', content: 'Hello' };
const TARGET = { model: 'tiny:1b', dialect: DIALECTS.ollama };

function call(request: Partial<ChatRequest>, stream = false) {
  const { path, body, dropped } = toCall({ messages: [HELLO], ...request }, TARGET, stream);
  return { path, body: JSON.parse(body) as Record<string, unknown>, dropped };
}

function sent(request: Partial<ChatRequest>): Record<string, unknown> {
  return call(request).body;
}

function messagesFor(...messages: ChatMessage[]): unknown {
  return sent({ messages })['messages'];
}

test('a bare request says that nothing may be left out of it, and leaves the rest to the model', () => {
  expect(call({})).toEqual({
    path: '/api/chat',
    body: {
      model: 'tiny:1b',
      messages: [{ role: 'user', content: 'Hello' }],
      stream: false,
      truncate: false,
      shift: false,
      options: {},
    },
    dropped: [],
  });
  expect(call({}, true).body['stream']).toBe(true);
});

test('the key, where there is one, is a bearer', () => {
  expect(ollama.headers('k')).toEqual({ authorization: 'Bearer k' });
  expect(ollama.headers(undefined)).toEqual({});
});

test('sampling is told among the options, zeros included', () => {
  const body = sent({
    maxOutputTokens: 64,
    temperature: 0,
    topP: 0.5,
    seed: 7,
    stop: ['END', '\n'],
    frequencyPenalty: 0,
    presencePenalty: -1,
  });
  expect(body['options']).toEqual({
    num_predict: 64,
    temperature: 0,
    top_p: 0.5,
    seed: 7,
    stop: ['END', '\n'],
    frequency_penalty: 0,
    presence_penalty: -1,
  });
});

test('a seed is never one that means any seed, and the same is always the same', () => {
  const seedOf = (seed: number) => (sent({ seed })['options'] as { seed: number }).seed;
  fc.assert(
    fc.property(fc.maxSafeInteger(), (seed) => {
      expect(seedOf(seed)).toBeGreaterThanOrEqual(0);
      expect(seedOf(seed)).toBe(seedOf(seed));
    }),
  );
  expect([seedOf(0), seedOf(7), seedOf(-1)]).toEqual([0, 7, 2 ** 31 - 1]);
});

test('an empty list of stops is none', () => {
  expect(sent({ stop: [] })['options']).toEqual({});
});

describe('messages', () => {
  test('have one text each, and roles that templates know', () => {
    const said = messagesFor(
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'system',
        content: [
          { type: 'text', text: 'Be ' },
          { type: 'text', text: 'kind.' },
        ],
      },
      { role: 'user', content: 'Hi', name: 'Pam' },
      { role: 'assistant', content: null, refusal: 'No.' },
    );
    expect(said).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'No.' },
    ]);
  });

  test('give thoughts back, and nobody else’s secrets about them', () => {
    const said = messagesFor(HELLO, {
      role: 'assistant',
      content: '42',
      reasoning: 'Six times seven.',
      reasoningState: 'anthropic:[{"block":{}}]',
    });
    expect(said).toEqual([
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: '42', thinking: 'Six times seven.' },
    ]);
  });

  test('that are none would order the model to be loaded, so they are refused', () => {
    expect(() => call({ messages: [] })).toThrow(
      expect.objectContaining({ kind: 'unsupported_parameter', param: 'messages' }),
    );
  });
});

describe('images', () => {
  const image = (url: string): ChatMessage => ({
    role: 'user',
    content: [
      { type: 'text', text: 'What is ' },
      { type: 'image', url, detail: 'low' },
      { type: 'text', text: 'this?' },
    ],
  });

  test('stand beside the text, in base64 and nothing else', () => {
    const message = { role: 'user', content: 'What is this?', images: ['aGk='] };
    expect(messagesFor(image('data:image/png;base64,aGk='))).toEqual([message]);
    expect(messagesFor(image('DATA:image/svg+xml;charset=utf-8;BASE64,aGk='))).toEqual([message]);
    expect(messagesFor(image('data:;base64,aGk='))).toEqual([message]);
  });

  test.each([
    'http://example.com/a.png',
    'https://example.com/a,data:image/png;base64,aGk=',
    'data:image/png,rawbytes',
    `data:image/png${';x'.repeat(200)};base64,aGk=`,
    'aGk=',
    '',
  ])('that would have to be fetched or decoded are refused by their place: %s', (url) => {
    expect(() => call({ messages: [HELLO, image(url)] })).toThrow(
      expect.objectContaining({
        kind: 'unsupported_parameter',
        param: 'messages.1.content.1.image_url.url',
      }),
    );
  });
});

describe('tools', () => {
  const weather = {
    name: 'weather',
    description: 'Looks out of the window.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  };

  test('have a schema each, an empty one where none was given', () => {
    expect(sent({ tools: [weather, { name: 'time' }] })['tools']).toEqual([
      { type: 'function', function: weather },
      {
        type: 'function',
        function: { name: 'time', parameters: { type: 'object', properties: {} } },
      },
    ]);
  });

  test('that may not be called are not told; that must be cannot be asked for', () => {
    const tools = [weather];
    expect(sent({ tools, toolChoice: 'none' })).not.toHaveProperty('tools');
    expect(call({ tools, toolChoice: 'auto' }).dropped).toEqual([]);
    expect(call({ tools, toolChoice: 'required' }).dropped).toEqual(['tool_choice']);
    expect(call({ tools, toolChoice: { name: 'weather' } }).dropped).toEqual(['tool_choice']);
    expect(sent({ tools, toolChoice: 'required' })).not.toHaveProperty('tool_choice');
  });

  test('may be called together, and that they must not cannot be said', () => {
    const tools = [weather];
    expect(call({ tools, parallelToolCalls: true }).dropped).toEqual([]);
    expect(call({ tools, parallelToolCalls: false }).dropped).toEqual(['parallel_tool_calls']);
    expect(call({ parallelToolCalls: false }).dropped).toEqual([]);
  });

  test('promise nothing of how strictly they are called', () => {
    const tools = [{ ...weather, strict: true }];
    const { body, dropped } = call({ tools });
    expect(dropped).toEqual(['tools.function.strict']);
    expect(JSON.stringify(body)).not.toContain('strict');
  });

  test('that were called are told with arguments that are objects, and answered by their names', () => {
    const said = messagesFor(
      HELLO,
      {
        role: 'assistant',
        content: null,
        toolCalls: [
          { id: 'c1', name: 'weather', arguments: '{"city":"Köln"}' },
          { id: 'c2', name: 'time', arguments: ' ' },
        ],
      },
      { role: 'tool', content: 'rain', toolCallId: 'c1' },
      { role: 'tool', content: [{ type: 'text', text: 'noon' }], toolCallId: 'c2' },
      { role: 'tool', content: 'what?', toolCallId: 'c3' },
    );
    expect(said).toEqual([
      { role: 'user', content: 'Hello' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'c1', function: { index: 0, name: 'weather', arguments: { city: 'Köln' } } },
          { id: 'c2', function: { index: 1, name: 'time', arguments: {} } },
        ],
      },
      { role: 'tool', content: 'rain', tool_name: 'weather', tool_call_id: 'c1' },
      { role: 'tool', content: 'noon', tool_name: 'time', tool_call_id: 'c2' },
      { role: 'tool', content: 'what?', tool_call_id: 'c3' },
    ]);
  });

  test('whose answer names a call that was made twice answer the later one', () => {
    const turn = (name: string): ChatMessage => ({
      role: 'assistant',
      content: null,
      toolCalls: [{ id: 'call_0', name, arguments: '{}' }],
    });
    const answer: ChatMessage = { role: 'tool', content: 'x', toolCallId: 'call_0' };
    const said = messagesFor(HELLO, turn('first'), answer, turn('second'), answer);
    expect(said).toMatchObject([{}, {}, { tool_name: 'first' }, {}, { tool_name: 'second' }]);
  });

  test.each(['[1]', '"x"', 'null', '{"a":', '['.repeat(100) + ']'.repeat(100)])(
    'whose arguments are no object cannot be told: %s',
    (args) => {
      const toolCalls = [{ id: 'a', name: 'f', arguments: args }];
      expect(() => call({ messages: [{ role: 'assistant', content: null, toolCalls }] })).toThrow(
        expect.objectContaining({
          kind: 'unsupported_parameter',
          param: 'messages.0.tool_calls.0.function.arguments',
        }),
      );
    },
  );
});

test('ids that were made for calls without any find their way back with the names', () => {
  const call = { function: { name: 'weather', arguments: { city: 'Köln' } } };
  const wire = {
    created_at: '2026-11-20T08:00:00.5Z',
    message: { content: '', tool_calls: [call] },
    done: true,
    done_reason: 'stop',
  };
  const { toolCalls } = fromBody(JSON.stringify(wire)).reply;
  const said = messagesFor(
    HELLO,
    { role: 'assistant', content: null, toolCalls },
    {
      role: 'tool',
      content: 'rain',
      toolCallId: toolCalls[0]?.id ?? '',
    },
  );
  expect(said).toMatchObject([
    {},
    { tool_calls: [{ function: { index: 0, ...call.function } }] },
    { tool_name: 'weather' },
  ]);
});

describe('the format of an answer', () => {
  test.each<[string, ChatRequest['responseFormat'], unknown]>([
    ['text is nothing to say', { type: 'text' }, undefined],
    ['an object is JSON', { type: 'json_object' }, 'json'],
    [
      'a schema is itself',
      { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true },
      { type: 'object' },
    ],
    ['a schema of anything is JSON', { type: 'json_schema', name: 'n', schema: true }, 'json'],
  ])('%s', (_what, responseFormat, format) => {
    const { body, dropped } = call({ responseFormat });
    expect(body['format']).toEqual(format);
    expect(dropped).toEqual([]);
  });
});

describe('thinking', () => {
  const thinks = (model: string, effort: ReasoningEffort) => {
    const asked = { messages: [HELLO], reasoning: { effort } };
    const { body, dropped } = toCall(asked, { ...TARGET, model }, false);
    return [JSON.parse(body).think, dropped];
  };

  test.each([
    ['none', false, []],
    ['minimal', true, ['reasoning_effort']],
    ['low', true, ['reasoning_effort']],
    ['medium', true, []],
    ['high', true, ['reasoning_effort']],
    ['xhigh', true, ['reasoning_effort']],
    ['max', true, ['reasoning_effort']],
  ] as const)('with an effort of %s is %s for most, since a level would be an error', (...row) => {
    const [effort, think, dropped] = row;
    expect(thinks('qwen3:8b', effort)).toEqual([think, dropped]);
  });

  test.each([
    ['none', 'low', ['reasoning_effort']],
    ['minimal', 'low', []],
    ['low', 'low', []],
    ['medium', 'medium', []],
    ['high', 'high', []],
    ['xhigh', 'high', []],
    ['max', 'high', []],
  ] as const)('with an effort of %s is %s for gpt-oss', (effort, think, dropped) => {
    for (const model of ['gpt-oss:20b', 'hf.co/unsloth/gpt-oss-20b-GGUF:Q4_K_M', 'GPTOSS']) {
      expect(thinks(model, effort)).toEqual([think, dropped]);
    }
  });

  test('without a measure is a yes, and what nobody asked is left to the model', () => {
    expect(sent({ reasoning: {} })['think']).toBe(true);
    expect(sent({})).not.toHaveProperty('think');
  });

  test('is not counted in tokens, which matters where there is no effort to go by', () => {
    const { body, dropped } = call({ reasoning: { maxTokens: 2000 } });
    expect([body['think'], dropped]).toEqual([true, ['thinking']]);
    const both = call({ reasoning: { effort: 'medium', maxTokens: 2000 } });
    expect([both.body['think'], both.dropped]).toEqual([true, []]);
  });
});

describe('log-probabilities', () => {
  test('are asked for with as many alternatives as are wanted', () => {
    expect(sent({ topLogprobs: 5 })).toMatchObject({ logprobs: true, top_logprobs: 5 });
    expect(sent({ topLogprobs: 0 })).toMatchObject({ logprobs: true });
    expect(sent({ topLogprobs: 0 })).not.toHaveProperty('top_logprobs');
    expect(sent({})).not.toHaveProperty('logprobs');
  });

  test('are not, where a dialect has none', () => {
    const dialect = { ...DIALECTS.ollama, takesLogprobs: false };
    const asked = { messages: [HELLO], topLogprobs: 5 };
    const { body, dropped } = toCall(asked, { ...TARGET, dialect }, false);
    expect(JSON.parse(body)).not.toHaveProperty('logprobs');
    expect(dropped).toEqual(['logprobs']);
  });
});

describe('what Ollama has no word for', () => {
  const dropped = (request: Partial<ChatRequest>) => call(request).dropped;

  test('is named', () => {
    expect(
      dropped({
        promptCache: { key: 'k', retention: '24h', ttl: '5m' },
        prediction: 'x',
        serviceTier: 'flex',
        priority: 5,
        passthrough: { user: 'u', logit_bias: { 1: 2 }, metadata: {} },
      }),
    ).toEqual([
      'prompt_cache_key',
      'prompt_cache_retention',
      'cache_control',
      'prediction',
      'service_tier',
      'priority',
      'user',
      'logit_bias',
      'metadata',
    ]);
  });

  test('includes marks for a cache wherever they stand', () => {
    const part = { type: 'text', text: 'x', cache: '5m' } as const;
    expect(dropped({ messages: [{ role: 'user', content: [part] }] })).toEqual(['cache_control']);
    expect(dropped({ tools: [{ name: 'f', cache: '1h' }] })).toEqual(['cache_control']);
  });

  test('is not missed where it changes nothing', () => {
    expect(dropped({ serviceTier: 'auto', priority: 0, promptCache: {} })).toEqual([]);
    expect(dropped({ serviceTier: 'default', passthrough: { user: null, n: 1 } })).toEqual([]);
  });

  test('never gets into the body, and nothing that Weir says is overruled', () => {
    const passthrough: Record<string, Json> = {
      model: 'other',
      messages: [],
      stream: true,
      options: { num_ctx: 1 },
      keep_alive: 0,
      truncate: true,
    };
    expect(call({ passthrough }).body).toEqual(call({}).body);
    expect(call({ passthrough }).dropped).toEqual(['options', 'keep_alive', 'truncate']);
  });
});
