import { expect, test } from 'vitest';
import { UNSUPPORTED_ADDRESSES } from './addresses.ts';
import { readingOf } from './reading.fixture.ts';

const HELP = 'See https://example.org/help?x=1 and http://example.org.';

test.each([
  ['Read [this](https://example.org/help?x=1).', 0],
  ['It is at http://example.org/help?x=1!', 0],
  ['It is at https://example.com/made-up.', 1],
  ['<https://example.org>, or https://example.org/other', 0.5],
])('of the addresses in %j, the share %f is from nowhere', (answer, value) => {
  expect(UNSUPPORTED_ADDRESSES.read(readingOf(answer, 'Where?', HELP))).toBe(value);
  expect(UNSUPPORTED_ADDRESSES.read(readingOf(answer, HELP))).toBe(value);
});

test('an answer without addresses has none that are unsupported', () => {
  expect(UNSUPPORTED_ADDRESSES.read(readingOf('Ask them.', HELP))).toBeUndefined();
  expect(UNSUPPORTED_ADDRESSES.read(readingOf('a :// b', HELP))).toBeUndefined();
});
