import type { ChatReply } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { type Agreement, agreement } from './agreement.ts';

function replyOf(reply: Partial<ChatReply> = {}): ChatReply {
  return { text: 'It is on its way.', toolCalls: [], finish: 'stop', ...reply };
}

function between(left: string, right: string, question: string): Agreement | null {
  const chat = { messages: [{ role: 'user', content: question } as const] };
  return agreement(chat, replyOf({ text: left }), replyOf({ text: right }));
}

describe('asked for a number, two answers agree', () => {
  test.each([
    ['$18.00', '18'],
    ['18 dollars', 'She makes $18 every day.'],
    ['1,234.50', '1234.5'],
    ['57\u00a0500 €', '57,500 euros'],
    ['57 500', '57500'],
    ['1.234 Euro', '1,234'],
    ['1.5 million', '1,500,000'],
    ['$1.5m', '$1,500,000'],
    ['20 %', '0.2'],
    ['35 percent', '35'],
    ['1/2', '0.5'],
    ['2½', '2.5'],
    ['\\frac{5}{2}', '2.5'],
    ['8.57', '8.571428'],
    ['90 minutes', '1.5 hours'],
    ['1 hour and 30 minutes', '1.5 hours'],
    ['5 km', '5000 meters'],
    ['3 pm', '15:00'],
    ['−5', '-5'],
    ['3.2 × 10^5', '320000'],
    ['Seven.', '7'],
    ['One hundred and five eggs.', '105'],
    ['None.', '0'],
    ['１８', '18'],
    ['١٨', '18'],
    ['8 + 10 = 18', 'Eight and ten together.\n#### 18'],
    ['The total is 18 / 2 = 9 eggs for 4 friends.', '\\boxed{9}'],
    ['7 * 12 = 84, so 84 / 12 = 7 dozens.\n\nShe eats 7 dozens in 4 weeks.', '#### 7'],
    ['11 / 20 = 0.55 or 55 %.', '#### 55'],
  ])('%s and %s', (left, right) => {
    expect(between(left, right, 'How many are there in the 4 weeks?')).toEqual({
      kind: 'number',
      share: 1,
    });
  });
});

describe('and disagree', () => {
  test.each([
    ['18', '81'],
    ['$18', '€18'],
    ['16', '16.2'],
    ['0.3', '0.333'],
    ['-5', '5'],
    ['5 km', '5 miles'],
    ['3:30 pm', '3:30 am'],
    ['20 %', '20.5 %'],
    ['1.23', '123'],
    ['8 + 10 = 18', '8 + 10 = 19'],
    ['In total 8 * 4 = 32 eggs.', '#### 36'],
  ])('%s and %s', (left, right) => {
    expect(between(left, right, 'How many are there?')).toEqual({ kind: 'number', share: 0 });
  });
});

describe('a number tells nothing', () => {
  test.each([
    ['where it is beside the point', 'Lana Lund (1999)', 'John Smith (1999)', 'Who made it?'],
    ['where the question has it', '7 is prime.', '7 is composite.', 'Is 7 prime?'],
    ['where something else is said of it', 'Built in 1945.', 'Destroyed in 1945.', 'Well?'],
    ['where one denies it', 'It is 7.', 'It is not 7.', 'How many?'],
    ['in a span', '3-5 days', '3 days', 'How long does it take?'],
    ['in a program', 'Use ```\nx = 2 * 4 = 8\n```', 'Call ```\ny = 1 + 7 = 8\n```', 'How many?'],
    ['in a heading', `#### 1. Rome\n${'It is old. '.repeat(30)}`, '#### 1. Oslo\nNew.', 'Where?'],
  ])('%s', (_what, left, right, question) => {
    const agreed = between(left, right, question);
    expect(agreed?.kind).not.toBe('number');
    expect(agreed?.share).toBeLessThan(0.5);
  });

  test('a date has more than one', () => {
    const question = 'When was she born?';
    expect(between('May 1, 1990', 'She was born on May 1, 1990.', question)?.share).toBe(1);
    expect(between('May 1, 1990', 'May 1, 1991', question)?.share).toBe(0);
  });
});
