import type { ChatMessage, ChatReply } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reading } from '../reading.ts';
import { TEXT_SIGNALS } from './index.ts';

/** Every signal of one draft, freshly read. */
function valuesOf(messages: readonly ChatMessage[], reply: ChatReply): (number | undefined)[] {
  const reading = new Reading({ messages }, reply);
  return TEXT_SIGNALS.map((signal) => signal.read(reading));
}

function expectSound(values: readonly (number | undefined)[]): void {
  for (const [index, value] of values.entries()) {
    const name = TEXT_SIGNALS[index]?.name;
    expect(value === undefined || Number.isFinite(value), `${name} is ${value}`).toBe(true);
  }
}

test('signals have names of their own', () => {
  const names = TEXT_SIGNALS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
});

const PIECES = [
  ...[
    '1',
    '3.5',
    ',',
    '.',
    '=',
    '+',
    '-',
    '*',
    '/',
    '(',
    ')',
    '%',
    '$',
    'x',
    '\\',
    '\\times',
    '<<',
  ],
  ...[' ', '\n', '```', '[', '{', '"', 'https://', 'Ann', 'the', 'i cannot', 'two', 'é', '漢'],
  ...['\u0000', '\ud800', '\udc00', '🙂', '\u2028', 'İ', '\ufffd'],
];

test('any text gets a sound value or none, and the same one again', () => {
  const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((all) => all.join(''));
  const text = fc.oneof(pieces, fc.string({ unit: 'binary' }));
  const finish = fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter');
  fc.assert(
    fc.property(text, text, text, finish, (question, context, answer, end) => {
      const messages: ChatMessage[] = [
        { role: 'system', content: context },
        { role: 'user', content: question },
      ];
      const toolCalls = [{ id: '1', name: 'f', arguments: context }];
      const reply: ChatReply = { text: answer, toolCalls, finish: end };
      const values = valuesOf(messages, reply);
      expectSound(values);
      expect(valuesOf(messages, reply)).toEqual(values);
    }),
    { numRuns: 500 },
  );
});

describe('a megabyte of one thing does no harm', () => {
  test.each(PIECES)('%j', (piece) => {
    const huge = piece.repeat(Math.ceil(1_000_000 / piece.length));
    const messages: ChatMessage[] = [
      { role: 'tool', content: huge, toolCallId: '1' },
      { role: 'user', content: huge },
    ];
    const toolCalls = [{ id: '1', name: 'f', arguments: huge }];
    expectSound(valuesOf(messages, { text: huge, toolCalls, finish: 'stop' }));
  });
});

test('nothing at all does no harm', () => {
  expectSound(valuesOf([], { text: '', toolCalls: [], finish: 'stop' }));
  const messages: ChatMessage[] = [
    { role: 'assistant', content: null },
    { role: 'user', content: [{ type: 'image', url: 'data:,' }] },
  ];
  expectSound(valuesOf(messages, { text: '', toolCalls: [], finish: 'stop' }));
});

test('of a good and a bad answer to one question, every signal that speaks says what is wrong', () => {
  const messages: ChatMessage[] = [
    { role: 'user', content: 'The shop sells 12 pens at $3 each. How much is that for Ann?' },
  ];
  const read = (text: string) => {
    const values = valuesOf(messages, { text, toolCalls: [], finish: 'stop' });
    return new Map(TEXT_SIGNALS.map(({ name }, index) => [name, values[index]]));
  };
  const good = read('12 * $3 = $36, so Ann pays $36.');
  const bad = read('13 * $3 = $38. Wait, I think Bob pays $40.5 (see https://example.com/x');
  for (const worse of [
    ...['hedging', 'second_thoughts', 'cut_off', 'unsupported_numbers', 'unused_numbers'],
    ...['unsupported_names', 'equation_errors', 'fraction_concluded'],
  ]) {
    expect(bad.get(worse), worse).toBeGreaterThan(good.get(worse) ?? Number.NaN);
  }
  expect(bad.get('unsupported_addresses')).toBe(1);
  expect([good.get('result_kept'), bad.get('result_kept')]).toEqual([1, 0]);
});
