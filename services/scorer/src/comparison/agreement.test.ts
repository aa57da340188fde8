import type { ChatReply, ChatRequest, ToolCall } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Agreement, agreement, draftRightFrom } from './agreement.ts';

function replyOf(reply: Partial<ChatReply> = {}): ChatReply {
  return { text: 'It is on its way.', toolCalls: [], finish: 'stop', ...reply };
}

function asking(question: string, rest: Partial<ChatRequest> = {}): ChatRequest {
  return { messages: [{ role: 'user', content: question }], ...rest };
}

function between(left: string, right: string, question = 'And?'): Agreement | null {
  return agreement(asking(question), replyOf({ text: left }), replyOf({ text: right }));
}

function calling(...calls: readonly (readonly [name: string, given: string])[]): ChatReply {
  const toolCalls = calls.map(([name, given], at): ToolCall => {
    return { id: String(at), name, arguments: given };
  });
  return { text: '', toolCalls, finish: 'tool_calls' };
}

describe('nothing can be said of either', () => {
  const answer = replyOf({ text: 'It is 7.' });
  const refusal = replyOf({ text: 'I’m sorry, but I can’t help with that.' });

  test.each<[string, ChatReply]>([
    ['an empty one', replyOf({ text: ' \n' })],
    ['one that is only thought about', replyOf({ text: '<think>7?</think>\n' })],
    ['one that was broken off', replyOf({ text: 'It is 7 and', finish: 'length' })],
    ['one that declines', refusal],
    ['one that declines in German', replyOf({ text: 'Es tut mir leid, dabei kann ich nicht.' })],
    ['one that does not know', replyOf({ text: 'I don’t know.' })],
    ['one that a filter kept back', replyOf({ text: '', finish: 'content_filter' })],
    ['one with a refusal beside the text', replyOf({ text: 'It is 7.', refusal: 'No.' })],
  ])('where one answers and the other is %s', (_what, other) => {
    expect(agreement(asking('How many?'), answer, other)).toBeNull();
    expect(agreement(asking('How many?'), other, answer)).toBeNull();
  });

  test('unless both decline: then neither is better', () => {
    const other = replyOf({ text: 'As an AI language model I have no opinion.' });
    expect(agreement(asking('Well?'), refusal, other)).toEqual({ kind: 'none', share: 1 });
  });

  test('an apology that is followed by an answer is an answer', () => {
    const text = 'I am sorry to hear that. Your parcel arrives on Monday.';
    expect(between(text, text)).toEqual({ kind: 'text', share: 1 });
  });

  test('where JSON was asked for and only one has it, which a validator sees', () => {
    const chat = asking('Extract.', { responseFormat: { type: 'json_object' } });
    const [json, prose] = [replyOf({ text: '{"a":1}' }), replyOf({ text: 'It is 1.' })];
    expect(agreement(chat, json, prose)).toBeNull();
    expect(agreement(asking('Extract.'), json, prose)).toEqual({ kind: 'json', share: 0 });
  });
});

describe('tool calls agree', () => {
  const chat = asking('Refund it.');

  test('with the same tools and arguments, whatever their order and spelling', () => {
    const left = calling(['find', '{"id": 7, "in": "Rome"}'], ['refund', '{}']);
    const right = calling(['refund', ''], ['find', '{"in":"rome ","id":7.0}']);
    expect(agreement(chat, left, right)).toEqual({ kind: 'tools', share: 1 });
  });

  test.each([
    ['another argument', calling(['find', '{"id":8}']), 0],
    ['another tool', calling(['refund', '{"id":7}']), 0],
    ['an argument more', calling(['find', '{"id":7,"all":true}']), 0],
    ['the same call twice', calling(['find', '{"id":7}'], ['find', '{"id":7}']), 2 / 3],
    ['words instead', replyOf({ text: 'It is refunded.' }), 0],
  ])('and not with %s', (_what, other, share) => {
    const agreed = agreement(chat, calling(['find', '{"id":7}']), other);
    expect(agreed).toEqual({ kind: 'tools', share });
    expect(agreed && draftRightFrom(agreed)).toBe(0);
    expect(agreement(chat, other, calling(['find', '{"id":7}']))).toEqual(agreed);
  });

  test('arguments that are no JSON agree only as they are written', () => {
    const broken = calling(['find', '{"id":']);
    expect(agreement(chat, broken, broken)?.share).toBe(1);
    expect(agreement(chat, broken, calling(['find', '{"id": ']))?.share).toBe(0);
  });
});

describe('JSON agrees', () => {
  test.each([
    ['{"a":1,"b":["x"]}', '{ "b": [" X"], "a": 1.0 }', 1],
    ['{"a":1}', 'Here it is:\n```json\n{"a":1}\n```', 1],
    ['{"a":1,"b":2,"c":3,"d":4}', '{"a":1,"b":2,"c":3,"d":5}', 0.75],
    ['{"a":1,"b":2}', '{"a":1}', 0.5],
    ['{"a":{"b":1,"c":2}}', '{"a":1}', 0],
    ['{"a":[]}', '{"a":{}}', 0],
    ['{"a":16}', '{"a":"16"}', 0],
    ['{"a":null}', '{"a":false}', 0],
    ['["x","y"]', '["y","x"]', 0],
    ['{}', '{}', 1],
    ['{"__proto__":1}', '{}', 0],
    ['{"constructor":1}', '{"constructor":2}', 0],
  ])('by the share of its leaves: %s and %s', (left, right, share) => {
    expect(between(left, right)).toEqual({ kind: 'json', share });
  });

  test('a draft is right when at most every tenth leaf differs', () => {
    expect(draftRightFrom({ kind: 'json', share: 0.9 })).toBe(1);
    expect(draftRightFrom({ kind: 'json', share: 0.88 })).toBe(0);
  });

  test('an example within a long text does not make it JSON', () => {
    const text = `Send it as \`\`\`json\n{"a":1}\n\`\`\`. ${'The field is a number that counts. '.repeat(20)}`;
    expect(between(text, text)?.kind).toBe('text');
  });
});

