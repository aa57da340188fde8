import { readFileSync } from 'node:fs';
import { parseUsdPerMTok } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { ratesFor } from '../rates.ts';
import { bookText } from './book-text.ts';
import { findModels, nameOf, namesOf } from './find-model.ts';
import { parseBook, ratesOf } from './parse-book.ts';
import { priceAt, rowAt } from './price-at.ts';
import { RATE_NAMES } from './schema.ts';
import { parseOverlay } from './sync/overlay.ts';

const read = (name: string) =>
  readFileSync(new URL(`../../../../prices/${name}`, import.meta.url), 'utf8');
const text = read('book.json');
const book = parseBook(JSON.parse(text));
const overlay = parseOverlay(JSON.parse(read('overlay.json')));

function priceOf(name: string, at: string) {
  const models = findModels(book, name);
  expect(models.map(nameOf)).toHaveLength(1);
  const [model] = models;
  return model && priceAt(model, Date.parse(at));
}

test('is in its canonical form', () => {
  expect(bookText(book)).toBe(text);
});

test('has the models of many providers', () => {
  expect(new Set(book.models.map(({ provider }) => provider)).size).toBeGreaterThanOrEqual(14);
  expect(book.models.length).toBeGreaterThanOrEqual(500);
});

test('says of every row where it is from, and of what day', () => {
  for (const model of book.models) {
    for (const row of model.prices) {
      expect(row.source, nameOf(model)).toMatch(/^https:\/\//);
      expect(row.checkedOn, nameOf(model)).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      expect(row.checkedOn <= book.builtOn, nameOf(model)).toBe(true);
    }
  }
});

test('has no price of zero but those on the list', () => {
  const zeros = book.models.filter(({ prices }) =>
    prices.some((row) =>
      ratesOf(row).some(([, rates]) => RATE_NAMES.some((name) => rates[name] === '0')),
    ),
  );
  expect(zeros.map(nameOf).filter((name) => !overlay.free.includes(name))).toEqual([]);
});

test('every row is one that the calculation takes', () => {
  for (const model of book.models) {
    for (const row of model.prices) {
      const at = Date.parse(row.from ?? '2020-01-01');
      if (rowAt(model, at))
        expect(priceAt(model, at)?.inputPicoUsd, nameOf(model)).toBeTypeOf('bigint');
    }
  }
});

test('has what is kept by hand as it is kept', () => {
  const built = new Map(book.models.map((model) => [nameOf(model), model]));
  for (const model of overlay.models) {
    const rows = built
      .get(nameOf(model))
      ?.prices.toSorted((a, b) => ((a.from ?? '') < (b.from ?? '') ? -1 : 1));
    expect(rows).toMatchObject(
      model.prices.toSorted((a, b) => ((a.from ?? '') < (b.from ?? '') ? -1 : 1)),
    );
  }
  expect(overlay.pinned.length).toBeGreaterThanOrEqual(40);
});

test.each([
  ['openai/gpt-4.1', '2027-01-14', 'openai/gpt-6-luna'],
  ['openai/o3-2025-04-16', '2026-12-11', 'openai/gpt-5.6-sol'],
  ['openai/gpt-4-0613', '2026-10-23', 'openai/gpt-5.6-sol'],
  ['anthropic/claude-sonnet-4-5-20250929', '2026-11-30', 'anthropic/claude-sonnet-5-5'],
  ['anthropic/claude-3-5-sonnet-20241022', '2025-10-28', 'anthropic/claude-sonnet-4-6'],
  ['gemini/gemini-2.5-flash', '2026-12-01', 'gemini/gemini-3.5-flash-lite'],
  ['deepseek/deepseek-chat', '2026-07-24', 'deepseek/deepseek-flash'],
  ['groq/llama-3.3-70b-versatile', '2026-08-16', 'groq/openai/gpt-oss-120b'],
])('%s is gone on %s, and %s takes its place', (name, retiresOn, successor) => {
  const [model] = findModels(book, name);
  expect([model?.retiresOn, model?.successor]).toEqual([retiresOn, successor]);
});

test('no model takes the place of another that is gone before it', () => {
  const byName = new Map(
    book.models.flatMap((model) => namesOf(model).map((name) => [name, model])),
  );
  for (const model of book.models) {
    const next = byName.get(model.successor ?? '');
    if (!next?.retiresOn) continue;
    expect(next.retiresOn > (model.retiresOn ?? book.builtOn), nameOf(model)).toBe(true);
  }
});

const usd = parseUsdPerMTok;

test.each([
  ['openai/gpt-4o', '2026-11-22', '2.5', '10', '1.25'],
  ['openai/gpt-4o-mini', '2026-11-22', '0.15', '0.6', '0.075'],
  ['openai/o3', '2026-11-22', '2', '8', '0.5'],
  ['openai/gpt-5', '2026-11-22', '1.25', '10', '0.125'],
  ['openai/gpt-5.6-sol', '2026-08-20T23:59:59Z', '5', '30', '0.5'],
  ['openai/gpt-5.6-sol', '2026-08-21', '4', '20', '0.4'],
  ['openai/gpt-5.6', '2026-11-22', '4', '20', '0.4'],
  ['openai/gpt-5.6-luna', '2026-07-29', '1', '6', '0.1'],
  ['openai/gpt-5.6-luna', '2026-07-30', '0.2', '1.2', '0.02'],
  ['anthropic/claude-opus-5', '2026-11-22', '5', '25', '0.5'],
  ['anthropic/claude-opus-5-5', '2026-11-22', '4', '20', '0.2'],
  ['anthropic/claude-sonnet-5', '2026-11-22', '2', '10', '0.2'],
  ['anthropic/claude-sonnet-4-6', '2026-11-22', '3', '15', '0.3'],
  ['anthropic/claude-haiku-4-5', '2026-11-22', '1', '5', '0.1'],
  ['gemini/gemini-2.5-pro', '2026-11-22', '1.25', '10', '0.125'],
  ['google/gemini-2.5-flash', '2026-11-22', '0.3', '2.5', '0.03'],
  ['gemini/gemini-3.5-flash', '2026-11-22', '1.5', '9', '0.15'],
  ['gemini/gemini-3.8-flash', '2026-12-31', '0.75', '3.75', '0.075'],
  ['gemini/gemini-3.8-flash', '2027-01-01', '1.5', '7.5', '0.15'],
  ['xai/grok-4.5', '2026-11-22', '2', '6', '0.3'],
  ['deepseek/deepseek-v4-pro', '2026-08-16T15:59:59Z', '0.435', '0.87', '0.003625'],
  ['groq/openai/gpt-oss-120b', '2026-11-22', '0.15', '0.6', '0.075'],
  ['mistral/mistral-large-2512', '2026-11-22', '0.5', '1.5', '0.05'],
])('%s costs at %s %s in, %s out and %s from the cache', (name, at, input, output, cacheRead) => {
  expect(priceOf(name, at)).toMatchObject({
    inputPicoUsd: usd(input),
    outputPicoUsd: usd(output),
    cacheReadPicoUsd: usd(cacheRead),
  });
});

test('writing to a cache for an hour costs twice the input, of any Claude by Anthropic', () => {
  const claudes = book.models.filter(
    ({ provider, model, prices }) =>
      provider === 'anthropic' && /-[45](-|$)/.test(model) && prices.length > 0,
  );
  expect(claudes.length).toBeGreaterThan(10);
  for (const model of claudes) {
    const price = priceAt(model, Date.parse('2026-11-22'));
    expect(price?.cacheWrite1hPicoUsd, nameOf(model)).toBe((price?.inputPicoUsd ?? 0n) * 2n);
  }
});

describe('long prompts', () => {
  test.each([
    ['openai/gpt-5.5', 'gt', 272_000, '10'],
    ['gemini/gemini-3.1-pro-preview', 'gt', 200_000, '4'],
    ['xai/grok-4.3', 'gte', 200_000, '2.5'],
    ['anthropic/claude-haiku-5-5', 'gt', 100_000, '0.5'],
  ])('of %s begin %s %d tokens', (name, operator, thresholdTokens, input) => {
    expect(priceOf(name, '2026-11-22')?.contextTiers).toMatchObject([
      { operator, thresholdTokens, inputPicoUsd: usd(input) },
    ]);
  });

  test('of Claude Sonnet 4.5 cost more until 2026-04-30, and nothing since', () => {
    expect(priceOf('anthropic/claude-sonnet-4-5', '2026-04-29')?.contextTiers).toHaveLength(1);
    expect(priceOf('anthropic/claude-sonnet-4-5', '2026-04-30')?.contextTiers).toBeUndefined();
  });
});

describe('the hours of DeepSeek', () => {
  const inputAt = (name: string, at: string) => {
    const price = priceOf(name, at);
    return price && ratesFor(price, 1000, { atMs: Date.parse(at) }).rates.inputPicoUsd;
  };

  test.each([
    ['Friday in the morning', '2026-11-20T01:00:00Z', '1.32'],
    ['Friday between', '2026-11-20T04:00:00Z', '0.66'],
    ['Friday at noon', '2026-11-20T06:00:00Z', '1.32'],
    ['Friday after', '2026-11-20T10:00:00Z', '0.66'],
    ['Sunday', '2026-11-22T02:00:00Z', '0.66'],
    ['the only Saturday that counted', '2026-08-22T02:00:00Z', '1.32'],
    ['before there were any', '2026-08-14T02:00:00Z', '0.435'],
    ['the Mid-Autumn Friday', '2026-09-25T02:00:00Z', '0.66'],
    ['the last day of the National holidays', '2026-10-07T06:00:00Z', '0.66'],
    ['the first day of work after them', '2026-10-08T06:00:00Z', '1.32'],
  ])('%s', (_when, at, input) => {
    expect(inputAt('deepseek/deepseek-v4-pro', at)).toBe(usd(input));
  });

  test('are not on the public holidays of China, as its State Council announced them on 2025-11-04', () => {
    // The weekdays among them since there are such hours. What 2027 has is not announced: it counts as worked.
    const holidays = ['2026-09-25', '2026-10-01', '2026-10-02'];
    holidays.push('2026-10-05', '2026-10-06', '2026-10-07');
    const rows = book.models
      .filter(({ provider }) => provider === 'deepseek')
      .flatMap(({ prices }) => prices)
      .filter(({ timeBands, until = '2027' }) => timeBands && until > '2026-09');
    expect(rows.length).toBeGreaterThan(2);
    for (const { timeBands = [] } of rows) {
      expect(timeBands.map(({ exceptOn }) => exceptOn)).toEqual([holidays]);
    }
  });

  test('a name that is gone has no price', () => {
    expect(priceOf('deepseek/deepseek-chat', '2026-07-24T15:58:59Z')).toBeDefined();
    expect(priceOf('deepseek/deepseek-chat', '2026-07-24T15:59:00Z')).toBeUndefined();
  });
});

test("tiers are the vendor's own and not worked out", () => {
  expect(priceOf('openai/gpt-5.5', '2026-11-22')?.serviceTiers?.['priority']).toMatchObject({
    inputPicoUsd: usd('12.5'),
    outputPicoUsd: usd('75'),
  });
  expect(priceOf('openai/gpt-6.2-sol', '2026-11-22')?.serviceTiers?.['flex']).toBeUndefined();
});

test('what is charged by the piece is there, and what is free is known to be', () => {
  expect(priceOf('anthropic/claude-opus-5', '2026-11-22')?.fees).toEqual({
    web_search: 10_000_000_000n,
    web_fetch: 0n,
  });
  expect(priceOf('gemini/gemini-2.5-pro', '2026-11-22')?.fees).toEqual({
    grounded_prompt: 35_000_000_000n,
  });
  expect(priceOf('gemini/gemini-3.5-flash', '2026-11-22')?.fees).toEqual({
    web_search_query: 14_000_000_000n,
  });
});
