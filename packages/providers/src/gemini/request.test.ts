import type { ChatMessage, ChatRequest } from '@weir/core';
import { describe, expect, test } from 'vitest';
import type { Dialect } from '../adapter.ts';
import { DIALECTS } from '../dialects.ts';
import { gemini } from './index.ts';

const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }] };
const DIALECT: Dialect = { ...DIALECTS.gemini, takesLogprobs: true };

function call(request: ChatRequest, model = 'gemini-3-flash', stream = false) {
  return gemini.toCall(request, { model, dialect: DIALECT }, stream);
}

function sent(request: ChatRequest, model?: string) {
  return JSON.parse(call(request, model).body) as Record<string, unknown>;
}

function contents(...messages: ChatMessage[]): unknown {
  return sent({ messages })['contents'];
}

function config(request: Partial<ChatRequest>, model?: string): unknown {
  return sent({ ...HELLO, ...request }, model)['generationConfig'];
}

function refusal(request: ChatRequest) {
  return expect(() => call(request));
}

function invalid(param: string): unknown {
  return expect.objectContaining({ kind: 'unsupported_parameter', param });
}

test('the key goes into its own header, and no key into none', () => {
  expect(gemini.headers('k')).toEqual({ 'x-goog-api-key': 'k' });
  expect(gemini.headers(undefined)).toEqual({});
});

describe('the path names the model', () => {
  test.each([
    ['gemini-3-flash', '/models/gemini-3-flash:generateContent'],
    ['a/b c?d', '/models/a%2Fb%20c%3Fd:generateContent'],
    ['models/gemini-3-flash', '/models/gemini-3-flash:generateContent'],
    ['tunedModels/mine', '/tunedModels/mine:generateContent'],
    [
      'publishers/google/models/gemini-3-flash',
      '/publishers/google/models/gemini-3-flash:generateContent',
    ],
    ['projects/p/locations/l/endpoints/1', '/projects/p/locations/l/endpoints/1:generateContent'],
  ])('%s', (model, path) => {
    expect(call(HELLO, model).path).toBe(path);
  });

  test('and whether the answer streams', () => {
    expect(call(HELLO, 'm', true).path).toBe('/models/m:streamGenerateContent?alt=sse');
  });
});

test('what the caller did not ask for is not sent: no default of ours, no null', () => {
  expect(sent(HELLO)).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] });
});

test('a zero is asked for, since absent is something else', () => {
  expect(config({ temperature: 0, seed: 0, topP: 0, presencePenalty: 0 })).toEqual({
    temperature: 0,
    seed: 0,
    topP: 0,
    presencePenalty: 0,
  });
});

test('every setting has its place', () => {
  const asked = {
    temperature: 1.5,
    topP: 0.5,
    maxOutputTokens: 64,
    stop: ['a', 'b'],
    seed: 7,
    frequencyPenalty: 1,
    presencePenalty: -1,
  };
  const { stop, ...same } = asked;
  expect(config(asked)).toEqual({ ...same, stopSequences: stop });
});

test('a seed beyond 32 bits is folded, and the same again every time', () => {
  const seed = 9_007_199_254_740_991;
  const folded = config({ seed }) as { seed: number };
  expect(folded).toEqual(config({ seed }));
  expect(Math.abs(folded.seed)).toBeLessThanOrEqual(2 ** 31);
});

test('more stop sequences than Gemini takes are refused, not cut', () => {
  expect(config({ stop: ['1', '2', '3', '4', '5'] })).toBeDefined();
  refusal({ ...HELLO, stop: ['1', '2', '3', '4', '5', '6'] }).toThrow(invalid('stop'));
});

describe('the form of an answer', () => {
  const schema = { type: 'object', additionalProperties: false };
  test.each([
    [{ type: 'text' } as const, undefined],
    [{ type: 'json_object' } as const, { responseMimeType: 'application/json' }],
    [
      { type: 'json_schema', name: 'answer', schema, strict: true } as const,
      { responseMimeType: 'application/json', responseJsonSchema: schema },
    ],
  ])('%j', (responseFormat, wire) => {
    expect(config({ responseFormat })).toEqual(wire);
  });
});

