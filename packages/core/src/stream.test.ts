import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChatReply, TokenLogprob } from './chat.ts';
import { type ChatDelta, deltasOf, ReplyBuilder } from './stream.ts';

const token: fc.Arbitrary<TokenLogprob> = fc.record({
  token: fc.string(),
  logprob: fc.option(fc.double({ max: 0, noNaN: true }), { nil: undefined }),
  top: fc.constant([]),
});

const reply: fc.Arbitrary<ChatReply> = fc
  .record({
    text: fc.string({ minLength: 1 }),
    refusal: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    reasoning: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    toolCalls: fc.array(fc.record({ id: fc.string(), name: fc.string(), arguments: fc.string() }), {
      maxLength: 4,
    }),
    finish: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter'),
    tokens: fc.option(fc.array(token), { nil: undefined }),
  })
  .map((fields) => fields as ChatReply);

function built(deltas: Iterable<ChatDelta>, finish: ChatReply['finish']): ChatReply {
  const builder = new ReplyBuilder();
  for (const delta of deltas) builder.add(delta);
  return builder.build(finish);
}

/** Each text of the deltas cut in two, as a slow provider might send them. */
function* halved(deltas: Iterable<ChatDelta>): Generator<ChatDelta> {
  for (const delta of deltas) {
    if (delta.type === 'tool-delta') {
      const half = delta.arguments.length >> 1;
      yield { ...delta, arguments: delta.arguments.slice(0, half) };
      yield { type: 'tool-delta', index: delta.index, arguments: delta.arguments.slice(half) };
    } else {
      const half = delta.text.length >> 1;
      yield { ...delta, text: delta.text.slice(0, half) };
      yield delta.type === 'text-delta' && delta.tokens
        ? { type: 'text-delta', text: delta.text.slice(half), tokens: [] }
        : { type: delta.type, text: delta.text.slice(half) };
    }
  }
}

test('a reply taken apart into deltas and put together again is the same reply', () => {
  fc.assert(
    fc.property(reply, (whole) => {
      expect(built(deltasOf(whole), whole.finish)).toEqual(whole);
    }),
  );
});

test('how finely a reply was cut makes no difference', () => {
  fc.assert(
    fc.property(reply, (whole) => {
      expect(built(halved(deltasOf(whole)), whole.finish)).toEqual(whole);
    }),
  );
});

test('tool calls whose deltas are interleaved do not mix', () => {
  const deltas: ChatDelta[] = [
    { type: 'tool-delta', index: 1, id: 'b', name: 'second', arguments: '{"x"' },
    { type: 'tool-delta', index: 0, id: 'a', name: 'first', arguments: '{' },
    { type: 'tool-delta', index: 1, arguments: ':1}' },
    { type: 'tool-delta', index: 0, arguments: '}' },
  ];
  expect(built(deltas, 'tool_calls').toolCalls).toEqual([
    { id: 'a', name: 'first', arguments: '{}' },
    { id: 'b', name: 'second', arguments: '{"x":1}' },
  ]);
});

test('text that came without its log-probabilities leaves a gap that can be seen', () => {
  const deltas: ChatDelta[] = [
    { type: 'text-delta', text: 'forty', tokens: [{ token: 'forty', logprob: -0.1, top: [] }] },
    { type: 'text-delta', text: '-two' },
  ];
  expect(built(deltas, 'stop').tokens).toEqual([
    { token: 'forty', logprob: -0.1, top: [] },
    { token: '-two', logprob: undefined, top: [] },
  ]);
});

test('a stream without any log-probabilities has no tokens, rather than tokens of unknown probability', () => {
  expect(built([{ type: 'text-delta', text: 'Paris' }], 'stop').tokens).toBeUndefined();
});

test('an answer may have any number of tokens at once', () => {
  const tokens = Array.from({ length: 200_000 }, () => ({ token: 'a', logprob: -0.1, top: [] }));
  const whole = built([{ type: 'text-delta', text: 'a'.repeat(200_000), tokens }], 'stop');
  expect(whole.tokens).toHaveLength(200_000);
});

test('every character that was sent counts, thoughts and tool arguments too', () => {
  const builder = new ReplyBuilder();
  builder.add({ type: 'reasoning-delta', text: 'hm' });
  builder.add({ type: 'text-delta', text: 'yes' });
  builder.add({ type: 'tool-delta', index: 3, id: 'x', name: 'f', arguments: '{}' });
  expect(builder.characters).toBe(7);
});
