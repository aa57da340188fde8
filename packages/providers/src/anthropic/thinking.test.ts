import { type ChatMessage, type ChatRequest, type Content, Fault, ReplyBuilder } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';
import { stateFrom, type Thought } from './thoughts.ts';

const HELLO: ChatRequest = {
  messages: [{ role: 'user', content: 'Hello' }],
  maxOutputTokens: 9000,
};

function call(request: Partial<ChatRequest>, model: string) {
  const target = { model, dialect: DIALECTS.anthropic };
  const { body, dropped } = toCall({ ...HELLO, ...request }, target, false);
  const { thinking, output_config, temperature, messages } = JSON.parse(body);
  return { thinking, effort: output_config?.effort, temperature, messages, dropped };
}

describe('what is asked of a model’s thinking is told to it as it takes it', () => {
  const adaptive = { type: 'adaptive', display: 'summarized' };
  test.each([
    ['claude-sonnet-4-5', { effort: 'low' }, { type: 'enabled', budget_tokens: 1024 }, undefined],
    [
      'claude-sonnet-4-5',
      { effort: 'medium' },
      { type: 'enabled', budget_tokens: 8192 },
      undefined,
    ],
    // Something must be left to say.
    ['claude-sonnet-4-5', { effort: 'max' }, { type: 'enabled', budget_tokens: 8999 }, undefined],
    ['claude-sonnet-4-5', { maxTokens: 10 }, { type: 'enabled', budget_tokens: 1024 }, undefined],
    ['claude-sonnet-4-5', {}, { type: 'enabled', budget_tokens: 8192 }, undefined],
    ['claude-opus-4-5', { effort: 'high' }, { type: 'enabled', budget_tokens: 8999 }, 'high'],
    ['claude-opus-4-5', { effort: 'max' }, { type: 'enabled', budget_tokens: 8999 }, 'high'],
    ['claude-sonnet-4-6', { effort: 'minimal' }, adaptive, 'low'],
    ['claude-sonnet-4-6', { effort: 'xhigh' }, adaptive, 'high'],
    ['claude-sonnet-4-6', { effort: 'max' }, adaptive, 'max'],
    ['claude-opus-4-7', { effort: 'xhigh' }, adaptive, 'xhigh'],
    ['claude-opus-5-5', { effort: 'max' }, adaptive, 'max'],
    ['claude-opus-5-5', {}, adaptive, undefined],
    ['claude-sonnet-4-5', { effort: 'none' }, { type: 'disabled' }, undefined],
    ['claude-sonnet-4-6', { effort: 'none' }, { type: 'disabled' }, undefined],
    ['claude-3-5-haiku-latest', { effort: 'none' }, undefined, undefined],
  ] as const)('%s, %j', (model, reasoning, thinking, effort) => {
    const told = call({ reasoning }, model);
    expect(told).toMatchObject({ dropped: [] });
    expect([told.thinking, told.effort]).toEqual([thinking, effort]);
  });
});

describe('what cannot be told is named', () => {
  const tools = [{ name: 'f' }];
  test.each<[string, string, Partial<ChatRequest>, string]>([
    [
      'a model without thought',
      'claude-3-5-haiku-latest',
      { reasoning: { effort: 'low' } },
      'reasoning_effort',
    ],
    [
      'one that cannot but think',
      'claude-opus-5-5',
      { reasoning: { effort: 'none' } },
      'reasoning_effort',
    ],
    [
      'a budget where there is none',
      'claude-opus-5-5',
      { reasoning: { maxTokens: 5000 } },
      'thinking',
    ],
    [
      'no room for a thought',
      'claude-sonnet-4-5',
      { reasoning: {}, maxOutputTokens: 1024 },
      'thinking',
    ],
    [
      'a tool that must be called',
      'claude-sonnet-4-6',
      { reasoning: { effort: 'low' }, tools, toolChoice: 'required' },
      'reasoning_effort',
    ],
    [
      'a temperature beside thought',
      'claude-sonnet-4-6',
      { reasoning: { effort: 'low' }, temperature: 0 },
      'temperature',
    ],
  ])('%s', (_name, model, request, name) => {
    expect(call(request, model).dropped).toEqual([name]);
  });

  test('and where there is no thought, no more effort is asked for than is taken without', () => {
    const forced = { tools, toolChoice: 'required' } as const;
    for (const [effort, told] of [
      ['max', 'high'],
      ['xhigh', 'high'],
      ['medium', 'medium'],
    ] as const) {
      expect(call({ reasoning: { effort }, ...forced }, 'claude-opus-4-7').effort).toBe(told);
    }
  });
});

