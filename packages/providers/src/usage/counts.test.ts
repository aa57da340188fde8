import { UsageError } from '@weir/core';
import { expect, test } from 'vitest';
import { countOf, fieldOf, partOf, partsOf, sumOf, usageWire, wordOf } from './counts.ts';

function thrown(read: () => unknown): UsageError {
  try {
    read();
  } catch (error) {
    if (error instanceof UsageError) return error;
  }
  throw new Error('no usage error');
}

test.each([
  ['1.5', 1.5, 'usage_invalid_non_integer'],
  ['-0.5', -0.5, 'usage_invalid_non_integer'],
  ['-1', -1, 'usage_invalid_negative'],
  ['-1e+300', -1e300, 'usage_invalid_negative'],
  ['9007199254740992', 2 ** 53, 'usage_invalid_unsafe_integer'],
  ['Infinity', Number.POSITIVE_INFINITY, 'usage_invalid_non_finite'],
  ['-Infinity', Number.NEGATIVE_INFINITY, 'usage_invalid_non_finite'],
  ['NaN', Number.NaN, 'usage_invalid_non_finite'],
  ['a string', '100', 'usage_invalid_type'],
  ['a boolean', true, 'usage_invalid_type'],
  ['a bigint', 5n, 'usage_invalid_type'],
  ['a list', [5], 'usage_invalid_type'],
  ['an object', { tokens: 5 }, 'usage_invalid_type'],
])('a count that is %s is refused, and the error says where it stood', (what, value, code) => {
  const error = thrown(() => countOf({ prompt_tokens: value }, 'prompt_tokens'));
  expect(error.code).toBe(code);
  expect(error.message).toContain('prompt_tokens');
  expect(error.message).toContain(what);
});

test('an error never quotes text that a provider sent', () => {
  const secret = 'the prompt was: hello';
  for (const read of [
    () => countOf({ tokens: secret }, 'tokens'),
    () => partOf({ tokens: secret }, 'tokens'),
    () => partsOf({ tokens: secret }, 'tokens'),
    () => usageWire(secret),
  ]) {
    expect(thrown(read).message).not.toContain('hello');
  }
});

test('the largest exact count is taken, and a zero is a zero whatever its sign', () => {
  expect(countOf({ n: Number.MAX_SAFE_INTEGER }, 'n')).toBe(Number.MAX_SAFE_INTEGER);
  expect(countOf({ n: -0 }, 'n')).toBe(0);
});

test('null is absence', () => {
  expect(countOf({ n: null }, 'n')).toBeUndefined();
  expect(partOf({ n: null }, 'n')).toBeUndefined();
  expect(partsOf({ n: null }, 'n')).toEqual([]);
});

test('only what an object has itself is read, never what it inherits', () => {
  const heir = Object.create({ prompt_tokens: 7 }) as Record<string, unknown>;
  expect(fieldOf(heir, 'prompt_tokens')).toBeUndefined();
  expect(fieldOf({}, 'constructor')).toBeUndefined();
  const text = '{"__proto__":{"prompt_tokens":7}}';
  expect(countOf(JSON.parse(text) as Record<string, unknown>, 'prompt_tokens')).toBeUndefined();
});

test('a list with something that has no fields is refused', () => {
  expect(thrown(() => partsOf({ list: [{}, 3] }, 'list')).code).toBe('usage_invalid_type');
});

test('a word is short and without spaces; anything else could be prose and stays out', () => {
  expect(wordOf({ tier: 'on_demand-2' }, 'tier')).toBe('on_demand-2');
  for (const tier of ['please do', 'x'.repeat(201), '', 'a\nb', 5]) {
    expect(wordOf({ tier }, 'tier')).toBeUndefined();
  }
});

test('counts whose sum is beyond exactness are refused, even when each of them is exact', () => {
  const huge = {
    inputTokens: Number.MAX_SAFE_INTEGER,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    cacheWriteOtherTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
  };
  expect(thrown(() => sumOf([huge, huge])).code).toBe('usage_invalid_unsafe_integer');
});