describe('messages', () => {
  test('of one speaker in a row are one turn, and instructions stand apart', () => {
    const messages: ChatMessage[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'One.' },
      { role: 'user', content: [{ type: 'text', text: 'Two.' }] },
      { role: 'developer', content: 'Be kind.' },
      { role: 'assistant', content: 'Three.' },
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'user', content: 'Four.' },
    ];
    expect(sent({ messages })).toEqual({
      systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'One.' }, { text: 'Two.' }] },
        { role: 'model', parts: [{ text: 'Three.' }, { text: 'No.' }] },
        { role: 'user', parts: [{ text: 'Four.' }] },
      ],
    });
  });

  test('that say nothing are left out', () => {
    const silent = contents(
      { role: 'user', content: 'One.' },
      { role: 'assistant', content: '' },
      { role: 'assistant', content: null },
      { role: 'user', content: [] },
    );
    expect(silent).toEqual([{ role: 'user', parts: [{ text: 'One.' }] }]);
    refusal({ messages: [{ role: 'user', content: '' }] }).toThrow(invalid('messages'));
  });

  test('that are instructions only are said by the user, since somebody has to speak', () => {
    expect(sent({ messages: [{ role: 'system', content: 'Write a poem.' }] })).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'Write a poem.' }] }],
    });
  });
});

describe('images', () => {
  const image = (url: string): ChatMessage => ({
    role: 'user',
    content: [{ type: 'image', url, detail: 'low' }],
  });
  const wire = (part: unknown) => [{ role: 'user', parts: [part] }];

  test.each([
    ['data:image/png;base64,iVBORw0K', { mimeType: 'image/png', data: 'iVBORw0K' }],
    ['data:image/SVG+xml;charset=utf-8;base64,PHN2', { mimeType: 'image/svg+xml', data: 'PHN2' }],
  ])('in the message: %s', (url, inlineData) => {
    expect(contents(image(url))).toEqual(wire({ inlineData }));
  });

  test.each([
    ['https://example.com/a/cat.JPG?size=2', 'image/jpeg'],
    ['https://example.com/cat', undefined],
    ['https://example.com/cat.webp', 'image/webp'],
  ])('somewhere else: %s', (url, mimeType) => {
    expect(contents(image(url))).toEqual(
      wire({ fileData: { fileUri: url, ...(mimeType && { mimeType }) } }),
    );
  });

  test('a head that has no end is refused as well, however long it is', () => {
    const url = `data:image/png${';'.repeat(9_000_000)}`;
    const messages: ChatMessage[] = [{ role: 'user', content: [{ type: 'image', url }] }];
    refusal({ messages }).toThrow(invalid('messages.0.content.0.image_url.url'));
  });

  test.each([
    'data:image/png,abc',
    'data:;base64,abc',
    'gs://ours/cat.png',
    'file:///etc/passwd',
    'cat.png',
  ])('of no kind that Gemini takes are refused: %s', (url) => {
    refusal({ messages: [image(url)] }).toThrow(invalid('messages.0.content.0.image_url.url'));
  });

  test('have no place in instructions', () => {
    const content = [{ type: 'image', url: 'https://example.com/a.png' }] as const;
    refusal({ messages: [{ role: 'system', content }] }).toThrow(invalid('messages.0.content'));
  });
});

