import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Price } from './price.ts';
import {
  formatPrices,
  PriceBook,
  type PriceHistory,
  parsePrices,
  pricesBetween,
  timeless,
} from './price-book.ts';

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

test('a price that its owner said of a name holds whatever a reply calls the model', () => {
  const own = timeless(CHEAP).map((row) => ({ ...row, own: true as const }));
  const mixed = new PriceBook(
    new Map<string, PriceHistory>([
      ['acme/mine', own],
      ['acme/nobody-knows', []],
      ['acme/large', timeless(DEAR)],
    ]),
    'h',
  );
  expect(mixed.priceOf('acme', 'mine', 0, 'large')).toBe(CHEAP);
  expect(mixed.priceOf('acme', 'nobody-knows', 0, 'large')).toBeUndefined();
  expect(mixed.priceOf('acme', 'large', 0, 'mine')).toBe(CHEAP);
  const kept = new PriceBook(parsePrices(formatPrices(mixed.prices)), 'h');
  expect(kept.priceOf('acme', 'mine', 0, 'large')).toEqual(CHEAP);
  expect(kept.priceOf('acme', 'nobody-knows', 0, 'large')).toBeUndefined();
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

test('of a time in which the price changes, every price that held is one', () => {
  const history = [
    { fromMs: 10, untilMs: 20, price: CHEAP },
    { fromMs: 20, untilMs: 40, price: DEAR },
  ];
  expect(pricesBetween(history, 0, 9)).toEqual([]);
  expect(pricesBetween(history, 5, 10)).toEqual([CHEAP]);
  expect(pricesBetween(history, 19, 20)).toEqual([CHEAP, DEAR]);
  expect(pricesBetween(history, 20, 99)).toEqual([DEAR]);
});

const word = fc.string({ minLength: 1, maxLength: 12 });
const anyPrice: fc.Arbitrary<Price> = fc.record(
  {
    inputPicoUsd: rate,
    outputPicoUsd: rate,
    contextTiers: fc.array(
      fc.record({ thresholdTokens: fc.nat(), operator: fc.constant('gt'), inputPicoUsd: rate }),
    ),
    serviceTiers: fc.dictionary(word, fc.record({ inputPicoUsd: rate }), { noNullPrototype: true }),
    timeBands: fc.array(
      fc.record({
        name: word,
        windows: fc.array(
          fc.record({ weekdays: fc.array(fc.nat()), fromMinute: fc.nat(), untilMinute: fc.nat() }),
        ),
        exceptDays: fc.array(fc.nat()),
      }),
    ),
    multipliers: fc.array(
      fc.record({
        when: fc.dictionary(word, word, { noNullPrototype: true }),
        perMille: fc.nat(),
      }),
    ),
    fees: fc.record({ web_search: rate }),
    zeroMeans: fc.constantFrom('free', 'flat_rate'),
    gpu: fc.record({ picoUsdPerGpuHour: rate, gpus: fc.nat() }),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const instant = fc.oneof(fc.constantFrom(Number.NEGATIVE_INFINITY), fc.integer());
const ending = fc.oneof(fc.constantFrom(Number.POSITIVE_INFINITY), fc.integer());

test('whatever a set of prices says can be read from its text again', () => {
  const dated = fc.record({ fromMs: instant, untilMs: ending, price: anyPrice });
  const history = fc.array(dated, { maxLength: 3 });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), history), { maxLength: 3 }), (list) => {
      const before = new Map(list);
      const text = formatPrices(before);
      const after = parsePrices(text);
      expect(after).toEqual(before);
      expect(formatPrices(after)).toBe(text);
    }),
  );
});
