import type { ChatRequest } from '@weir/core';
import { describe, expect, test } from 'vitest';
import type { Dialect } from '../adapter.ts';
import { DIALECTS } from '../dialects.ts';
import { openaiResponses } from './index.ts';
import { toCall } from './request.ts';

const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }] };
const DIALECT: Dialect = DIALECTS['openai-responses'];

function call(request: Partial<ChatRequest>, stream = false, dialect = DIALECT, model = 'm') {
  return toCall({ ...HELLO, ...request }, { model, dialect }, stream);
}

function sent(request: Partial<ChatRequest>, stream = false) {
  return JSON.parse(call(request, stream).body) as Record<string, unknown>;
}

test('what the caller did not ask for is not sent, but that nothing is to be stored', () => {
  const { path, body, dropped } = call({});
  expect(path).toBe('/responses');
  expect(dropped).toEqual([]);
  expect(JSON.parse(body)).toEqual({
    model: 'm',
    input: [{ type: 'message', role: 'user', content: 'Hello' }],
    store: false,
  });
  expect(sent({}, true)['stream']).toBe(true);
});

test('the key goes where OpenAI wants it', () => {
  expect(openaiResponses.headers('k')).toEqual({ authorization: 'Bearer k' });
  expect(openaiResponses.headers(undefined)).toEqual({});
});

test.each([
  [true, true],
  [false, false],
  [null, false],
])('a response is stored only where the caller says so: %s', (store, stored) => {
  expect(sent({ passthrough: { store } })['store']).toBe(stored);
});

test('a zero and a false are asked for, since absent is something else', () => {
  const body = sent({ temperature: 0, topP: 0, parallelToolCalls: false });
  expect(body).toMatchObject({ temperature: 0, top_p: 0, parallel_tool_calls: false });
});

describe('the limit on output', () => {
  test.each([16, 1000])('of %d is kept', (asked) => {
    expect(sent({ maxOutputTokens: asked })['max_output_tokens']).toBe(asked);
  });

  test.each([15, 1])('of %d is too small for the API, so that another model is asked', (asked) => {
    expect(() => call({ maxOutputTokens: asked })).toThrow(
      expect.objectContaining({
        kind: 'unsupported_parameter',
        param: 'max_completion_tokens',
        message: '"max_completion_tokens" must be at least 16 for this model.',
      }),
    );
  });
});

describe('tools', () => {
  const parameters = { type: 'object', properties: { at: { type: 'string' } } };

  test('say whether they are strict, as silence would not mean what it means in chat completions', () => {
    const tools = [
      { name: 'look', description: 'Looks.', parameters, strict: true },
      { name: 'nod' },
    ];
    expect(sent({ tools })['tools']).toEqual([
      { type: 'function', name: 'look', description: 'Looks.', parameters, strict: true },
      {
        type: 'function',
        name: 'nod',
        parameters: { type: 'object', properties: {} },
        strict: false,
      },
    ]);
  });

  test.each([
    [undefined, undefined],
    ['none', 'none'],
    ['auto', 'auto'],
    ['required', 'required'],
    [{ name: 'look' }, { type: 'function', name: 'look' }],
  ] as const)('the choice %j is %j', (toolChoice, choice) => {
    expect(sent({ tools: [{ name: 'look' }], toolChoice })['tool_choice']).toEqual(choice);
  });
});

describe('the form of the answer', () => {
  const schema = { type: 'object' };

  test.each([
    [undefined, undefined],
    [{ type: 'text' }, { format: { type: 'text' } }],
    [{ type: 'json_object' }, { format: { type: 'json_object' } }],
    [
      { type: 'json_schema', name: 'answer', schema },
      { format: { type: 'json_schema', name: 'answer', schema, strict: false } },
    ],
    [
      { type: 'json_schema', name: 'answer', schema, strict: true },
      { format: { type: 'json_schema', name: 'answer', schema, strict: true } },
    ],
  ] as const)('%j is %j', (responseFormat, text) => {
    expect(sent({ responseFormat })['text']).toEqual(text);
  });

  test('is asked for beside how much is to be said', () => {
    const passthrough = { verbosity: 'low' };
    expect(sent({ passthrough })['text']).toEqual({ verbosity: 'low' });
    expect(sent({ passthrough, responseFormat: { type: 'text' } })['text']).toEqual({
      verbosity: 'low',
      format: { type: 'text' },
    });
  });
});

describe('log-probabilities', () => {
  test('are asked for by including them, and how many beside that', () => {
    expect(sent({ topLogprobs: 5 })).toMatchObject({
      include: ['message.output_text.logprobs'],
      top_logprobs: 5,
    });
    const alone = sent({ topLogprobs: 0 });
    expect(alone['include']).toEqual(['message.output_text.logprobs']);
    expect(alone).not.toHaveProperty('top_logprobs');
  });

  test('are missed where a server has none', () => {
    const { body, dropped } = call({ topLogprobs: 5 }, false, { ...DIALECT, takesLogprobs: false });
    expect(JSON.parse(body)).not.toHaveProperty('include');
    expect(dropped).toEqual(['logprobs']);
  });
});

