import { describe, expect, test } from 'vitest';
import { Reading } from '../reading.ts';
import { CUT_OFF, LAST_LINE } from './ending.ts';
import { readingOf } from './reading.fixture.ts';

describe('an answer that is complete', () => {
  test.each([
    'It is on its way.',
    'Paris',
    'It costs 18 dollars',
    'We need 13.\n#### 13',
    'First this.\n- apples\n- pears',
    'All done :)',
    '1) tea\n2) milk',
    '```js\nf(1);\n```',
    '{"city": "Ulm"}',
    'Wirklich? Ja!',
    '他说好。',
    'Title\nA line of a poem without a stop',
  ])('%j', (text) => {
    expect(CUT_OFF.read(readingOf(text))).toBe(0);
  });
});

describe('an answer that breaks off', () => {
  test.each([
    'We have eggs, milk,',
    'The total is 12 +',
    'It costs $2 (or',
    '{"city": "Ulm", "age": 3',
    'Use this:\n```js\nf(1);',
    'She sells 40 cups.\n\nTo find out how many she ne',
  ])('%j', (text) => {
    expect(CUT_OFF.read(readingOf(text))).toBe(1);
  });
});

test('an answer that the limit ended is cut off, whatever it ends with', () => {
  const reply = { text: 'It is done.', toolCalls: [], finish: 'length' } as const;
  expect(CUT_OFF.read(new Reading({ messages: [] }, reply))).toBe(1);
});

test('the last line is measured without what is blank around it', () => {
  expect(LAST_LINE.read(readingOf('Some thoughts.\n42 \n\n'))).toBeCloseTo(Math.log(3));
  expect(LAST_LINE.read(readingOf('42'))).toBeCloseTo(Math.log(3));
});

test('an answer without a word has no ending', () => {
  for (const text of ['', ' \n\n ']) {
    expect(CUT_OFF.read(readingOf(text))).toBeUndefined();
    expect(LAST_LINE.read(readingOf(text))).toBeUndefined();
  }
});
