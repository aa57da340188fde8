import {
  type ChatDelta,
  type ChatMessage,
  type ChatReply,
  type ChatRequest,
  type Content,
  type Json,
  REASONING_EFFORTS,
  SERVICE_TIERS,
  type TokenLogprob,
} from '@weir/core';
import fc from 'fast-check';
import { count, optional, text } from './events.fixture.ts';

/** Any chat, for what must survive the wire. */

/** A message of the contract, through its bytes and back: what a peer receives. */
export function sent<T>(
  codec: { encode(message: T): { finish(): Uint8Array }; decode(bytes: Uint8Array): T },
  message: T,
): T {
  return codec.decode(codec.encode(message).finish());
}

const double = fc.double({ noNaN: true });

const jsonObject = fc
  .dictionary(fc.string(), fc.jsonValue())
  .map((value) => JSON.parse(JSON.stringify(value)) as { [key: string]: Json });

const cache = optional(fc.constantFrom('5m' as const, '1h' as const));

const content: fc.Arbitrary<Content> = fc.oneof(
  text,
  fc.array(
    fc.oneof(
      fc.record({ type: fc.constant('text' as const), text, cache }),
      fc.record({
        type: fc.constant('image' as const),
        url: text,
        cache,
        detail: optional(fc.constantFrom('low', 'high')),
      }),
    ),
    { minLength: 1, maxLength: 3 },
  ),
);

const toolCall = fc.record({ id: text, name: text, arguments: text });

const message: fc.Arbitrary<ChatMessage> = fc.oneof(
  fc.record({
    role: fc.constantFrom('system' as const, 'developer' as const, 'user' as const),
    content,
    name: optional(text),
  }),
  fc.record({
    role: fc.constant('assistant' as const),
    content: fc.option(content, { nil: null }),
    name: optional(text),
    refusal: optional(text),
    toolCalls: optional(fc.array(toolCall, { minLength: 1, maxLength: 3 })),
    reasoning: optional(text),
    reasoningState: optional(text),
  }),
  fc.record({ role: fc.constant('tool' as const), content, toolCallId: text }),
);

export const chat: fc.Arbitrary<ChatRequest> = fc.record({
  messages: fc.array(message, { maxLength: 4 }),
  maxOutputTokens: optional(count),
  temperature: optional(double),
  topP: optional(double),
  frequencyPenalty: optional(double),
  presencePenalty: optional(double),
  stop: optional(fc.array(text, { minLength: 1, maxLength: 3 })),
  seed: optional(fc.maxSafeInteger()),
  tools: optional(
    fc.array(
      fc.record({
        name: text,
        description: optional(text),
        parameters: optional(jsonObject),
        strict: optional(fc.boolean()),
        cache,
      }),
      { minLength: 1, maxLength: 2 },
    ),
  ),
  toolChoice: optional(
    fc.oneof(
      fc.constantFrom('none' as const, 'auto' as const, 'required' as const),
      fc.record({ name: text }),
    ),
  ),
  parallelToolCalls: optional(fc.boolean()),
  responseFormat: optional(
    fc.oneof(
      fc.record({ type: fc.constantFrom('text' as const, 'json_object' as const) }),
      fc.record({
        type: fc.constant('json_schema' as const),
        name: text,
        schema: jsonObject,
        strict: optional(fc.boolean()),
      }),
    ),
  ),
  topLogprobs: optional(fc.nat({ max: 20 })),
  reasoning: optional(
    fc.record({
      effort: optional(fc.constantFrom(...REASONING_EFFORTS)),
      maxTokens: optional(count),
    }),
  ),
  promptCache: optional(
    fc.record({
      key: optional(text),
      retention: optional(fc.constantFrom('in_memory' as const, '24h' as const)),
      ttl: cache,
    }),
  ),
  prediction: optional(text),
  serviceTier: optional(fc.constantFrom(...SERVICE_TIERS)),
  priority: optional(fc.integer({ min: -100, max: 100 })),
  passthrough: optional(jsonObject),
});

const token: fc.Arbitrary<TokenLogprob> = fc.record({
  token: text,
  logprob: optional(double),
  top: fc.array(fc.record({ token: text, logprob: double }), { maxLength: 3 }),
});
const tokens = optional(fc.array(token, { maxLength: 6 }));

export const reply: fc.Arbitrary<ChatReply> = fc.record({
  text,
  refusal: optional(text),
  reasoning: optional(text),
  reasoningState: optional(text),
  toolCalls: fc.array(toolCall, { maxLength: 3 }),
  finish: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter'),
  tokens,
});

export const delta: fc.Arbitrary<ChatDelta> = fc.oneof(
  fc.record({ type: fc.constant('text-delta' as const), text, tokens }),
  fc.record({ type: fc.constant('refusal-delta' as const), text }),
  fc.record({ type: fc.constant('reasoning-delta' as const), text, state: optional(text) }),
  fc.record({
    type: fc.constant('tool-delta' as const),
    index: fc.nat({ max: 127 }),
    id: optional(text),
    name: optional(text),
    arguments: text,
  }),
);

export const expectation = fc.record({
  keywords: fc.array(text),
  pattern: optional(text),
  minCharacters: optional(count),
  maxCharacters: optional(count),
});