const SIGNED = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' };
const HIDDEN = { type: 'redacted_thinking', data: 'Zm9v' };

function answered(content: Content | null, rest: object): ChatMessage[] {
  return [
    { role: 'user', content: 'Weather?' },
    { role: 'assistant', content, toolCalls: [{ id: 'a', name: 'f', arguments: '{}' }], ...rest },
    { role: 'tool', content: 'sunny', toolCallId: 'a' },
  ];
}

describe('thoughts go back to the model that had them', () => {
  const USE = { type: 'tool_use', id: 'a', name: 'f', input: {} };
  const text = (said: string) => ({ type: 'text', text: said });
  function wovenFrom(content: Content | null, thoughts: readonly Thought[]) {
    const messages = answered(content, { reasoningState: stateFrom(thoughts), reasoning: 'Hm.' });
    const told = call({ messages }, 'claude-opus-5-5');
    expect(told.dropped).toEqual([]);
    return told.messages[1].content;
  }

  test('each in its place', () => {
    const thoughts: Thought[] = [
      { block: SIGNED, characters: 0, calls: 0 },
      { block: HIDDEN, characters: 4, calls: 0 },
      { block: SIGNED, characters: 9, calls: 1 },
    ];
    expect(wovenFrom('One. Two.', thoughts)).toEqual([
      SIGNED,
      text('One.'),
      HIDDEN,
      text(' Two.'),
      USE,
      SIGNED,
    ]);
    expect(wovenFrom(null, [{ block: SIGNED, characters: 0, calls: 0 }])).toEqual([SIGNED, USE]);
  });

  test('first, where the text is no longer the one they were thought in', () => {
    const thoughts: Thought[] = [{ block: SIGNED, characters: 40, calls: 0 }];
    expect(wovenFrom('Short', thoughts)).toEqual([SIGNED, text('Short'), USE]);
    const parts = [{ type: 'text' as const, text: 'Parts' }];
    expect(wovenFrom(parts, [{ block: HIDDEN, characters: 0, calls: 0 }])).toEqual([
      HIDDEN,
      text('Parts'),
      USE,
    ]);
  });

  test('first, and with every word of it, where an answer was refused as well', () => {
    const state = stateFrom([{ block: SIGNED, characters: 1, calls: 0 }]);
    const messages = answered('So', { reasoningState: state, refusal: 'No.' });
    expect(call({ messages }, 'claude-opus-5-5').messages[1].content).toEqual([
      SIGNED,
      text('So'),
      text('No.'),
      USE,
    ]);
  });

  test('an answer that is read, repeated and read again has the same blocks', () => {
    const thought = fc.constantFrom(SIGNED, HIDDEN);
    const said = fc.constantFrom('a', 'bc', ' d ', 'e\n').map(text);
    fc.assert(
      fc.property(fc.array(fc.oneof(thought, said), { minLength: 1, maxLength: 6 }), (blocks) => {
        const content = [...blocks, USE];
        const { reply } = fromBody(JSON.stringify({ content, stop_reason: 'tool_use' }));
        const messages = answered(reply.text, { reasoningState: reply.reasoningState });
        const repeated = call({ messages }, 'claude-opus-5-5').messages[1].content;
        // Texts that follow one another are one text.
        const merged: { type: string; text?: string }[] = [];
        for (const block of content as { type: string; text?: string }[]) {
          const last = merged.at(-1);
          if (last?.type === 'text' && block.type === 'text') {
            merged[merged.length - 1] = { type: 'text', text: `${last.text}${block.text}` };
          } else merged.push(block);
        }
        expect(repeated).toEqual(merged);
      }),
    );
  });

  test('a stream remembers what its whole twin does', () => {
    const content = [SIGNED, text('One.'), HIDDEN, USE];
    const whole = fromBody(JSON.stringify({ content, stop_reason: 'tool_use' })).reply;
    const read = reader();
    const builder = new ReplyBuilder();
    const events = content.flatMap((block, index) => [
      {
        type: 'content_block_start',
        index,
        content_block: { ...block, text: '', thinking: '', signature: '' },
      },
      ...('text' in block
        ? [{ type: 'content_block_delta', index, delta: { type: 'text_delta', text: block.text } }]
        : []),
      ...('thinking' in block
        ? [
            {
              type: 'content_block_delta',
              index,
              delta: { type: 'thinking_delta', thinking: 'Hm.' },
            },
            {
              type: 'content_block_delta',
              index,
              delta: { type: 'signature_delta', signature: 'c2' },
            },
            {
              type: 'content_block_delta',
              index,
              delta: { type: 'signature_delta', signature: 'ln' },
            },
          ]
        : []),
      { type: 'content_block_stop', index },
    ]);
    for (const event of [
      ...events,
      { type: 'message_delta', delta: { stop_reason: 'tool_use' } },
    ]) {
      for (const told of read.read(JSON.stringify(event))) {
        if (told.type.endsWith('-delta')) builder.add(told as Parameters<typeof builder.add>[0]);
      }
    }
    expect(builder.build('tool_calls')).toEqual(whole);
  });
});

