import { expect, test } from 'vitest';
import { Lexicon } from './lexicon.ts';
import { hashOf } from './words.ts';

test('what several entries say of a word is put together', () => {
  const lexicon = new Lexicon<number>(
    [
      ['la', 1],
      ['le', 2],
      ['la', 4],
    ],
    (some, others) => some | others,
  );
  expect(lexicon.get(hashOf('la'))).toBe(5);
  expect(lexicon.get(hashOf('le'))).toBe(2);
  expect(lexicon.get(hashOf('il'))).toBeUndefined();
});
