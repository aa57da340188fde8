import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from './suggest.ts';

const KNOWN = ['timeoutMs', 'maxAttempts', 'draft', 'escalate', 'scorer'];

test.each([
  ['timeoutms', 'timeoutMs'],
  ['timeout', 'timeoutMs'],
  ['maxAttemps', 'maxAttempts'],
  ['dratf', 'draft'],
  ['Escalate', 'escalate'],
])('"%s" was meant to be "%s"', (word, meant) => {
  expect(nearest(word, KNOWN)).toBe(meant);
});

test.each(['password', 'x', 'somethingElseEntirely'])('"%s" is near to nothing', (word) => {
  expect(nearest(word, KNOWN)).toBeUndefined();
});

test('the right word is always its own nearest', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1 })),
      fc.string({ minLength: 1 }),
      (words, word) => {
        expect(nearest(word, [...words, word])?.toLowerCase()).toBe(word.toLowerCase());
      },
    ),
  );
});
