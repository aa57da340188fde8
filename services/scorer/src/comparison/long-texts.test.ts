import type { ChatReply } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { type Agreement, agreement, draftRightFrom } from './agreement.ts';

function replyOf(reply: Partial<ChatReply> = {}): ChatReply {
  return { text: 'It is on its way.', toolCalls: [], finish: 'stop', ...reply };
}

function between(left: string, right: string, question = 'Can I return my shoes?') {
  const chat = { messages: [{ role: 'user', content: question } as const] };
  return agreement(chat, replyOf({ text: left }), replyOf({ text: right }));
}

function labelOf(agreed: Agreement | null): number {
  return agreed ? draftRightFrom(agreed) : Number.NaN;
}

const POLICY =
  'You can return unworn shoes within 30 days of delivery, as long as you keep the box. Print the label from your account and hand the parcel in at any post office. The money is back on your card within a week.';
const REWORDED =
  'Unworn shoes may be sent back up to 30 days after delivery if the box is kept. You find a label in your account: print it and hand in the parcel at a post office. You get the money back on your card a week later.';
const OTHER =
  'Our shop opens at nine. We sell sandals, boots and laces by many brands, and children get a balloon. Parking is free behind the building, and the bus stops right at the door.';

test('a text said in other words is mostly right, one about other things is wrong', () => {
  const reworded = between(POLICY, REWORDED);
  expect(reworded?.kind).toBe('text');
  expect(labelOf(reworded)).toBeGreaterThan(0.7);
  expect(labelOf(between(POLICY, OTHER))).toBe(0);
});

test('the more is missing, the less right it is', () => {
  const sentences = POLICY.split(/(?<=\.) /);
  const labels = [3, 2, 1].map((count) =>
    labelOf(between(sentences.slice(0, count).join(' '), POLICY)),
  );
  expect(labels[0]).toBe(1);
  expect(labels[1]).toBeLessThanOrEqual(1);
  expect(labels[2]).toBeLessThan(labels[1] ?? 0);
});

describe('one sentence that contradicts the other is no agreement, however alike they are', () => {
  test.each([
    ['It is safe to eat raw and keeps for a week in the fridge.', 'is safe', 'is not safe'],
    ['It is safe to eat raw and keeps for a week in the fridge.', 'safe', 'unsafe'],
    ['Prices will increase next year since demand grows faster.', 'increase', 'decrease'],
    ['The treaty was signed in Paris by both after long talks.', 'Paris', 'Geneva'],
    ['You can send unworn goods back within 30 days of purchase.', '30', '14'],
    ['Das Paket wird morgen geliefert und muss bezahlt werden.', 'muss', 'muss nicht'],
    ['Le colis sera livré demain matin et il faut payer les frais.', 'il faut', 'il ne faut pas'],
    ['El paquete llega mañana por la tarde y tiene que pagarlo.', 'tiene', 'no tiene'],
    ['Посылка придёт завтра утром, и её нужно будет оплатить.', 'нужно', 'не нужно'],
    ['荷物は明日の朝に届きますので、代金を払う必要があります。', 'があります', 'はありません'],
  ])('%s (%s, %s)', (sentence, said, denied) => {
    const contrary = sentence.replace(said, denied);
    expect(contrary).not.toBe(sentence);
    const agreed = between(sentence, contrary, 'And?');
    expect(labelOf(agreed)).toBe(0);
    expect(labelOf(between(sentence, sentence, 'And?'))).toBe(1);
  });

  test('of several sentences one makes a text mostly wrong', () => {
    const label = labelOf(between(POLICY, POLICY.replace('30 days', '14 days')));
    expect(label).toBeGreaterThan(0);
    expect(label).toBeLessThan(0.5);
  });

  test('not only denies nothing', () => {
    const sentence = 'The hall is used by the choir and also by the chess club on Mondays.';
    const other = sentence.replace('used by', 'used not only by').replace('and also', 'but also');
    expect(labelOf(between(sentence, other, 'And?'))).toBeGreaterThan(0.8);
  });
});
