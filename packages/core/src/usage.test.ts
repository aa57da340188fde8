import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textOf } from './chat.ts';
import { NO_USAGE, promptTokens, type Usage } from './usage.ts';

const INPUTS = [
  'inputTokens',
  'cacheReadTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'cacheWriteOtherTokens',
] as const satisfies (keyof Usage)[];

test('a token read counts towards the prompt whichever bucket it is in, one written does not', () => {
  fc.assert(
    fc.property(fc.constantFrom(...INPUTS), fc.nat(), fc.nat(), (bucket, read, written) => {
      const usage = {
        ...NO_USAGE,
        outputTokens: written,
        reasoningTokens: written,
        [bucket]: read,
      };
      expect(promptTokens(usage)).toBe(read);
    }),
  );
});

test('the text of a message is its parts in order, without its images', () => {
  expect(
    textOf([
      { type: 'text', text: 'a cat ' },
      { type: 'image', url: 'https://example.com/cat.png' },
      { type: 'text', text: 'and a dog' },
    ]),
  ).toBe('a cat and a dog');
  expect(textOf(null)).toBe('');
});
