import type { ChatReply, ChatRequest } from '@weir/core';
import { expect, test } from 'vitest';
import { secondDraftRequest } from './bought.ts';
import { readSignals, SIGNALS } from './index.ts';
import { type Beside, Reading } from './reading.ts';

function replyOf(reply: Partial<ChatReply> = {}): ChatReply {
  return { text: 'It is on its way.', toolCalls: [], finish: 'stop', ...reply };
}

const CHAT: ChatRequest = {
  messages: [{ role: 'user', content: 'What is the capital of Italy?' }],
};

function said(name: string, beside: Beside, text = 'Rome'): number | undefined {
  const values = readSignals(new Reading(CHAT, replyOf({ text }), beside));
  return values[SIGNALS.findIndex((signal) => signal.name === name)];
}

test('a second draft is as much evidence as it agrees', () => {
  const secondDraft = replyOf({ text: 'The capital of Italy is Rome.' });
  expect(said('second_draft_agreement', { secondDraft })).toBe(1);
  expect(said('second_draft_agreement', { secondDraft }, 'Milan')).toBe(0);
});

test('a second draft that cannot be compared is no evidence, nor are two that decline', () => {
  const secondDraft = replyOf({ text: 'I cannot help with that.' });
  expect(said('second_draft_agreement', { secondDraft })).toBeNaN();
  expect(said('second_draft_agreement', { secondDraft }, 'I cannot answer that.')).toBeNaN();
  expect(said('second_draft_agreement', {})).toBeNaN();
});

test('the opinion of a judge is taken as it is', () => {
  expect(said('judge_opinion', { judged: 0.3 })).toBe(0.3);
  expect(said('judge_opinion', {})).toBeNaN();
});

test('a second draft answers the same question by another chance', () => {
  const chat: ChatRequest = {
    ...CHAT,
    maxOutputTokens: 20,
    temperature: 0,
    topP: 0.1,
    topLogprobs: 5,
    seed: 7,
    stop: ['.'],
    tools: [{ name: 'look' }],
  };
  const again = secondDraftRequest(chat);
  const { topP: _, topLogprobs: __, ...same } = chat;
  expect(again).toEqual({ ...same, temperature: 0.7, seed: 8 });
});

test('one that is warm enough stays as warm', () => {
  expect(secondDraftRequest({ ...CHAT, temperature: 1.2 }).temperature).toBe(1.2);
  expect(secondDraftRequest(CHAT).temperature).toBe(1);
});

test.each([0, -1, -8, 2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER])(
  'the seed %d is followed by another one that engines take',
  (seed) => {
    const other = secondDraftRequest({ ...CHAT, seed }).seed ?? Number.NaN;
    expect(other).not.toBe(seed);
    expect(Number.isInteger(other)).toBe(true);
    expect(other).toBeGreaterThanOrEqual(0);
    expect(other).toBeLessThan(2 ** 31);
  },
);