test('a model that must have thought before it called tools does not think about their results', () => {
  const messages = answered(null, {});
  const reasoning = { effort: 'low' as const };
  expect(call({ messages, reasoning }, 'claude-sonnet-4-5')).toMatchObject({
    thinking: undefined,
    dropped: ['reasoning_effort'],
  });
  // Its successors may, and so may it when its thoughts came back.
  expect(call({ messages, reasoning }, 'claude-opus-5-5').dropped).toEqual([]);
  const state = stateFrom([{ block: SIGNED, characters: 0, calls: 0 }]);
  const thoughtful = answered(null, { reasoningState: state });
  expect(call({ messages: thoughtful, reasoning }, 'claude-sonnet-4-5')).toMatchObject({
    thinking: { type: 'enabled' },
    dropped: [],
  });
});

test('thoughts of another provider, or without their signature, are left out, and that is told', () => {
  for (const thought of [
    { reasoning: 'Hm.' },
    { reasoning: 'Hm.', reasoningState: 'openai-responses:[]' },
    // Thoughts may be all hidden.
    { reasoningState: 'openai-responses:[]' },
  ]) {
    const messages = answered('So', thought);
    const told = call({ messages }, 'claude-opus-5-5');
    expect(told.messages[1].content).toHaveLength(2);
    expect(told.dropped).toEqual(['reasoning_content']);
  }
});

test.each([
  ['not JSON', 'anthropic:['],
  ['no list', 'anthropic:{}'],
  [
    'a block of another kind',
    `anthropic:${JSON.stringify([{ block: { type: 'tool_use', data: 'x' }, characters: 0, calls: 0 }])}`,
  ],
  [
    'a place that is none',
    `anthropic:${JSON.stringify([{ block: SIGNED, characters: -1, calls: 0 }])}`,
  ],
  [
    'thoughts without end',
    `anthropic:${JSON.stringify(Array(1001).fill({ block: SIGNED, characters: 0, calls: 0 }))}`,
  ],
])('a state that was tampered with is refused: %s', (_name, reasoningState) => {
  let thrown: unknown;
  try {
    call({ messages: answered('So', { reasoningState }) }, 'claude-opus-5-5');
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(Fault);
  expect((thrown as Fault).param).toBe('messages.1.reasoning_state');
});
