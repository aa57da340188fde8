import { timeless } from '@weir/pricing';
import { expect, test } from 'vitest';
import type { ModelEntry } from '../model-entry.ts';
import { modelBody } from './model-body.ts';

const END = Date.parse('2027-01-14T00:00:00Z');
const NOW = Date.parse('2026-11-22T12:00:00Z');

function entry(fields: Partial<ModelEntry>): ModelEntry {
  return {
    id: 'p/m',
    kind: 'model',
    contextTokens: undefined,
    maxOutputTokens: 4096,
    input: undefined,
    output: undefined,
    retirement: undefined,
    prices: [],
    parts: [],
    ...fields,
  };
}

function bodyOf(
  shown: ModelEntry,
  others: readonly ModelEntry[] = [],
  may: readonly string[] = [],
) {
  const models = new Map(others.map((other) => [other.id, other]));
  return modelBody(shown, { models, nowMs: NOW, mayUse: (model) => may.includes(model) });
}

test('a model is told in OpenAI’s terms, and in those that OpenAI has not', () => {
  const shown = entry({
    contextTokens: 128_000,
    input: ['text', 'image'],
    output: ['text'],
    retirement: { deprecatedAtMs: NOW, retiresAtMs: END, successor: 'p/next' },
    prices: timeless({ inputPicoUsd: 2_000_000n, outputPicoUsd: 8_000_000n }),
  });
  expect(bodyOf(shown)).toEqual({
    id: 'p/m',
    object: 'model',
    created: 0,
    owned_by: 'weir',
    shutdown_date: '2027-01-14',
    weir: {
      kind: 'model',
      context_window: 128_000,
      max_output_tokens: 4096,
      modalities: { input: ['text', 'image'], output: ['text'] },
      prices: { input_usd_per_mtok: '2', output_usd_per_mtok: '8' },
      deprecation_date: '2026-11-22',
      retirement_date: '2027-01-14',
      retired: false,
      successor: 'p/next',
    },
  });
});

test('what is not known is null, and never zero', () => {
  const { shutdown_date, weir } = bodyOf(entry({}));
  expect(shutdown_date).toBeNull();
  expect(weir).toMatchObject({
    context_window: null,
    modalities: { input: null, output: null },
    prices: null,
    deprecation_date: null,
    retirement_date: null,
    successor: null,
  });
});

test('the price is that of now', () => {
  const priced = (fromMs: number, untilMs: number, rate: bigint) => ({
    fromMs,
    untilMs,
    price: { inputPicoUsd: rate },
  });
  const prices = [
    priced(Number.NEGATIVE_INFINITY, NOW, 5_000_000n),
    priced(NOW, END, 4_000_000n),
    priced(END, Number.POSITIVE_INFINITY, 3_000_000n),
  ];
  expect(bodyOf(entry({ prices })).weir.prices).toEqual({ input_usd_per_mtok: '4' });
});

test('of a route’s models those are named that one may ask for, and none that is gone', () => {
  const parts = [
    { role: 'draft', tier: 'draft', model: 'p/small' },
    { role: 'escalation', tier: 'primary', model: 'p/gone' },
    { role: 'escalation', tier: 'secondary', model: 'p/big' },
  ] as const;
  const gone = entry({ id: 'p/gone', retirement: { retiresAtMs: NOW } });
  const route = entry({ id: 'support', kind: 'route', parts });
  expect(bodyOf(route, [gone], ['p/small', 'p/gone']).weir.parts).toEqual([
    { tier: 'draft', model: 'p/small' },
    { tier: 'secondary', model: null },
  ]);
});
