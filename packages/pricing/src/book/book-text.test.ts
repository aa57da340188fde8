import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeBook, makeModel, makeRow } from './book.fixture.ts';
import { bookText } from './book-text.ts';
import { parseBook } from './parse-book.ts';

const book = makeBook(
  makeModel({ model: 'gpt-b', aliases: ['z', 'a'] }),
  makeModel({ provider: 'azure' }),
  makeModel({
    model: 'gpt-a',
    prices: [
      makeRow({ from: '2026-02-01T00:00:00Z', feesUsd: { web_search: '1', file_search: '2' } }),
      makeRow({ until: '2026-02-01T00:00:00Z' }),
    ],
  }),
);

test('it is JSON with one model a line, sorted', () => {
  const lines = bookText(book).split('\n');
  expect(lines[0]).toBe('{"version":1,"builtOn":"2026-11-22","models":[');
  expect(lines.slice(1, 4).map((line) => line.slice(0, 40))).toEqual([
    '{"provider":"azure","model":"gpt-x","pri',
    '{"provider":"openai","model":"gpt-a","pr',
    '{"provider":"openai","model":"gpt-b","al',
  ]);
  expect(lines.slice(4)).toEqual([']}', '']);
});

test('it says what the book says', () => {
  const again = parseBook(JSON.parse(bookText(book)));
  expect(bookText(again)).toBe(bookText(book));
  expect(again.models).toHaveLength(3);
  expect(again.models[1]?.prices[0]?.until).toBe('2026-02-01T00:00:00Z');
});

test('the same prices in any order give the same text', () => {
  const shuffled = (value: unknown, seed: number): unknown => {
    if (Array.isArray(value)) return value.map((item) => shuffled(item, seed));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([name, field]) => [name, shuffled(field, seed)]);
    return Object.fromEntries(seed % 2 === 0 ? entries : entries.reverse());
  };
  const orders = fc.shuffledSubarray(book.models, { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(orders, fc.integer(), (models, seed) => {
      const other = parseBook(shuffled({ ...book, models }, seed));
      expect(bookText(other)).toBe(bookText(book));
    }),
  );
});

test('another price gives another text', () => {
  const dearer = makeBook(makeModel({ prices: [makeRow({ inputUsdPerMTok: '2.500001' })] }));
  expect(bookText(dearer)).not.toBe(bookText(makeBook(makeModel())));
});