describe('thought', () => {
  test('is graded, and given back encrypted, as nothing is stored', () => {
    const body = sent({ reasoning: { effort: 'high' }, topLogprobs: 0 });
    expect(body['reasoning']).toEqual({ effort: 'high' });
    expect(body['include']).toEqual([
      'message.output_text.logprobs',
      'reasoning.encrypted_content',
    ]);
  });

  test('is not spoken of to models that need have none', () => {
    expect(sent({})).not.toHaveProperty('include');
    expect(sent({})).not.toHaveProperty('reasoning');
  });

  test('as much as the model sees fit has no grade', () => {
    const body = sent({ reasoning: {} });
    expect(body).not.toHaveProperty('reasoning');
    expect(body['include']).toEqual(['reasoning.encrypted_content']);
  });

  test('is not counted here: a budget is missed unless there is a grade', () => {
    expect(call({ reasoning: { maxTokens: 500 } }).dropped).toEqual(['thinking']);
    expect(call({ reasoning: { effort: 'low', maxTokens: 500 } }).dropped).toEqual([]);
  });

  test('is summed up only where that is asked for, as not everybody may', () => {
    const passthrough = { reasoning: { summary: 'auto' } };
    expect(sent({ passthrough })['reasoning']).toEqual({ summary: 'auto' });
    expect(sent({ passthrough, reasoning: { effort: 'low' } })['reasoning']).toEqual({
      summary: 'auto',
      effort: 'low',
    });
  });
});

test('hints on cache, tier and who asks are handed on under the names they have here', () => {
  expect(
    sent({
      promptCache: { key: 'k', retention: '24h' },
      serviceTier: 'flex',
      passthrough: { user: 'u', safety_identifier: 's', metadata: { a: 'b' } },
    }),
  ).toMatchObject({
    prompt_cache_key: 'k',
    prompt_cache_retention: '24h',
    service_tier: 'flex',
    user: 'u',
    safety_identifier: 's',
    metadata: { a: 'b' },
  });
});

describe('a model is told only what it takes', () => {
  const asked: Partial<ChatRequest> = {
    temperature: 0.2,
    topLogprobs: 2,
    tools: [{ name: 'look' }],
    reasoning: { effort: 'max' },
    passthrough: { verbosity: 'low', reasoning: { summary: 'auto' } },
  };
  const told = (model: string) => {
    const { body, dropped } = call(asked, false, DIALECT, model);
    const { model: _, input, store, tools, ...said } = JSON.parse(body);
    expect(tools).toHaveLength(1);
    return { said, dropped: dropped.toSorted() };
  };
  const thought = (effort: string) => ({
    reasoning: { effort, summary: 'auto' },
    include: ['reasoning.encrypted_content'],
    text: { verbosity: 'low' },
  });

  test('one that thinks neither samples nor says how sure it is, and has a most of its own', () => {
    const dropped = ['logprobs', 'temperature'];
    expect(told('gpt-5.2')).toEqual({ said: thought('xhigh'), dropped });
    expect(told('gpt-6-astra')).toEqual({ said: thought('max'), dropped });
  });

  test('one that does not is not asked to, nor for what it thought', () => {
    expect(told('gpt-4.1')).toEqual({
      said: { temperature: 0.2, top_logprobs: 2, include: ['message.output_text.logprobs'] },
      dropped: ['reasoning', 'reasoning_effort', 'verbosity'],
    });
  });

  test('nor is it told what another thought, whose words and calls are in their old order', () => {
    const outline = [
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'enc' },
      { type: 'function_call' },
    ];
    const messages: ChatRequest['messages'] = [
      {
        role: 'assistant',
        content: null,
        toolCalls: [{ id: 'c1', name: 'look', arguments: '{}' }],
        reasoningState: `openai-responses:${JSON.stringify(outline)}`,
      },
      { role: 'tool', content: 'seen', toolCallId: 'c1' },
    ];
    const types = (model: string) => {
      const { body, dropped } = call({ messages }, false, DIALECT, model);
      const input: { type: string }[] = JSON.parse(body).input;
      return { types: input.map(({ type }) => type), dropped };
    };
    const rest = ['function_call', 'function_call_output'];
    expect(types('gpt-5')).toEqual({ types: ['reasoning', ...rest], dropped: [] });
    expect(types('gpt-4.1')).toEqual({ types: rest, dropped: ['reasoning_content'] });
  });
});

describe('what the API has no word for is left out, and named', () => {
  test.each([
    [{ stop: ['END'] }, ['stop']],
    [{ seed: 0 }, ['seed']],
    [{ frequencyPenalty: 1, presencePenalty: -1 }, ['frequency_penalty', 'presence_penalty']],
    [{ prediction: 'x' }, ['prediction']],
    [{ priority: 3 }, ['priority']],
    [{ promptCache: { ttl: '1h' } }, ['cache_control']],
    [{ tools: [{ name: 'f', cache: '5m' }] }, ['cache_control']],
    [
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'a', cache: '5m' }] }] },
      ['cache_control'],
    ],
    [{ messages: [{ role: 'user', name: 'Ann', content: 'Hi' }] }, ['name']],
    [{ passthrough: { logit_bias: { 5: 1 }, top_k: 4 } }, ['logit_bias', 'top_k']],
    [{ passthrough: { reasoning: { effort: 'high' } } }, ['reasoning']],
  ] satisfies [Partial<ChatRequest>, string[]][])('%j: %j', (request, names) => {
    const { body, dropped } = call(request);
    expect(dropped).toEqual(names);
    for (const name of names) expect(JSON.parse(body)).not.toHaveProperty(name);
  });

  test('but for what changes nothing', () => {
    const request = { stop: [], frequencyPenalty: 0, presencePenalty: 0, priority: 0 };
    const passthrough = { logit_bias: null, n: 1, stream: false, messages: [] };
    expect(call({ ...request, passthrough }).dropped).toEqual([]);
  });
});

test('a parameter that is passed on cannot take the place of one that Weir sets, or bring in what others stored', () => {
  const passthrough = {
    model: 'other',
    input: 'other',
    stream: true,
    max_output_tokens: 100_000,
    max_tokens: 100_000,
    background: true,
    previous_response_id: 'resp_of_others',
    tools: [{ type: 'web_search' }],
  };
  expect(sent({ maxOutputTokens: 20, passthrough })).toEqual({
    ...sent({}),
    max_output_tokens: 20,
  });
});
