import type { ChatReply } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { type Agreement, agreement, draftRightFrom } from './agreement.ts';

function replyOf(reply: Partial<ChatReply> = {}): ChatReply {
  return { text: 'It is on its way.', toolCalls: [], finish: 'stop', ...reply };
}

function between(left: string, right: string, question: string): Agreement | null {
  const chat = { messages: [{ role: 'user', content: question } as const] };
  return agreement(chat, replyOf({ text: left }), replyOf({ text: right }));
}

function labelOf(agreed: Agreement | null): number | undefined {
  return agreed?.kind === 'short' ? draftRightFrom(agreed) : undefined;
}

describe('a short answer is the same', () => {
  test.each([
    ['Capital of Italy?', 'Rome', 'rome.'],
    ['Capital of Italy?', 'Rome', 'The capital of Italy is Rome.'],
    ['Capital of Italy?', 'Rome', 'Rome. It has been the capital since 1871.'],
    ['Capital of Italy?', 'Rome', 'It’s Rome, the eternal city on the Tiber.'],
    ['Capital of Italy?', 'The capital is Rome.', 'The capital of Italy is Rome.'],
    ['Capital of Brazil’s south?', 'São Paulo', 'Sao Paulo'],
    ['Hauptstadt von Italien?', 'Die Hauptstadt Italiens ist Rom.', 'Rom'],
    ['Столица Италии?', 'Столица Италии — Рим.', 'Рим'],
    ['イタリアの首都は？', 'イタリアの首都はローマです。', 'ローマ'],
    ['意大利的首都是哪里？', '意大利的首都是罗马。', '罗马'],
    ['Which kind of animal is it?', 'a cat', 'The cat.'],
    ['Is this review positive or negative?', 'positive', 'The review is positive.'],
    ['Is the door open?', 'Yes.', 'Yes, it is.'],
    ['Is Rome in Italy?', 'Yes.', 'Rome is in Italy.'],
    ['Is Oslo in Italy?', 'No', 'Oslo is not in Italy.'],
    ['Liegt Rom in Italien?', 'Ja.', 'Ja, Rom liegt in Italien.'],
    ['Where is my parcel?', 'It is on its way.', 'Your parcel is on the way.'],
  ])('%s %s, %s', (question, left, right) => {
    expect(labelOf(between(left, right, question))).toBe(1);
  });
});

describe('a short answer is another', () => {
  test.each([
    ['Capital of Italy?', 'Milan', 'Rome'],
    ['Capital of Italy?', 'The capital of Italy is Milan.', 'The capital of Italy is Rome.'],
    ['Capital of Italy?', 'Not Rome', 'Rome'],
    ['Capital of Italy?', 'It is not Rome.', 'Rome'],
    ['Capital of Italy?', 'Rome or Milan', 'Rome'],
    ['Is the cat red or blue?', 'The cat is red.', 'The cat is blue.'],
    ['Is this review positive or negative?', 'positive', 'The review is negative.'],
    ['Is the door open?', 'No, it is closed.', 'Yes.'],
    ['Is the door open?', 'Yes, it has been open since noon, as you asked.', 'No, it is closed.'],
    ['Is Oslo in Italy?', 'Yes', 'Oslo is not in Italy.'],
    ['Repeat: Ann Pam Eve', 'Ann Pam', 'Ann Pam Eve'],
    ['Repeat: Ann Pam Eve', 'Pam Ann Eve', 'Ann Pam Eve'],
    ['Kommt es an?', 'Es kommt nicht.', 'Es kommt.'],
  ])('%s %s, %s', (question, left, right) => {
    expect(labelOf(between(left, right, question))).toBe(0);
  });
});
