import { expect, test } from 'vitest';
import { UNSUPPORTED_NAMES } from './names.ts';
import { readingOf } from './reading.fixture.ts';

test.each([
  ['We sent it to Ann in Ulm.', 'Where is the parcel of ann in ULM?', 0],
  ['We sent it to Bea in Ulm.', 'Where is the parcel of Ann in Ulm?', 0.5],
  ['{"name": "Bea"}', 'Extract: Ann', 1],
])('of the names in %j after %j, the share %f is from nowhere', (answer, question, value) => {
  expect(UNSUPPORTED_NAMES.read(readingOf(answer, question))).toBe(value);
});

test('a name that the context has is supported', () => {
  expect(UNSUPPORTED_NAMES.read(readingOf('Ask for Bea.', 'Whom?', 'Bea works here.'))).toBe(0);
});

test('the beginnings of sentences and single letters are no names', () => {
  expect(UNSUPPORTED_NAMES.read(readingOf('Yes. Then I go home.\nLater'))).toBeUndefined();
});
