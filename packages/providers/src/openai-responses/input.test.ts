import type { ChatMessage } from '@weir/core';
import { Fault } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toInput } from './input.ts';
import { stateFrom } from './reasoning-state.ts';
import { fromBody } from './response.ts';

function read(...messages: ChatMessage[]) {
  const dropped = new Set<string>();
  const { items, hasThoughts } = toInput(messages, true, dropped);
  return { items, hasThoughts, dropped: [...dropped] };
}

test('messages of every kind are items, in their order', () => {
  const { items, dropped } = read(
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image', url: 'https://example.com/a.png', detail: 'low' },
        { type: 'image', url: 'data:image/png;base64,AAAA' },
      ],
    },
    {
      role: 'assistant',
      content: 'I shall look.',
      toolCalls: [{ id: 'c1', name: 'look', arguments: '{"at":1}' }],
    },
    { role: 'tool', content: 'a cat', toolCallId: 'c1' },
    { role: 'developer', content: 'In French.' },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Un ' },
        { type: 'text', text: 'chat.' },
      ],
    },
  );
  expect(dropped).toEqual([]);
  expect(items).toEqual([
    { type: 'message', role: 'system', content: 'Be brief.' },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'What is this?' },
        { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' },
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' },
      ],
    },
    { type: 'message', role: 'assistant', content: 'I shall look.' },
    { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"at":1}' },
    { type: 'function_call_output', call_id: 'c1', output: 'a cat' },
    { type: 'message', role: 'developer', content: 'In French.' },
    { type: 'message', role: 'assistant', content: 'Un chat.' },
  ]);
});

test('what a tool answers is plain text unless there is an image in it', () => {
  const text = { type: 'text', text: 'a' } as const;
  const image = { type: 'image', url: 'https://example.com/a.png' } as const;
  const { items } = read(
    { role: 'tool', content: [text, text], toolCallId: 'c' },
    { role: 'tool', content: [text, image], toolCallId: 'c' },
  );
  expect(items).toMatchObject([
    { output: 'aa' },
    { output: [{ type: 'input_text' }, { type: 'input_image', detail: 'auto' }] },
  ]);
});

test('a refusal is given back as one, beside what was said', () => {
  const { items } = read(
    { role: 'assistant', content: null, refusal: 'No.' },
    { role: 'assistant', content: 'Well', refusal: 'No.' },
    { role: 'assistant', content: null },
  );
  const refusal = { type: 'refusal', refusal: 'No.' };
  const said = { type: 'output_text', text: 'Well' };
  expect(items).toEqual([
    { type: 'message', role: 'assistant', content: [refusal] },
    { type: 'message', role: 'assistant', content: [said, refusal] },
  ]);
});

test('an answer cannot hold an image', () => {
  const content = [{ type: 'image' as const, url: 'https://example.com/a.png' }];
  expect(() => read({ role: 'user', content: 'Hi' }, { role: 'assistant', content })).toThrow(
    expect.objectContaining({ kind: 'unsupported_parameter', param: 'messages.1.content' }),
  );
  expect(() => read({ role: 'assistant', content })).toThrow(Fault);
});

test('ids that are too long for the API are told apart and stay the same at both ends of a call', () => {
  const [a, b] = ['a', 'b'].map((tail) => `call_${'x'.repeat(80)}${tail}`) as [string, string];
  const call = (id: string) => ({ id, name: 'f', arguments: '{}' });
  const fits = 'y'.repeat(64);
  const { items } = read(
    { role: 'assistant', content: null, toolCalls: [call(a), call(b), call(fits)] },
    { role: 'tool', content: '2', toolCallId: b },
    { role: 'tool', content: '1', toolCallId: a },
  );
  const [first, second, ...rest] = items.map((item) => item['call_id']);
  expect([first, second].map(String)).toEqual([
    expect.stringMatching(/^[a-zA-Z0-9]{9}$/),
    expect.stringMatching(/^[a-zA-Z0-9]{9}$/),
  ]);
  expect(first).not.toBe(second);
  expect(rest).toEqual([fits, second, first]);
});

const THOUGHT = { type: 'reasoning', id: 'rs_1', encrypted_content: 'enc' };
const ONE = { ...THOUGHT, summary: [{ type: 'summary_text', text: 'Hm.' }] };
const TWO = { ...THOUGHT, id: 'rs_2', summary: [] };
const message = (text: string, phase?: string) => ({
  type: 'message',
  content: [{ type: 'output_text', text }],
  phase,
});
const CALL = { type: 'function_call' };
const CALLED = { id: 'c1', name: 'look', arguments: '{}' };

