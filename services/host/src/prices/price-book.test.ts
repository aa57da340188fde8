import { defaultConfig, KNOWN_VARIABLES, parseConfig } from '@weir/config';
import type { Book } from '@weir/pricing';
import { expect, test } from 'vitest';
import { idleConditions, priceBook, unpricedHint, unpricedModels } from './price-book.ts';

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

test('a price of the configuration holds whatever the reply calls the model, and for no other', () => {
  const models = `gpt-x: { price: { inputUsdPerMTok: "1", outputUsdPerMTok: "2" } }
      other: {}`;
  const book = bookFor(VENDOR, models);
  for (const served of ['', 'gpt-x', 'gpt-x-2026-01-01', 'elsewhere']) {
    expect(book.priceOf('mine', 'gpt-x', NOW, served)?.inputPicoUsd).toBe(1_000_000n);
  }
  expect(book.priceOf('mine', 'other', NOW, 'gpt-x-2026-01-01')?.inputPicoUsd).toBe(4_000_000n);
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

const bookWith = (price: string) =>
  bookFor('http://127.0.0.1:8000/v1', `gpt-x: { price: ${price.replaceAll('\n', ' ')} }`);

test('a price of the configuration says all that one of the book can say', () => {
  const book = bookWith(`{
    inputUsdPerMTok: 2, outputUsdPerMTok: "10.00",
    contextTiers: [{ thresholdTokens: 200000, operator: gte, inputUsdPerMTok: 4, outputUsdPerMTok: 20 }],
    serviceTiers: { flex: { inputUsdPerMTok: 1, outputUsdPerMTok: 5 } },
    timeBands: [{ name: peak, windows: [{ weekdays: [0], from: "01:00", until: "24:00" }],
      inputUsdPerMTok: 3, outputUsdPerMTok: 15 }],
    multipliers: [{ when: { region: eu }, factor: 1.1 }],
    feesUsd: { web_search: 0.01 } }`);
  expect(book.priceOf('mine', 'gpt-x', NOW)).toEqual({
    inputPicoUsd: 2_000_000n,
    outputPicoUsd: 10_000_000n,
    contextTiers: [
      {
        thresholdTokens: 200_000,
        operator: 'gte',
        inputPicoUsd: 4_000_000n,
        outputPicoUsd: 20_000_000n,
      },
    ],
    serviceTiers: { flex: { inputPicoUsd: 1_000_000n, outputPicoUsd: 5_000_000n } },
    timeBands: [
      {
        name: 'peak',
        windows: [{ weekdays: [0], fromMinute: 60, untilMinute: 1440 }],
        inputPicoUsd: 3_000_000n,
        outputPicoUsd: 15_000_000n,
      },
    ],
    multipliers: [{ when: { region: 'eu' }, perMille: 1100 }],
    fees: { web_search: 10_000_000_000n },
  });
});

test('prices of the configuration follow one another by time, tokens and hardware alike', () => {
  const book = bookWith(`[
    { until: 2026-11-01T00:00:00Z, inputUsdPerMTok: 1, outputUsdPerMTok: 1 },
    { from: 2026-11-01T00:00:00Z, until: 2026-12-01T00:00:00Z, gpuUsdPerHour: "2.49", gpus: 2 }]`);
  const at = (time: string) => book.priceOf('mine', 'gpt-x', Date.parse(time));
  expect(at('2026-10-31T23:59:59Z')?.inputPicoUsd).toBe(1_000_000n);
  expect(at('2026-11-01T00:00:00Z')).toEqual({
    gpu: { picoUsdPerGpuHour: 2_490_000_000_000n, gpus: 2 },
  });
  expect(at('2026-12-01T00:00:00Z')).toBeUndefined();
});

test('a model whose price is not known now is named, by the setting that would give it one', () => {
  const text = `
providers:
  mine:
    baseUrl: http://127.0.0.1:8000/v1
    models:
      org/big: {}
      late: { price: [{ from: 2030-01-01T00:00:00Z, gpuUsdPerHour: 1 }] }
      free: { price: { inputUsdPerMTok: 0, outputUsdPerMTok: 0 } }
      named: { id: free }
routes:
  support: { escalate: [{ model: mine/free }] }
`;
  const config = parseConfig(text, 'weir.yaml');
  expect(unpricedModels(config, priceBook(config), NOW)).toEqual(['mine/org/big', 'mine/late']);
  expect(unpricedHint('mine/org/big', config)).toMatch(
    /^no price is known for now: set providers\.mine\.models\.org\/big\.price, or .* for them$/,
  );
});

test('a condition that moves no price is named', () => {
  const text = `
providers:
  mine:
    baseUrl: http://127.0.0.1:8000/v1
    conditions: { region: eu, regoin: eu, zone: b }
    models:
      small: { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1,
        multipliers: [{ when: { region: eu }, factor: 2 }, { when: { zone: a }, factor: 2 }] } }
  cloud:
    dialect: azure
    baseUrl: https://acme.openai.azure.com/openai/v1
    conditions: { processing_region: global, region: eu }
    models: { prod: {} }
routes:
  support: { escalate: [{ model: mine/small }] }
`;
  const config = parseConfig(text, 'weir.yaml');
  expect(idleConditions(config, priceBook(config))).toEqual([
    'providers.mine.conditions.regoin: eu',
    'providers.mine.conditions.zone: b',
    'providers.cloud.conditions.region: eu',
  ]);
});