describe('of several options the letter counts', () => {
  const question = 'Which is in Italy?\nA. Paris\nB. Rome\nC. Oslo';

  test.each([
    ['B', 'B.'],
    ['(B)', '**B**'],
    ['b', 'The answer is (B).'],
    ['B) Rome', 'Paris is French and Oslo is not near.\n\nAnswer: B'],
    ['Rome', 'B'],
    ['Die Antwort ist B, denn Rom liegt in Italien.', 'B'],
    ['答案是B。', 'B'],
    ['Option B is correct.', 'The answer is B. Option C is wrong, being in Norway.'],
  ])('%s and %s agree', (left, right) => {
    expect(between(left, right, question)).toEqual({ kind: 'choice', share: 1 });
  });

  test.each([
    ['B', 'C'],
    ['B) Rome', 'The answer is A.'],
    ['A, B', 'B'],
  ])('%s and %s do not', (left, right) => {
    expect(between(left, right, question)).toEqual({ kind: 'choice', share: 0 });
  });

  test('several letters in another order are the same', () => {
    expect(between('A and C', 'C, A', question)).toEqual({ kind: 'choice', share: 1 });
  });

  test('an article is no letter, nor is one that is not offered', () => {
    expect(between('A city in Italy.', 'B', question)?.kind).not.toBe('choice');
    expect(between('D', 'D', question)?.kind).not.toBe('choice');
  });
});

describe('a law of comparing', () => {
  const pieces = fc.constantFrom(
    ...['Rome', 'the', 'is', 'not', 'no', 'yes', 'or', '7', '$18.00', '18', '-5', '1/2', '3:30 pm'],
    ...[
      '20 %',
      '= 9',
      '####',
      '.',
      ', ',
      '\n',
      'A)',
      'B',
      '{"a":1}',
      '[',
      '}',
      '1,234.5',
      '57 500 €',
    ],
    ...[
      'ローマ',
      'です。',
      'не',
      '١٨',
      '\ud83d',
      '👍',
      '\u0301',
      '<think>',
      '</think>',
      'Answer: ',
      '4 km',
    ],
    ...[
      '1 hour and 30 minutes',
      'seven',
      '\\boxed{7}',
      '```',
      '1.234',
      '1234',
      '0.35',
      '35 percent',
    ],
  );
  const text = fc.oneof(
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(' ')),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.json({ maxDepth: 3 }),
  );
  const reply: fc.Arbitrary<ChatReply> = fc.record({
    text,
    toolCalls: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      fc.array(
        fc.record({
          id: fc.constant('1'),
          name: fc.constantFrom('f', 'g'),
          arguments: fc.oneof(fc.constantFrom('', '{}', '{"a":1}', '{"a":1.0}', '{'), fc.json()),
        }),
        { maxLength: 3 },
      ),
    ),
    finish: fc.constantFrom('stop', 'stop', 'stop', 'length', 'content_filter'),
  });
  const question = fc.oneof(
    fc.constantFrom('How many?', 'Which? A) Rome B) 7 C) no', 'Is it Rome or not?', ''),
    text,
  );

  test('it does not matter which answer comes first', () => {
    fc.assert(
      fc.property(question, reply, reply, (asked, left, right) => {
        const chat = asking(asked);
        expect(agreement(chat, left, right)).toEqual(agreement(chat, right, left));
      }),
      { numRuns: 2_000 },
    );
  });

  test('every answer agrees with itself, if it is one', () => {
    fc.assert(
      fc.property(question, reply, (asked, same) => {
        const agreed = agreement(asking(asked), same, { ...same });
        if (agreed) expect(agreed.share).toBe(1);
        else expect(same.toolCalls).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a share and a label are always between 0 and 1', () => {
    fc.assert(
      fc.property(question, reply, reply, (asked, left, right) => {
        const agreed = agreement(asking(asked), left, right);
        if (!agreed) return;
        for (const figure of [agreed.share, draftRightFrom(agreed)]) {
          expect(figure).toBeGreaterThanOrEqual(0);
          expect(figure).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ...[
      '1',
      '(',
      'A) ',
      '#### ',
      '=',
      '[',
      '{"a":',
      '<<',
      '\n',
      ' ',
      '\\frac{1',
      'answer is ',
      '漢',
    ],
    ...[
      '\u0301',
      '\ufdfa',
      '```',
      'a',
      '.',
      '1,',
      '1/',
      '- ',
      '\ud800',
      'or ',
      'not ',
      'I am sorry, ',
    ],
  ])('a megabyte of %j is compared like anything else', (piece) => {
    const long = replyOf({ text: piece.repeat(1_000_000 / piece.length) });
    const longer = replyOf({ text: `${long.text} 7` });
    const chat = asking(long.text);
    expect(agreement(chat, long, longer)).toEqual(agreement(chat, longer, long));
  });

  test('brackets as deep as a text is long are no trouble', () => {
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    expect(between(deep, deep)).toEqual({ kind: 'json', share: 1 });
    expect(between(deep, `[${deep}]`)).toEqual({ kind: 'json', share: 0 });
    const call = calling(['f', deep]);
    expect(agreement(asking('?'), call, call)).toEqual({ kind: 'tools', share: 1 });
  });
});
