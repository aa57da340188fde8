import { describe, expect, test } from 'vitest';
import { HEDGING, REFUSAL, SECOND_THOUGHTS } from './doubts.ts';
import { readingOf } from './reading.fixture.ts';

describe('hedges are counted per sentence', () => {
  test.each([
    ['The parcel leaves today.', 0],
    ['I think it is probably Tuesday.', 2],
    ["I'm not sure. It closes at six.", 1],
    ['Es ist vermutlich Dienstag. Ich glaube schon.', 1],
    ['Il ouvre peut-être demain.', 1],
    ['Tal vez mañana.', 1],
    ['I thought about it; we think so.', 0],
  ])('%j: %f', (text, value) => {
    expect(HEDGING.read(readingOf(text))).toBe(value);
  });
});

describe('a refusal counts wherever it stands', () => {
  test.each([
    ['Of course. Unfortunately I cannot open the invoice.', 0.5],
    ['The document does not specify a date.', 1],
    ['Das weiß ich leider nicht.', 1],
    ['Je ne peux pas vous aider.', 1],
    ['Lo siento, no puedo.', 2],
    ['You cannot lose.', 0],
  ])('%j: %f', (text, value) => {
    expect(REFUSAL.read(readingOf(text))).toBe(value);
  });
});

test('taking back what was said is counted too', () => {
  expect(SECOND_THOUGHTS.read(readingOf('It is 12. Wait, it is 13.'))).toBe(0.5);
  expect(SECOND_THOUGHTS.read(readingOf('It is 12. And that is it.'))).toBe(0);
});

test('an answer without a word has no doubts', () => {
  for (const signal of [HEDGING, REFUSAL, SECOND_THOUGHTS])
    expect(signal.read(readingOf(''))).toBe(0);
});
