import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CAPITALISED, hashOf, SHORT, SINGLE, STARTS_SENTENCE, Words } from './words.ts';

function hashesOf(...words: string[]): number[] {
  return words.map(hashOf);
}

test.each([
  ['The cat, THE cat.', ['the', 'cat', 'the', 'cat']],
  ["I don't know", ['i', 'don', 't', 'know']],
  ['Ärger ÉTÉ Привет', ['ärger', 'été', 'привет']],
  ['cafe\u0301 नमस्ते', ['cafe\u0301', 'नमस्ते']],
  ['GPT模型 好', ['gpt', '模', '型', '好']],
  ['order A17, 3 items', ['order', 'a17', '3', 'items']],
  ['a\u0000b \ud800 🙂 — ', ['a', 'b']],
  ['', []],
])('the words of %j are %j', (text, words) => {
  expect(new Words(text).hashes).toEqual(hashesOf(...words));
});

test.each([
  ['It is 3.5 m. See example.org! Fine', 3],
  ['One line\nanother line\n\n', 2],
  ['…', 0],
  ['他说好。再见！', 2],
  ['no stop', 1],
])('%j has %i sentences', (text, sentences) => {
  expect(new Words(text).sentences).toBe(sentences);
});

test('a word tells its case, its length and whether it starts a sentence', () => {
  expect(new Words('We met Ann at 7 in Ulm. Élan vital').flags).toEqual([
    CAPITALISED | STARTS_SENTENCE | SHORT,
    SHORT,
    CAPITALISED | SHORT,
    SHORT,
    SINGLE | SHORT,
    SHORT,
    CAPITALISED | SHORT,
    CAPITALISED | STARTS_SENTENCE,
    0,
  ]);
});

test('it is known where numbers start, and not where digits end a name', () => {
  expect(new Words('7 of A4, then 12.5').numberStarts).toEqual([0, 14, 17]);
});

test('each word is held once, in the order of first use', () => {
  const words = new Words('b a B c a');
  expect(words.distinct).toEqual(hashesOf('b', 'a', 'c'));
  expect(words.has(hashOf('c'))).toBe(true);
  expect(words.has(hashOf('d'))).toBe(false);
});

test('a text is left alone by those read after it', () => {
  const words = new Words('one two');
  new Words('three four five');
  expect(words.hashes).toEqual(hashesOf('one', 'two'));
});

test('the case of a text and what surrounds it change no word', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/)), (words) => {
      const plain = new Words(words.join(' '));
      expect(plain.hashes).toEqual(hashesOf(...words));
      expect(new Words(`(${words.join(' - ').toUpperCase()})`).hashes).toEqual(plain.hashes);
    }),
  );
});

test('all there is to know of words holds for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const words = new Words(text);
      expect(words.flags.length).toBe(words.count);
      expect(words.sentences).toBeLessThanOrEqual(words.count);
      expect(words.letters).toBeLessThanOrEqual(text.length);
      expect(words.distinct).toEqual([...new Set(words.hashes)]);
      expect(words.hashes.every((hash) => words.has(hash))).toBe(true);
    }),
  );
});
