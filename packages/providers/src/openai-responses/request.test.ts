import type { ChatRequest } from '@weir/core';
import { describe, expect, test } from 'vitest';
import type { Dialect } from '../adapter.ts';
import { DIALECTS } from '../dialects.ts';
import { openaiResponses } from './index.ts';
import { toCall } from './request.ts';

const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }] };
const DIALECT: Dialect = DIALECTS['openai-responses'];

function call(request: Partial<ChatRequest>, stream = false, dialect = DIALECT) {
  return toCall({ ...HELLO, ...request }, { model: 'm', dialect }, stream);
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
  test.each([
    [16, 16, []],
    [1000, 1000, []],
    [15, 16, ['max_completion_tokens']],
    [1, 16, ['max_completion_tokens']],
  ])(
    'of %d is %d: one that is too small for the API is not kept, which is told',
    (asked, limit, told) => {
      const { body, dropped } = call({ maxOutputTokens: asked });
      expect(JSON.parse(body).max_output_tokens).toBe(limit);
      expect(dropped).toEqual(told);
    },
  );
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
