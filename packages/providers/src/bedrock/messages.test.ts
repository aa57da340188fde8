import type { ChatMessage, ChatRequest } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { toCall } from './request.ts';

const MODEL = 'us.anthropic.claude-sonnet-4-20250514-v1:0';

function sent(request: ChatRequest) {
  const target = { model: MODEL, dialect: DIALECTS.bedrock };
  return JSON.parse(toCall(request, target, false).body) as Record<string, unknown>;
}

function talk(...messages: ChatMessage[]) {
  return sent({ tools: [{ name: 'look' }], messages });
}

describe('messages become instructions and turns that alternate', () => {
  test('instructions go apart, in their order, wherever they stood', () => {
    const { system, messages } = talk(
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'developer', content: [{ type: 'text', text: 'In French.' }] },
      { role: 'user', content: 'Who are you?' },
    );
    expect(system).toEqual([{ text: 'Be brief.' }, { text: 'In French.' }]);
    expect(messages).toEqual([
      { role: 'user', content: [{ text: 'Hi' }, { text: 'Who are you?' }] },
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
      { role: 'user', content: [{ text: 'Look at both.' }] },
      {
        role: 'assistant',
        content: [
          { text: 'I shall.' },
          { toolUse: { toolUseId: 'functions_look_0', name: 'look', input: { at: 'a' } } },
          { toolUse: { toolUseId: 'call_b', name: 'look', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'functions_look_0', content: [{ text: 'a cat' }] } },
          { toolResult: { toolUseId: 'call_b', content: [] } },
          { text: 'And?' },
        ],
      },
    ]);
  });

  test('an id that is too long is cut alike at both ends of a call, and stays one of its own', () => {
    const long = (end: string) => `call_0~${'x'.repeat(500)}${end}`;
    const { messages } = talk(
      { role: 'user', content: 'Look.' },
      {
        role: 'assistant',
        content: null,
        toolCalls: ['a', 'b'].map((end) => ({ id: long(end), name: 'look', arguments: '{}' })),
      },
      { role: 'tool', content: 'a cat', toolCallId: long('a') },
      { role: 'tool', content: 'a dog', toolCallId: long('b') },
    );
    const ids = [...JSON.stringify(messages).matchAll(/"toolUseId":"([^"]*)"/g)].map(
      ([, id]) => id,
    );
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[\w-]{64}$/);
  });

  test('images go with their bytes, to the user’s turn and from tools alike', () => {
    const { messages } = talk(
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', url: 'data:image/jpg;charset=x;base64,/9j/4A==', detail: 'low' },
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
          { text: 'What is this?' },
          { image: { format: 'jpeg', source: { bytes: '/9j/4A==' } } },
        ],
      },
      { role: 'assistant' },
      {
        content: [
          {
            toolResult: { content: [{ image: { format: 'webp', source: { bytes: 'UklG' } } }] },
          },
        ],
      },
    ]);
  });

  test('blank text is left out, since Converse takes no block of it, and so is a turn of nothing else', () => {
    const { messages } = talk(
      { role: 'system', content: ' ' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'assistant', content: '\n' },
      { role: 'user', content: [{ type: 'text', text: '' }] },
      { role: 'user', content: 'Why?' },
    );
    expect(messages).toEqual([
      { role: 'user', content: [{ text: 'Hi' }] },
      { role: 'assistant', content: [{ text: 'No.' }] },
      { role: 'user', content: [{ text: 'Why?' }] },
    ]);
  });
});

const anyText = fc.oneof(fc.string(), fc.constantFrom('', ' ', '{}', '{"a":1}', 'data:,'));
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
  fc.record({
    role: fc.constant('assistant' as const),
    content: fc.option(anyContent),
    reasoningState: fc.oneof(fc.constant(undefined), fc.string(), fc.constant('bedrock:[]')),
    toolCalls: fc.array(fc.record({ id: fc.string(), name: fc.string(), arguments: anyText }), {
      maxLength: 2,
    }),
  }),
  fc.record({
    role: fc.constant('tool' as const),
    content: anyContent,
    toolCallId: fc.string(),
  }),
);

test('any conversation ends in turns that alternate and say something, or is refused', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 6 }), (messages) => {
      try {
        const { messages: turns } = sent({ messages, tools: [{ name: 'f' }] }) as {
          messages: { role: string; content: object[] }[];
        };
        expect(turns.length).toBeGreaterThan(0);
        for (const [index, { role, content }] of turns.entries()) {
          expect(role).not.toBe(turns[index - 1]?.role);
          expect(content.length).toBeGreaterThan(0);
        }
      } catch (thrown) {
        expect(thrown).toMatchObject({ kind: 'unsupported_parameter' });
      }
    }),
    { numRuns: 500 },
  );
});