describe('thoughts come back', () => {
  const reasoningState = stateFrom([
    ONE,
    message('I look.', 'commentary'),
    TWO,
    CALL,
    message('!'),
  ]);

  test('where they were, among what was said and called', () => {
    const said = { role: 'assistant', content: 'I look.!', toolCalls: [CALLED] } as const;
    const { items, hasThoughts, dropped } = read({ ...said, reasoning: 'Hm.', reasoningState });
    expect(items).toEqual([
      ONE,
      { type: 'message', role: 'assistant', content: 'I look.', phase: 'commentary' },
      TWO,
      { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
      { type: 'message', role: 'assistant', content: '!' },
    ]);
    expect(hasThoughts).toBe(true);
    expect(dropped).toEqual([]);
  });

  test('before all that is said where the caller changed it', () => {
    const said = { role: 'assistant', content: 'I looked.', toolCalls: [CALLED] } as const;
    const { items } = read({ ...said, reasoningState });
    expect(items.map((item) => item['type'])).toEqual([
      'reasoning',
      'reasoning',
      'message',
      'function_call',
    ]);
    expect(read({ ...said, content: 'I look.!', toolCalls: [], reasoningState }).items).toEqual([
      ONE,
      TWO,
      { type: 'message', role: 'assistant', content: 'I look.!' },
    ]);
  });

  test('before a refusal', () => {
    const { items } = read({ role: 'assistant', content: null, refusal: 'No.', reasoningState });
    expect(items.map((item) => item['type'])).toEqual(['reasoning', 'reasoning', 'message']);
  });

  test('unless nothing followed them', () => {
    const cut = stateFrom([message('So'), ONE]);
    expect(read({ role: 'assistant', content: 'So', reasoningState: cut }).items).toEqual([
      { type: 'message', role: 'assistant', content: 'So' },
    ]);
    const alone = stateFrom([ONE]);
    expect(read({ role: 'assistant', content: null, reasoningState: alone }).items).toEqual([]);
  });

  test.each([
    ['of another provider', 'anthropic:[]'],
    ['that is broken', 'openai-responses:[{'],
  ])('not from a state %s, which is told', (_what, reasoningState) => {
    const { items, hasThoughts, dropped } = read({
      role: 'assistant',
      content: 'x',
      reasoningState,
    });
    expect(items).toEqual([{ type: 'message', role: 'assistant', content: 'x' }]);
    expect(hasThoughts).toBe(false);
    expect(dropped).toEqual(['reasoning_content']);
  });

  test('not as plain text, for which there is no place', () => {
    expect(read({ role: 'assistant', content: 'x', reasoning: 'Hm.' }).dropped).toEqual([
      'reasoning_content',
    ]);
  });
});

const text = fc.string({ minLength: 1 });
const anyThought = fc.record({
  type: fc.constant('reasoning' as const),
  id: text,
  encrypted_content: text,
  summary: fc.array(fc.record({ type: fc.constant('summary_text'), text: fc.string() })),
});
const anySpoken = fc.oneof(
  fc.record({
    type: fc.constant('message' as const),
    text,
    phase: fc.constantFrom('commentary', 'final_answer'),
  }),
  fc.record({
    type: fc.constant('function_call' as const),
    call_id: text,
    name: text,
    arguments: text,
  }),
);

test('whatever a model puts out comes back in its order and its words', () => {
  const anyOutput = fc.tuple(anyThought, fc.array(fc.oneof(anyThought, anySpoken)), anySpoken);
  fc.assert(
    fc.property(anyOutput, ([first, items, last]) => {
      const said = [first, ...items, last];
      const output = said.map((item) =>
        item.type === 'message' ? { ...message(item.text, item.phase), id: 'msg_1' } : item,
      );
      const { reply } = fromBody(JSON.stringify({ status: 'completed', output }));
      const back = read({ role: 'assistant', content: reply.text, ...reply });
      expect(back.items).toEqual(
        said.map((item) =>
          item.type === 'message'
            ? { type: 'message', role: 'assistant', content: item.text, phase: item.phase }
            : item,
        ),
      );
    }),
  );
});
