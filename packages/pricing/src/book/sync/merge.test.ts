import { describe, expect, test } from 'vitest';
import { parseNumbersAsText } from '../number-text.ts';
import { priceAt } from '../price-at.ts';
import type { BookModel } from '../schema.ts';
import { readGenaiPrices } from './genai-prices.ts';
import { readLitellm } from './litellm.ts';
import { buildBook } from './merge.ts';
import { readModelsDev } from './models-dev.ts';
import { type Overlay, parseOverlay } from './overlay.ts';

interface Sources {
  readonly litellm?: Record<string, object>;
  readonly genai?: object[];
  readonly modelsDev?: Record<string, object>;
  readonly overlay?: Partial<Overlay>;
}

const source = (name: string, checkedOn: string) => ({
  source: `https://example.com/${name}`,
  checkedOn,
  today: '2026-11-22',
  free: new Set<string>(),
});
const asText = (json: unknown) => parseNumbersAsText(JSON.stringify(json));

/** All of OpenAI, each catalog on a day of its own. */
function merge({ litellm = {}, genai = [], modelsDev = {}, overlay = {} }: Sources) {
  const entries = Object.entries(litellm).map(([name, fields]) => [
    name,
    { litellm_provider: 'openai', mode: 'chat', ...fields },
  ]);
  return buildBook({
    litellm: readLitellm(asText(Object.fromEntries(entries)), source('litellm', '2026-08-01')),
    genaiPrices: readGenaiPrices(
      asText([{ id: 'openai', models: genai }]),
      source('genai', '2026-08-21'),
    ),
    modelsDev: readModelsDev(
      asText({ openai: { models: modelsDev } }),
      source('models-dev', '2026-07-02'),
    ),
    overlay: parseOverlay({
      version: 1,
      pinned: [],
      free: [],
      changes: [],
      feesUsd: {},
      models: [],
      ...overlay,
    }),
    builtOn: '2026-11-22',
  });
}

const perToken = (input: number, output: number, more: object = {}) => ({
  input_cost_per_token: input / 1_000_000,
  output_cost_per_token: output / 1_000_000,
  ...more,
});
const genaiModel = (id: string, prices: unknown, match: object = { equals: id }) => ({
  id,
  match,
  prices,
});
const byHand: BookModel = {
  provider: 'openai',
  model: 'm',
  prices: [
    {
      source: 'https://openai.com/pricing',
      checkedOn: '2026-11-22',
      inputUsdPerMTok: '7',
      outputUsdPerMTok: '8',
    },
  ],
};

describe('who is believed', () => {
  test('LiteLLM before the others', () => {
    const { book, report } = merge({
      litellm: { m: perToken(1, 2) },
      genai: [genaiModel('m', { input_mtok: 3, output_mtok: 2 })],
      modelsDev: { m: { cost: { input: '5', output: '2.0' } } },
    });
    expect(book.models[0]?.prices[0]).toMatchObject({
      inputUsdPerMTok: '1',
      source: 'https://example.com/litellm',
      checkedOn: '2026-08-01',
    });
    expect(report.disagreements).toEqual([
      {
        model: 'openai/m',
        kind: 'input',
        figures: { litellm: '1', 'genai-prices': '3', 'models.dev': '5' },
      },
    ]);
  });

  test('genai-prices before models.dev, if it names the model', () => {
    const { book } = merge({
      genai: [genaiModel('m', { input_mtok: 3, output_mtok: 4 })],
      modelsDev: { m: { cost: { input: 5, output: 6 } } },
    });
    expect(book.models[0]?.prices[0]?.source).toBe('https://example.com/genai');
  });

  test('models.dev where genai-prices only matches the name of a newer model', () => {
    const { book } = merge({
      genai: [genaiModel('m', { input_mtok: 3, output_mtok: 4 }, { starts_with: 'm' })],
      modelsDev: { 'm-2': { cost: { input: 5, output: 6 } } },
    });
    expect(book.models[0]?.prices[0]?.source).toBe('https://example.com/models-dev');
  });

  test('nobody, of a model that only genai-prices has: it may be long gone', () => {
    const { book, report } = merge({ genai: [genaiModel('m', { input_mtok: 3, output_mtok: 4 })] });
    expect(book.models).toEqual([]);
    expect(report.unconfirmed).toEqual(['openai/m']);
  });

  test('what is kept by hand before everything, with limits that it does not say', () => {
    const { book, report } = merge({
      litellm: { m: perToken(1, 2, { max_input_tokens: 1000 }) },
      modelsDev: { m: { cost: { input: 5, output: 6 }, limit: { context: 2000, output: 10 } } },
      overlay: { models: [byHand] },
    });
    expect(book.models).toEqual([{ ...byHand, contextTokens: 2000, maxOutputTokens: 10 }]);
    expect(report.overruled).toContainEqual({
      model: 'openai/m',
      kind: 'input',
      figures: { overlay: '7', litellm: '1' },
    });
  });

  test('an alias that is kept by hand, before the model of that name', () => {
    const { book } = merge({
      litellm: { 'm-latest': perToken(1, 2) },
      overlay: { models: [{ ...byHand, aliases: ['m-latest'] }] },
    });
    expect(book.models.map(({ model }) => model)).toEqual(['m']);
  });

  test('nobody brings back what LiteLLM says is retired', () => {
    const { book } = merge({
      litellm: { m: perToken(1, 2, { deprecation_date: '2026-01-01' }) },
      modelsDev: { m: { cost: { input: 1, output: 2 } } },
    });
    expect(book.models).toEqual([]);
  });
});

