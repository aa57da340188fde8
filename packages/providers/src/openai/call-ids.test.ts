import type { ChatMessage } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { withCallIds } from './call-ids.ts';
import { NAMES, type Name } from './rows.fixture.ts';

const NINE = /^[a-zA-Z0-9]{9}$/;

/** A conversation in which each of these was called and answered. */
function conversation(ids: readonly string[]): ChatMessage[] {
  return ids.flatMap((id): ChatMessage[] => [
    { role: 'assistant', content: null, toolCalls: [{ id, name: 'look', arguments: '{}' }] },
    { role: 'tool', content: 'seen', toolCallId: id },
  ]);
}

/** The ids of the calls and of the messages that answer them. */
function idsOf(messages: readonly ChatMessage[]) {
  const calls = messages.flatMap((message) =>
    message.role === 'assistant' ? (message.toolCalls ?? []).map(({ id }) => id) : [],
  );
  const answers = messages.flatMap((message) =>
    message.role === 'tool' ? [message.toolCallId] : [],
  );
  return { calls, answers };
}

const id = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.stringMatching(/^[a-zA-Z0-9]{9}$/),
  fc.stringMatching(/^(?:call|toolu)_[a-zA-Z0-9]{24}$/),
);

test('every id fits, those that did stay, and what was different stays different at both ends of a call', () => {
  fc.assert(
    fc.property(fc.array(id, { maxLength: 20 }), (ids) => {
      const { calls, answers } = idsOf(withCallIds(conversation(ids), NINE));
      expect(answers).toEqual(calls);
      expect(calls.every((name) => NINE.test(name))).toBe(true);
      expect(new Set(calls).size).toBe(new Set(ids).size);
      const kept = ids.filter((name) => NINE.test(name));
      expect(calls.filter((_, index) => NINE.test(ids[index] ?? ''))).toEqual(kept);
    }),
  );
});

test('an id that is what another would become makes that one become something else', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 10 }), fc.boolean(), (long, isFirst) => {
      const [other = ''] = idsOf(withCallIds(conversation([long]), NINE)).calls;
      const ids = isFirst ? [long, other] : [other, long];
      const { calls, answers } = idsOf(withCallIds(conversation(ids), NINE));
      expect(answers).toEqual(calls);
      expect(calls[ids.indexOf(other)]).toBe(other);
      expect(calls[ids.indexOf(long)]).toMatch(NINE);
      expect(new Set(calls).size).toBe(2);
    }),
  );
});

test('ids that differ little become ids that have nothing to do with each other', () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => `call_${index}`);
  const { calls } = idsOf(withCallIds(conversation(ids), NINE));
  const inOrder = ids.map((name) => idsOf(withCallIds(conversation([name]), NINE)).calls[0]);
  // None had to make room for another.
  expect(calls).toEqual(inOrder);
});

test('an id becomes the same one in every turn, whatever was called since', () => {
  fc.assert(
    fc.property(fc.array(id, { minLength: 1, maxLength: 8 }), id, (ids, next) => {
      const before = idsOf(withCallIds(conversation(ids), NINE)).calls;
      const after = idsOf(withCallIds(conversation([...ids, next]), NINE)).calls;
      expect(after.slice(0, ids.length)).toEqual(before);
    }),
  );
});

test('where all fit, or there is no rule, the messages are as they were', () => {
  const messages = conversation(['abcdefgh1']);
  expect(withCallIds(messages, NINE)).toBe(messages);
  expect(withCallIds(conversation(['call_1']), undefined)).toEqual(conversation(['call_1']));
});

describe('a row that has a rule holds to it', () => {
  const TOOLU = 'toolu_01A09q90qw90lq917835lq9';
  const LONG = `call_${'x'.repeat(60)}`;
  const sent = (name: Name, ids: readonly string[]) => {
    const dialect = DIALECTS[name];
    const request = { messages: conversation(ids) };
    const { body, dropped } = dialect.adapter.toCall(request, { model: 'm', dialect }, false);
    expect(dropped).toEqual([]);
    const messages: { tool_calls?: { id: string }[]; tool_call_id?: string }[] =
      JSON.parse(body).messages;
    const calls = messages.flatMap(({ tool_calls }) => tool_calls?.map((call) => call.id) ?? []);
    expect(messages.flatMap(({ tool_call_id }) => tool_call_id ?? [])).toEqual(calls);
    return calls;
  };

  test('mistral takes nine letters and digits', () => {
    const [first, second] = sent('mistral', [TOOLU, 'D681PevKs']);
    expect(first).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(second).toBe('D681PevKs');
  });

  test.each(['openai', 'azure'] as const)('%s takes forty characters', (name) => {
    const [first, second] = sent(name, [LONG, TOOLU]);
    expect(first).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(second).toBe(TOOLU);
  });

  test.each(NAMES.filter((name) => !['mistral', 'openai', 'azure'].includes(name)))(
    '%s has none',
    (name) => {
      expect(sent(name, [LONG, TOOLU])).toEqual([LONG, TOOLU]);
    },
  );
});
