import type { ChatReply, ChatRequest } from '@weir/core';
import { expect, test } from 'vitest';
import { Reading } from './reading.ts';

const REPLY: ChatReply = { text: 'Fine.', toolCalls: [], finish: 'stop' };

function reading(chat: Partial<ChatRequest>, reply: Partial<ChatReply> = {}): Reading {
  return new Reading({ messages: [], ...chat }, { ...REPLY, ...reply });
}

test('the question is what the user said last, and the rest is context in its order', () => {
  const { question, context } = reading({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello?' },
      { role: 'assistant', content: 'Yes?' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is ' },
          { type: 'text', text: 'it?' },
        ],
      },
      { role: 'tool', content: 'It is tea.', toolCallId: '1' },
    ],
  });
  expect(question).toBe('What is it?');
  expect(context).toBe('Be brief.\nHello?\nYes?\nIt is tea.\n');
});

test('without messages there is no question and no context', () => {
  expect(reading({}).question).toBe('');
  expect(reading({}).context).toBe('');
});

test('the arguments of the tools called are part of the answer', () => {
  const toolCalls = [{ id: '1', name: 'refund', arguments: '{"order": 4711}' }];
  expect(reading({}, { text: 'Done.', toolCalls }).text).toBe('Done.\n{"order": 4711}');
  expect(reading({}, { text: '', toolCalls }).numbers).toEqual([4711]);
});

test('of a long answer and a long question, the head and the tail are read', () => {
  const long = `head${'x'.repeat(1_000_000)}tail`;
  const { text, question } = reading(
    { messages: [{ role: 'user', content: long }] },
    { text: long },
  );
  for (const view of [text, question]) {
    expect(view.length).toBeLessThan(20_000);
    expect(view).toMatch(/^head.*\n.*tail$/s);
  }
});

test('of a long context, the end is read', () => {
  const { context } = reading({
    messages: [
      { role: 'system', content: 'first' },
      { role: 'tool', content: `second${'x'.repeat(1_000_000)}`, toolCallId: '1' },
      { role: 'user', content: 'asked' },
      { role: 'tool', content: 'last', toolCallId: '2' },
    ],
  });
  expect(context.length).toBeLessThan(40_000);
  expect(context).toMatch(/^x+\nlast\n$/);
});

test('numbers are those of the question, of the context and of the answer, spelled out ones too', () => {
  const { numbers, questionNumbers, contextNumbers } = reading(
    {
      messages: [
        { role: 'system', content: 'Ships within 14 days.' },
        { role: 'user', content: 'Two boxes of 1,250 g?' },
      ],
    },
    { text: '2.5 kg, 2.5 kg' },
  );
  expect(numbers).toEqual([2.5, 2.5]);
  expect([...questionNumbers]).toEqual([1250, 2]);
  expect([...contextNumbers]).toEqual([14]);
});
