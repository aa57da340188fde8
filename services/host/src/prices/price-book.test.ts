import { defaultConfig, KNOWN_VARIABLES, parseConfig } from '@weir/config';
import type { Book } from '@weir/pricing';
import { expect, test } from 'vitest';
import { priceBook } from './price-book.ts';

const SHIPPED: Book = {
  version: 1,
  builtOn: '2026-11-22',
  models: [
    {
      provider: 'openai',
      model: 'gpt-x',
      aliases: ['gpt-x-2026-01-01'],
      prices: [
        {
          until: '2026-08-01T00:00:00Z',
          source: 'https://openai.com/pricing',
          checkedOn: '2026-07-01',
          inputUsdPerMTok: '5',
          outputUsdPerMTok: '30',
        },
        {
          from: '2026-08-01T00:00:00Z',
          source: 'https://openai.com/pricing',
          checkedOn: '2026-11-22',
          inputUsdPerMTok: '4',
          outputUsdPerMTok: '20',
        },
      ],
    },
  ],
};

function bookFor(baseUrl: string, model = 'gpt-x: {}', read = () => SHIPPED) {
  const text = `
providers:
  mine:
    dialect: openai
    baseUrl: ${baseUrl}
    models:
      ${model}
routes:
  support: { escalate: [{ model: mine/gpt-x }] }
`;
  return priceBook(parseConfig(text, 'weir.yaml'), read);
}

const NOW = Date.parse('2026-11-22T00:00:00Z');
const VENDOR = 'https://api.openai.com/v1';

test('at a vendor’s own address the shipped book has the price, of the time and under every name of the model', () => {
  const book = bookFor(VENDOR);
  expect(book.priceOf('mine', 'gpt-x', NOW)?.inputPicoUsd).toBe(4_000_000n);
  expect(book.priceOf('mine', 'gpt-x', Date.parse('2026-07-31T00:00:00Z'))?.inputPicoUsd).toBe(
    5_000_000n,
  );
  expect(book.priceOf('mine', 'other', NOW, 'gpt-x-2026-01-01')?.outputPicoUsd).toBe(20_000_000n);
});

test('anybody else who speaks the same dialect has prices of its own', () => {
  expect(bookFor('https://reseller.example/v1').priceOf('mine', 'gpt-x', NOW)).toBeUndefined();
});

test('what the configuration says goes before the book, which is then not even read', () => {
  const unread = () => {
    throw new Error('was read');
  };
  const price = 'gpt-x: { price: { inputUsdPerMTok: "1", outputUsdPerMTok: "2" } }';
  const book = bookFor(VENDOR, price, unread);
  expect(book.priceOf('mine', 'gpt-x', NOW)?.inputPicoUsd).toBe(1_000_000n);
});

test('every model that Weir sets up by itself has a price in the book that comes with it', () => {
  const config = defaultConfig({ variables: new Set(KNOWN_VARIABLES), engine: undefined });
  const book = priceBook(config);
  const unpriced = Object.entries(config.providers).flatMap(([provider, { models }]) =>
    Object.keys(models).filter((model) => !book.priceOf(provider, model, NOW)),
  );
  expect(Object.keys(config.providers)).toHaveLength(KNOWN_VARIABLES.length);
  expect(unpriced).toEqual([]);
});
