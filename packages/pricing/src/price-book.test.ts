import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Price } from './price.ts';
import { formatPrices, PriceBook } from './price-book.ts';

const CHEAP: Price = { inputPicoUsd: 1n, outputPicoUsd: 2n };
const DEAR: Price = { inputPicoUsd: 10n, outputPicoUsd: 20n };
const book = new PriceBook(
  new Map([
    ['acme/small', CHEAP],
    ['acme/large', DEAR],
  ]),
  'h',
);

test('the model that served is billed, not the one that was asked for', () => {
  expect(book.priceOf('acme', 'small', 'large')).toBe(DEAR);
});

test('a served name that the book does not know is an alias of what was asked for', () => {
  expect(book.priceOf('acme', 'small', 'small-2026-08-01')).toBe(CHEAP);
  expect(book.priceOf('acme', 'large')).toBe(DEAR);
});

test('a model without a price has none; it is not free', () => {
  expect(book.priceOf('acme', 'unheard-of')).toBeUndefined();
  expect(book.priceOf('other', 'small')).toBeUndefined();
});

const rate = fc.bigInt({ min: 0n, max: 1000n });
const entry: fc.Arbitrary<[string, Price]> = fc.tuple(
  fc.stringMatching(/^[a-z]{1,8}\/[a-z]{1,8}$/),
  fc.record({
    inputPicoUsd: rate,
    outputPicoUsd: rate,
    cacheReadPicoUsd: fc.option(rate, { nil: undefined }),
    cacheWrite5mPicoUsd: fc.option(rate, { nil: undefined }),
    cacheWrite1hPicoUsd: fc.option(rate, { nil: undefined }),
  }),
);
const prices = fc.uniqueArray(entry, { minLength: 1, maxLength: 8, selector: ([model]) => model });

test('the same prices in any order have the same text', () => {
  fc.assert(
    fc.property(
      prices.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
      ),
      ([list, shuffled]) => {
        expect(formatPrices(new Map(shuffled))).toBe(formatPrices(new Map(list)));
      },
    ),
  );
});

test('any change of any price changes the text, and absent is not zero', () => {
  const fields = [
    'inputPicoUsd',
    'outputPicoUsd',
    'cacheReadPicoUsd',
    'cacheWrite5mPicoUsd',
    'cacheWrite1hPicoUsd',
  ] as const;
  fc.assert(
    fc.property(prices, fc.constantFrom(...fields), (list, field) => {
      const [[model, price]] = list as [[string, Price]];
      const was = price[field];
      const changed = { ...price, [field]: was === undefined ? 0n : was + 1n };
      expect(formatPrices(new Map([...list, [model, changed]]))).not.toBe(
        formatPrices(new Map(list)),
      );
    }),
  );
});
