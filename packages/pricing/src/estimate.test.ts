import type { ChatMessage, ChatRequest } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimatePromptTokens, estimateTokens } from './estimate.ts';

const message: fc.Arbitrary<ChatMessage> = fc.oneof(
  fc.record({ role: fc.constant('user' as const), content: fc.string() }),
  fc.record({
    role: fc.constant('assistant' as const),
    content: fc.constant(null),
    toolCalls: fc.array(fc.record({ id: fc.string(), name: fc.string(), arguments: fc.string() }), {
      maxLength: 3,
    }),
  }),
);

const chat: fc.Arbitrary<ChatRequest> = fc.record({ messages: fc.array(message) });

test('a longer conversation is never estimated shorter', () => {
  fc.assert(
    fc.property(chat, message, (request, next) => {
      const longer = { messages: [...request.messages, next] };
      expect(estimatePromptTokens(longer)).toBeGreaterThan(estimatePromptTokens(request));
    }),
  );
});

test('any text at all is at least a token', () => {
  expect(estimateTokens(1)).toBe(1);
  expect(estimateTokens(0)).toBe(0);
  expect(estimateTokens(9)).toBe(3);
});

test('what a request offers beside its messages is counted too: tools, their schemas, images', () => {
  const messages: ChatMessage[] = [{ role: 'user', content: 'What is this?' }];
  const plain = estimatePromptTokens({ messages });
  const picture: ChatMessage = {
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image', url: `data:image/png;base64,${'A'.repeat(100_000)}` },
    ],
  };
  expect(estimatePromptTokens({ messages: [picture] }) - plain).toBe(85);
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ name: 'weather', description: 'The weather in a city', parameters }];
  expect(estimatePromptTokens({ messages, tools })).toBeGreaterThan(plain + 20);
});
