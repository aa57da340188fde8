import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Price } from './price.ts';
import { formatPrices, PriceBook, type PriceHistory, timeless } from './price-book.ts';

const CHEAP: Price = { inputPicoUsd: 1n, outputPicoUsd: 2n };
const DEAR: Price = { inputPicoUsd: 10n, outputPicoUsd: 20n };
const book = new PriceBook(
  new Map([
    ['acme/small', timeless(CHEAP)],
    ['acme/large', timeless(DEAR)],
  ]),
  'h',
);

test('the model that served is billed, not the one that was asked for', () => {
  expect(book.priceOf('acme', 'small', 0, 'large')).toBe(DEAR);
});

test('a served name that the book does not know is an alias of what was asked for', () => {
  expect(book.priceOf('acme', 'small', 0, 'small-2026-08-01')).toBe(CHEAP);
  expect(book.priceOf('acme', 'large', 0)).toBe(DEAR);
});

test('a model without a price has none; it is not free', () => {
  expect(book.priceOf('acme', 'unheard-of', 0)).toBeUndefined();
  expect(book.priceOf('other', 'small', 0)).toBeUndefined();
});

const rate = fc.bigInt({ min: 0n, max: 1000n });
const entry: fc.Arbitrary<[string, PriceHistory]> = fc.tuple(
  fc.stringMatching(/^[a-z]{1,8}\/[a-z]{1,8}$/),
  fc
    .record({
      inputPicoUsd: rate,
      outputPicoUsd: rate,
      cacheReadPicoUsd: fc.option(rate, { nil: undefined }),
      cacheWrite5mPicoUsd: fc.option(rate, { nil: undefined }),
      cacheWrite1hPicoUsd: fc.option(rate, { nil: undefined }),
    })
    .map(timeless),
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
      const [[model, history]] = list as [[string, PriceHistory]];
      const price = history[0]?.price ?? CHEAP;
      const was = price[field];
      const changed = timeless({ ...price, [field]: was === undefined ? 0n : was + 1n });
      expect(formatPrices(new Map([...list, [model, changed]]))).not.toBe(
        formatPrices(new Map(list)),
      );
    }),
  );
});

test('a price holds from its instant up to the next, and where nobody said any there is none', () => {
  const history = [
    { fromMs: 10, untilMs: 20, price: CHEAP },
    { fromMs: 30, untilMs: 40, price: DEAR },
  ];
  const dated = new PriceBook(new Map([['acme/small', history]]), 'h');
  const at = (ms: number) => dated.priceOf('acme', 'small', ms);
  expect([9, 10, 19, 20, 29, 30, 40].map(at)).toEqual([
    undefined,
    CHEAP,
    CHEAP,
    undefined,
    undefined,
    DEAR,
    undefined,
  ]);
});