describe("where genai-prices agrees with LiteLLM on LiteLLM's day", () => {
  const dated = [
    { prices: { input_mtok: 5, output_mtok: 6 } },
    {
      constraint: { start_date: '2026-07-30' },
      prices: { input_mtok: 1, output_mtok: 2, cache_read_mtok: 0.5 },
    },
    { constraint: { start_date: '2026-08-21' }, prices: { input_mtok: 3, output_mtok: 4 } },
  ];
  const { book, report } = merge({
    litellm: {
      m: perToken(1, 2, {
        ...perTokenFlex(0.5, 1),
        provider_specific_entry: { us: 1.1 },
      }),
    },
    genai: [genaiModel('m', dated)],
  });
  const [model] = book.models;

  test('its dates are taken over', () => {
    expect(
      model?.prices.map(({ from, until, inputUsdPerMTok }) => [from, until, inputUsdPerMTok]),
    ).toEqual([
      [undefined, '2026-07-30T00:00:00Z', '5'],
      ['2026-07-30T00:00:00Z', '2026-08-21T00:00:00Z', '1'],
      ['2026-08-21T00:00:00Z', undefined, '3'],
    ]);
    expect(report.disagreements).toEqual([]);
  });

  test("the row of that day has LiteLLM's tiers, and the rates that only genai-prices names", () => {
    expect(model?.prices[1]).toMatchObject({
      source: 'https://example.com/litellm',
      cacheReadUsdPerMTok: '0.5',
      serviceTiers: { flex: { inputUsdPerMTok: '0.5' } },
    });
  });

  test('the others have its factors, and no tiers, whose prices nobody knows', () => {
    expect(model?.prices[2]).toMatchObject({
      source: 'https://example.com/genai',
      multipliers: [{ when: { inference_geo: 'us' }, factor: '1.1' }],
    });
    expect(model?.prices[2]?.serviceTiers).toBeUndefined();
  });
});

function perTokenFlex(input: number, output: number): object {
  return {
    input_cost_per_token_flex: input / 1_000_000,
    output_cost_per_token_flex: output / 1_000_000,
  };
}

test('where they do not agree, nothing is mixed', () => {
  const { book } = merge({
    litellm: { m: perToken(1, 2) },
    genai: [
      genaiModel('m', [
        { prices: { input_mtok: 9, output_mtok: 9, cache_read_mtok: 3 } },
        { constraint: { start_date: '2026-10-01' }, prices: { input_mtok: 3, output_mtok: 4 } },
      ]),
    ],
  });
  expect(book.models[0]?.prices).toHaveLength(1);
  expect(book.models[0]?.prices[0]?.cacheReadUsdPerMTok).toBeUndefined();
});

test('a catalog that is older than a change by hand is not overruled by it', () => {
  const [row] = byHand.prices;
  if (!row) throw new Error('no row');
  const changed: BookModel = {
    ...byHand,
    prices: [
      { ...row, inputUsdPerMTok: '1', outputUsdPerMTok: '2', until: '2026-08-15T00:00:00Z' },
      { ...row, from: '2026-08-15T00:00:00Z' },
    ],
  };
  const { report } = merge({
    litellm: { m: perToken(1, 2) },
    genai: [genaiModel('m', { input_mtok: 1, output_mtok: 8 })],
    overlay: { models: [changed] },
  });
  expect(report.overruled).toEqual([
    { model: 'openai/m', kind: 'input', figures: { overlay: '7', 'genai-prices': '1' } },
  ]);
});

test('what a provider charges by the piece is on every model, unless one by hand says otherwise', () => {
  const [row] = byHand.prices;
  const { book } = merge({
    litellm: { n: perToken(1, 2, { input_cost_per_request: 0.5 }) },
    overlay: {
      feesUsd: { openai: { web_search: '0.01', web_fetch: '0' } },
      models: [{ ...byHand, prices: row ? [{ ...row, feesUsd: { web_search: '0.02' } }] : [] }],
    },
  });
  const fees = book.models.map((model) => model.prices[0]?.feesUsd);
  expect(fees).toEqual([
    { web_search: '0.02', web_fetch: '0' },
    { request: '0.5', web_search: '0.01', web_fetch: '0' },
  ]);
  const [first] = book.models;
  expect(first && priceAt(first, 0)?.fees?.web_fetch).toBe(0n);
});

describe('the overlay', () => {
  const problems = (fields: object) => () =>
    parseOverlay({
      version: 1,
      pinned: [],
      free: [],
      changes: [],
      feesUsd: {},
      models: [],
      ...fields,
    });

  test('pins only what it has', () => {
    expect(problems({ pinned: ['openai/m'] })).toThrow(/pinned\[0\]: "openai\/m" is not among/);
    expect(problems({ pinned: ['openai/m'], models: [byHand] })).not.toThrow();
  });

  test('explains only what it has', () => {
    const changes = [{ model: 'openai/m', from: '2026-08-21', why: 'cut' }];
    expect(problems({ changes })).toThrow(/changes\[0\]/);
    expect(problems({ changes, models: [byHand] })).not.toThrow();
  });

  test('is held to the rules of the book', () => {
    const twice = { ...byHand, prices: [...byHand.prices, ...byHand.prices] };
    expect(problems({ models: [twice] })).toThrow(/valid at the same time/);
    expect(problems({ note: 'x' })).toThrow(/note: is not known here/);
  });
});