describe('tool calls and their answers', () => {
  const asked = (...ids: string[]): ChatMessage => ({
    role: 'assistant',
    content: 'Let me look.',
    toolCalls: ids.map((id, index) => ({ id, name: `look_${index}`, arguments: '{"at":1}' })),
  });
  const answered = (toolCallId: string, content: ChatMessage['content']): ChatMessage =>
    ({ role: 'tool', toolCallId, content }) as ChatMessage;
  const turns = (model: string, ...messages: ChatMessage[]) =>
    sent({ messages: [...HELLO.messages, ...messages] }, model)['contents'] as {
      role: string;
      parts: Record<string, Record<string, unknown>>[];
    }[];

  test('go back with the name of the call, its id and its signature', () => {
    const [, model, user] = turns(
      'gemini-3-flash',
      asked('fc-a~c2lnK25hdHVyZS8', 'fc-b'),
      answered('fc-b', 'a cat'),
      answered('fc-a~c2lnK25hdHVyZS8', '{"animal":"dog"}'),
      { role: 'user', content: 'And?' },
    );
    expect(model?.parts).toEqual([
      { text: 'Let me look.' },
      {
        functionCall: { id: 'fc-a', name: 'look_0', args: { at: 1 } },
        thoughtSignature: 'c2lnK25hdHVyZS8=',
      },
      { functionCall: { id: 'fc-b', name: 'look_1', args: { at: 1 } } },
    ]);
    expect(user).toEqual({
      role: 'user',
      parts: [
        { functionResponse: { id: 'fc-b', name: 'look_1', response: { result: 'a cat' } } },
        { functionResponse: { id: 'fc-a', name: 'look_0', response: { animal: 'dog' } } },
        { text: 'And?' },
      ],
    });
  });

  test('that another model made have a word in place of a signature, where one is asked for', () => {
    const [, current] = turns('gemini-3-flash', asked('toolu_1', 'toolu_2'));
    expect(current?.parts.map((part) => part['thoughtSignature'])).toEqual([
      undefined,
      'skip_thought_signature_validator',
      undefined,
    ]);
    const [, older] = turns('gemini-2.5-flash', asked('toolu_1', 'toolu_2'));
    expect(JSON.stringify(older)).not.toContain('thoughtSignature');
  });

  test('have no id that was made up here', () => {
    const made = JSON.stringify(turns('gemini-3-flash', asked('call_0'), answered('call_0', 'x')));
    expect(made).not.toContain('call_0');
  });

  test('are paired with the last call of that id, since made-up ids come again in every turn', () => {
    const first: ChatMessage = {
      role: 'assistant',
      content: null,
      toolCalls: [{ id: 'call_0', name: 'first', arguments: '' }],
    };
    const wire = turns(
      'gemini-2.5-flash',
      first,
      answered('call_0', 'x'),
      asked('call_0'),
      answered('call_0', 'y'),
    );
    const names = wire.flatMap(({ parts }) =>
      parts.map((part) => part['functionResponse']?.['name']),
    );
    expect(names.filter(Boolean)).toEqual(['first', 'look_0']);
  });

  test.each([
    ['[1,2]', { result: '[1,2]' }],
    ['42', { result: '42' }],
    ['null', { result: 'null' }],
    ['', { result: '' }],
    ['{"a":', { result: '{"a":' }],
    ['{"output":{"a":1}}', { output: { a: 1 } }],
  ])('an answer of %s is an object to Gemini', (content, response) => {
    const [, , user] = turns('gemini-3-flash', asked('x'), answered('x', content));
    expect(user?.parts[0]?.['functionResponse']?.['response']).toEqual(response);
  });

  test('an image in an answer stands beside it', () => {
    const content = [
      { type: 'text', text: 'a cat' },
      { type: 'image', url: 'data:image/png;base64,AAAA' },
    ] as const;
    const [, , user] = turns('gemini-3-flash', asked('x'), answered('x', content));
    expect(user?.parts).toEqual([
      { functionResponse: { id: 'x', name: 'look_0', response: { result: 'a cat' } } },
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
    ]);
  });

  test('an answer to a call that was never made is refused', () => {
    refusal({ messages: [...HELLO.messages, answered('nobody', 'x')] }).toThrow(
      invalid('messages.1.tool_call_id'),
    );
  });

  test.each(['[1]', '"x"', 'null', '{"a":'])(
    'arguments that are no object (%s) are refused',
    (text) => {
      const toolCalls = [{ id: 'x', name: 'look', arguments: text }];
      refusal({ messages: [{ role: 'assistant', content: null, toolCalls }] }).toThrow(
        invalid('messages.0.tool_calls.0.function.arguments'),
      );
    },
  );

  test('arguments nested deeper than can be written down are refused', () => {
    const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const toolCalls = [{ id: 'x', name: 'look', arguments: deep }];
    refusal({ messages: [{ role: 'assistant', content: null, toolCalls }] }).toThrow(
      expect.objectContaining({ kind: 'unsupported_parameter' }),
    );
  });
});

