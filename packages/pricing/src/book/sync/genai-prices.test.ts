import { describe, expect, test } from 'vitest';
import { parseNumbersAsText } from '../number-text.ts';
import { readGenaiPrices } from './genai-prices.ts';
import { matches, namesIn } from './name-match.ts';

const OPTIONS = {
  source: 'https://example.com/genai.json',
  checkedOn: '2026-08-21',
  today: '2026-11-22',
  free: new Set<string>(),
};

function read(provider: string, ...models: object[]) {
  const json = JSON.stringify([{ id: provider, models }]);
  return readGenaiPrices(parseNumbersAsText(json), OPTIONS);
}

const MODEL = { id: 'm', match: { equals: 'm' } };

test('all its rates are read, and fees by the thousand become fees apiece', () => {
  const { models } = read('anthropic', {
    ...MODEL,
    context_window: 200_000,
    prices: {
      input_mtok: 3,
      output_mtok: 15,
      cache_read_mtok: 0.3,
      cache_write_mtok: 3.75,
      cache_write_1h_mtok: 6,
      input_audio_mtok: 7,
      web_searches_kcount: 10,
    },
  });
  expect(models.get('anthropic/m')).toEqual({
    provider: 'anthropic',
    model: 'm',
    contextTokens: 200_000,
    prices: [
      {
        source: 'https://example.com/genai.json',
        checkedOn: '2026-08-21',
        inputUsdPerMTok: '3',
        outputUsdPerMTok: '15',
        cacheReadUsdPerMTok: '0.3',
        cacheWrite5mUsdPerMTok: '3.75',
        cacheWrite1hUsdPerMTok: '6',
        inputAudioUsdPerMTok: '7',
        feesUsd: { web_search: '0.01' },
      },
    ],
  });
});

test.each([
  ['openai', 271_999, 272_000, 'gt'],
  ['openai', 272_000, 272_000, 'gt'],
  ['x-ai', 199_999, 200_000, 'gte'],
])('a step of %s above %d begins at %d, %s', (provider, start, thresholdTokens, operator) => {
  const prices = {
    input_mtok: { base: 1, tiers: [{ start, price: 2 }] },
    output_mtok: { base: 3, tiers: [{ start, price: 4 }] },
  };
  const [model] = read(provider, { ...MODEL, prices }).models.values();
  expect(model?.prices[0]?.contextTiers).toEqual([
    { thresholdTokens, operator, inputUsdPerMTok: '2', outputUsdPerMTok: '4' },
  ]);
});

test('dated prices are rows, each until the next', () => {
  const { models } = read('openai', {
    ...MODEL,
    prices: [
      { prices: { input_mtok: 5, output_mtok: 30 } },
      { constraint: { start_date: '2026-08-21' }, prices: { input_mtok: 4, output_mtok: 20 } },
    ],
  });
  expect(models.get('openai/m')?.prices).toMatchObject([
    { inputUsdPerMTok: '5', until: '2026-08-21T00:00:00Z' },
    { inputUsdPerMTok: '4', from: '2026-08-21T00:00:00Z' },
  ]);
});

test('a price that is only announced is none yet', () => {
  const { models, announced } = read('openai', {
    ...MODEL,
    prices: [
      { prices: { input_mtok: 2, output_mtok: 10 } },
      { constraint: { start_date: '2026-08-22' }, prices: { input_mtok: 3, output_mtok: 15 } },
    ],
  });
  expect(models.get('openai/m')?.prices).toMatchObject([{ inputUsdPerMTok: '2' }]);
  expect(models.get('openai/m')?.prices[0]?.until).toBeUndefined();
  expect(announced).toEqual(['openai/m']);
});

test('hours are bands of the row that they follow, and cross midnight', () => {
  const hours = (start_time: string, end_time: string) => ({
    constraint: { start_time, end_time },
    prices: { input_mtok: 2, output_mtok: 4 },
  });
  const { models } = read('deepseek', {
    ...MODEL,
    prices: [
      { prices: { input_mtok: 1, output_mtok: 2 } },
      hours('01:00:00Z', '04:00:00Z'),
      hours('22:30:00Z', '00:30:00Z'),
    ],
  });
  const bands = models.get('deepseek/m')?.prices[0]?.timeBands;
  expect(bands?.map(({ windows }) => windows.map(({ from, until }) => `${from}-${until}`))).toEqual(
    [['01:00-04:00'], ['22:30-24:00', '00:00-00:30']],
  );
  expect(bands?.[0]?.windows[0]?.weekdays).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test.each([
  [{ prices: { input_mtok: 1, output_mtok: 2, output_reasoning_mtok: 3 } }, /nobody knows/],
  [{ prices: {} }, /no price per token/],
  [{ prices: { input_mtok: 1 } }, /no price per token/],
  [{ prices: { input_mtok: 0, output_mtok: 0 } }, /price of zero/],
  [{ deprecated: true, prices: { input_mtok: 1, output_mtok: 2 } }, /retired/],
  [
    { prices: [{ constraint: { moon: 'full' }, prices: { input_mtok: 1, output_mtok: 2 } }] },
    /condition nobody knows/,
  ],
])('%j is passed over', (fields, why) => {
  const { models, passedOver } = read('openai', { ...MODEL, ...fields });
  expect(models.size).toBe(0);
  expect(passedOver[0]?.why).toMatch(why);
});

describe('a model is found', () => {
  const { find } = read('openai', {
    id: 'gpt-x',
    match: { or: [{ equals: 'gpt-x-latest' }, { starts_with: 'gpt-x-2026' }] },
    prices: { input_mtok: 1, output_mtok: 2 },
  });

  test.each([
    ['openai/gpt-x', true],
    ['openai/gpt-x-latest', true],
    ['openai/gpt-x-2026-01-01', false],
    ['openai/gpt-y', undefined],
    ['azure/gpt-x', undefined],
  ])('by %s: exactly is %s', (key, exactly) => {
    expect(find(key)?.exactly).toBe(exactly);
  });
});

test("what is not Google's own is sold by Vertex only", () => {
  const prices = { input_mtok: 1, output_mtok: 2 };
  const { models } = read(
    'google',
    { ...MODEL, id: 'claude-x', prices },
    { ...MODEL, id: 'gemini-x', prices },
  );
  expect([...models.keys()].sort()).toEqual([
    'gemini/gemini-x',
    'vertex/claude-x',
    'vertex/gemini-x',
  ]);
});

test.each([
  [{ equals: 'abc' }, true],
  [{ starts_with: 'ab' }, true],
  [{ ends_with: 'bc' }, true],
  [{ contains: 'b' }, true],
  [{ and: [{ contains: 'a' }, { contains: 'c' }] }, true],
  [{ and: [{ contains: 'a' }, { contains: 'd' }] }, false],
  [{ and: [] }, false],
  [{ or: [{ equals: 'x' }, { ends_with: 'c' }] }, true],
  [{ regex: '.*' }, false],
  [null, false],
])('the rule %j matches "abc": %s', (rule, expected) => {
  expect(matches(rule, 'abc')).toBe(expected);
});

test('the names that a rule spells out are those it compares whole', () => {
  expect(namesIn({ or: [{ equals: 'a' }, { or: [{ equals: 'b' }] }, { contains: 'c' }] })).toEqual([
    'a',
    'b',
  ]);
});
