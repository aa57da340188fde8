import { expect, test } from 'vitest';
import { parseNumbersAsText } from '../number-text.ts';
import { readModelsDev } from './models-dev.ts';

const OPTIONS = {
  source: 'https://example.com/models.json',
  checkedOn: '2026-07-02',
  today: '2026-11-22',
  free: new Set<string>(),
};

function read(provider: string, fields: object) {
  const json = { [provider]: { models: { m: { id: 'm', ...fields } } } };
  return readModelsDev(parseNumbersAsText(JSON.stringify(json)), OPTIONS);
}

test('limits, modalities and prices are read, as text or as numbers', () => {
  const { models } = read('alibaba', {
    limit: { context: 1_000_000, output: 0 },
    modalities: { input: ['text', 'video', 'pdf'], output: ['text'] },
    cost: { input: '0.40', output: 2.4, cache_read: '0.0400', cache_write: 0.5 },
  });
  expect(models.get('qwen/m')).toEqual({
    provider: 'qwen',
    model: 'm',
    contextTokens: 1_000_000,
    input: ['text', 'video', 'pdf'],
    output: ['text'],
    prices: [
      {
        source: 'https://example.com/models.json',
        checkedOn: '2026-07-02',
        inputUsdPerMTok: '0.4',
        outputUsdPerMTok: '2.4',
        cacheReadUsdPerMTok: '0.04',
        cacheWrite5mUsdPerMTok: '0.5',
      },
    ],
  });
});

test.each([
  ['its files', { tiers: [{ tier: { size: 200_000 }, input: '2', output: '4' }] }],
  ['its list', { context_over_200k: { input: 2, output: 4 } }],
])("steps are read as %s have them, with the provider's operator", (_where, steps) => {
  const { models } = read('xai', { cost: { input: 1, output: 2, ...steps } });
  expect(models.get('xai/m')?.prices[0]?.contextTiers).toEqual([
    { thresholdTokens: 200_000, operator: 'gte', inputUsdPerMTok: '2', outputUsdPerMTok: '4' },
  ]);
});

test.each([
  [{ cost: { input: 1, output: 2 }, status: 'deprecated' }, /retired/],
  [{ cost: { input: 1, output: 2 }, modalities: { output: ['image'] } }, /does not write text/],
  [{ cost: { input: 1, output: 2, reasoning: '4' } }, /reasoning/],
  [{ cost: { input: 1, output: 2, citation: 3 } }, /nobody knows: citation/],
  [{ cost: { input: 0, output: 0 } }, /price of zero/],
  [{}, /no price per token/],
])('%j is passed over', (fields, why) => {
  const { models, passedOver } = read('openai', fields);
  expect(models.size).toBe(0);
  expect(passedOver[0]?.why).toMatch(why);
});

test('reasoning at the price of output is no other rate', () => {
  const { models } = read('openai', { cost: { input: 1, output: '4.00', reasoning: 4 } });
  expect(models.size).toBe(1);
});

test('what others know a provider as is not read', () => {
  expect(read('opencode', { cost: { input: 1, output: 2 } }).models.size).toBe(0);
});
