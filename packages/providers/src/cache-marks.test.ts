import type { ChatRequest, ContentPart } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasCacheMarks, withCacheMarks } from './cache-marks.ts';

const part: fc.Arbitrary<ContentPart> = fc.record({
  type: fc.constant('text' as const),
  text: fc.string({ minLength: 1 }),
  cache: fc.option(fc.constantFrom('5m' as const, '1h' as const), { nil: undefined }),
});
const request: fc.Arbitrary<ChatRequest> = fc.record({
  messages: fc.array(
    fc.record({
      role: fc.constantFrom('system' as const, 'user' as const),
      content: fc.oneof(fc.string(), fc.array(part, { maxLength: 4 })),
    }),
    { maxLength: 5 },
  ),
  tools: fc.array(
    fc.record({
      name: fc.string(),
      cache: fc.option(fc.constant('5m' as const), { nil: undefined }),
    }),
    { maxLength: 3 },
  ),
});

/** Everything that may be marked, in the order in which its mark goes. */
function marks({ messages, tools }: ChatRequest): boolean[] {
  const isTurn = ({ role }: { role: string }) => role !== 'system';
  const parts = (kept: typeof messages) =>
    kept.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  return [
    ...parts(messages.filter(isTurn)),
    ...parts(messages.filter((message) => !isTurn(message))),
    ...(tools ?? []),
  ].map(({ cache }) => cache !== undefined);
}

test('marks beyond the limit go, those of earlier turns first, and nothing else of the request', () => {
  fc.assert(
    fc.property(request, fc.nat({ max: 4 }), (asked, most) => {
      const dropped = new Set<string>();
      const kept = withCacheMarks(asked, most, dropped);
      const before = marks(asked);
      const count = before.filter(Boolean).length;
      const gone = Math.max(0, count - most);
      let passed = 0;
      expect(marks(kept)).toEqual(before.map((isMarked) => isMarked && ++passed > gone));
      expect([...dropped]).toEqual(gone > 0 ? ['cache_control'] : []);
      const plain = (value: ChatRequest) =>
        JSON.stringify(value, (key, inner) => (key === 'cache' ? undefined : inner));
      expect(plain(kept)).toBe(plain(asked));
    }),
  );
});

test('a mark that the provider is to place itself counts, and stays', () => {
  const dropped = new Set<string>();
  const content = [{ type: 'text', text: 'a', cache: '5m' }] as const;
  const asked: ChatRequest = { messages: [{ role: 'user', content }], promptCache: { ttl: '5m' } };
  const kept = withCacheMarks(asked, 1, dropped);
  expect(kept.promptCache).toEqual({ ttl: '5m' });
  expect(marks(kept)).toEqual([false]);
  expect(hasCacheMarks(kept)).toBe(true);
  expect(hasCacheMarks({ messages: [{ role: 'user', content: 'a' }] })).toBe(false);
});