describe('what is said of the way to answer', () => {
  const hinted = (hints: Partial<ChatRequest>, model?: string) => {
    const { body, dropped } = call({ ...HELLO, ...hints }, model);
    const { contents: _contents, ...rest } = JSON.parse(body);
    return { rest, dropped };
  };
  const shown = { includeThoughts: true };

  test.each([
    ['gemini-3-flash', { effort: 'minimal' }, { thinkingLevel: 'LOW', ...shown }],
    ['gemini-3-flash', { effort: 'low' }, { thinkingLevel: 'LOW', ...shown }],
    ['gemini-3-flash', { effort: 'medium' }, { thinkingLevel: 'MEDIUM', ...shown }],
    ['gemini-3-flash', {}, shown],
    ['gemini-4-argon', { effort: 'high', maxTokens: 9 }, { thinkingLevel: 'HIGH', ...shown }],
    ['projects/p/locations/l/endpoints/1', { effort: 'max' }, { thinkingLevel: 'HIGH', ...shown }],
    ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }],
    ['gemini-2.5-flash', { effort: 'minimal' }, { thinkingBudget: 1024, ...shown }],
    ['gemini-2.5-pro', { effort: 'medium' }, { thinkingBudget: 8192, ...shown }],
    ['gemini-2.5-pro', { effort: 'low', maxTokens: 999 }, { thinkingBudget: 999, ...shown }],
    ['gemini-2.5-pro', { maxTokens: 99 }, { thinkingBudget: 128, ...shown }],
    ['gemini-2.5-pro', { maxTokens: 99_999 }, { thinkingBudget: 32_768, ...shown }],
    ['gemini-2.5-flash', { maxTokens: 99_999 }, { thinkingBudget: 24_576, ...shown }],
    ['gemini-2.5-flash', { maxTokens: 0 }, { thinkingBudget: 0 }],
    ['gemini-2.5-flash-lite', { maxTokens: 99 }, { thinkingBudget: 512, ...shown }],
    ['gemini-2.5-pro', {}, { thinkingBudget: -1, ...shown }],
    ['models/gemini-2.5-pro', { effort: 'high' }, { thinkingBudget: 24_576, ...shown }],
  ] as const)('%s, %j', (model, reasoning, thinkingConfig) => {
    expect(hinted({ reasoning }, model)).toEqual({
      rest: { generationConfig: { thinkingConfig } },
      dropped: [],
    });
  });

  test('no thought at all, and thought by budget, cannot be asked of models that go by levels', () => {
    expect(hinted({ reasoning: { effort: 'none' } }, 'gemini-3-flash')).toEqual({
      rest: {},
      dropped: ['reasoning_effort'],
    });
    expect(hinted({ reasoning: { maxTokens: 99 } }, 'gemini-3-flash').dropped).toEqual([
      'thinking',
    ]);
  });

  test('nor can no thought at all be asked of the one that counts and cannot but think', () => {
    const model = 'gemini-2.5-pro';
    expect(hinted({ reasoning: { effort: 'none' } }, model)).toEqual({
      rest: {},
      dropped: ['reasoning_effort'],
    });
    expect(hinted({ reasoning: { maxTokens: 0 } }, model).dropped).toEqual(['thinking']);
  });

  test('a service tier, where the API takes one in the body', () => {
    expect(hinted({ serviceTier: 'flex' })).toEqual({ rest: { serviceTier: 'flex' }, dropped: [] });
    expect(hinted({ serviceTier: 'default' }).rest).toEqual({ serviceTier: 'standard' });
    expect(hinted({ serviceTier: 'auto' })).toEqual({ rest: {}, dropped: [] });
    expect(hinted({ serviceTier: 'scale' }).dropped).toEqual(['service_tier']);
  });

  test('hints that it does not take are named', () => {
    const { rest, dropped } = hinted({
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Hello', cache: '5m' }] },
        { role: 'assistant', content: 'So', reasoning: 'Hm.' },
      ],
      promptCache: { key: 'k', retention: '24h' },
      prediction: 'Hello',
      priority: 1,
    });
    expect(rest).toEqual({});
    expect(dropped).toEqual([
      'cache_control',
      'prompt_cache_key',
      'prompt_cache_retention',
      'prediction',
      'priority',
      'reasoning_content',
    ]);
  });

  test('everything that Gemini has no word for is left out and named', () => {
    const { body, dropped } = call({
      ...HELLO,
      parallelToolCalls: false,
      passthrough: { user: 'u1', metadata: {}, logit_bias: {}, verbosity: 'low', n: 8 },
    });
    expect(dropped).toEqual([
      'parallel_tool_calls',
      'user',
      'metadata',
      'logit_bias',
      'verbosity',
      'n',
    ]);
    expect(JSON.parse(body)).toEqual(sent(HELLO));
  });

  test('a parameter that is passed on cannot take the place of one that Weir sets', () => {
    const passthrough = {
      contents: [],
      generationConfig: { candidateCount: 8, maxOutputTokens: 100_000 },
      candidateCount: 8,
      cachedContent: 'x',
    };
    expect(sent({ ...HELLO, passthrough })).toEqual(sent(HELLO));
  });
});

test('what says nothing new is not missed: parallel calls that may be made, and parameters set to null', () => {
  const asked = {
    ...HELLO,
    parallelToolCalls: true,
    passthrough: { user: null, logit_bias: null },
  };
  expect(call(asked).dropped).toEqual([]);
});
