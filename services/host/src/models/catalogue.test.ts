import { describe, expect, test } from 'vitest';
import { priceBook } from '../prices/price-book.ts';
import { gatewayRoutes } from '../settings.ts';
import { endingRoutes, modelEntries } from './catalogue.ts';
import { modelFacts } from './model-facts.ts';
import { configWith, SHIPPED } from './shipped.fixture.ts';

const NOW = Date.parse('2026-11-22T00:00:00Z');

function entriesOf(models: Parameters<typeof configWith>[0]) {
  const config = configWith(models);
  const shipped = () => SHIPPED;
  return modelEntries(config, modelFacts(config, shipped), priceBook(config, shipped));
}

test('routes come first, then models, each under the id that callers use', () => {
  const entries = entriesOf({
    vendor: ['old: {}'],
    own: ['qwen/3: {}'],
    routes: '{ support: { draft: gpu/qwen/3, escalate: [{ model: oai/old }] } }',
  });
  expect([...entries.keys()]).toEqual(['support', 'oai/old', 'gpu/qwen/3']);
  expect(entries.get('oai/old')?.prices).toMatchObject([{ price: { inputPicoUsd: 2_000_000n } }]);
  expect(entries.get('gpu/qwen/3')).toMatchObject({ kind: 'model', prices: [], parts: [] });
});

describe('a route', () => {
  const own = [
    'small: { contextWindow: 8000, inputModalities: [text], retiresAt: 2026-12-01 }',
    'big: { contextWindow: 32000, inputModalities: [text, pdf], maxOutputTokens: 9000, retiresAt: 2027-02-01, successor: gpu/small }',
    'unknown: {}',
  ];
  const routeOf = (routes: string) => entriesOf({ own, routes }).get('support');

  test('takes what any of its models takes, and says whom it asks', () => {
    const tiers =
      '{ draft: gpu/small, escalate: [{ model: gpu/big, name: top }, { model: gpu/unknown }] }';
    expect(routeOf(`{ support: ${tiers} }`)).toMatchObject({
      kind: 'route',
      contextTokens: 32_000,
      maxOutputTokens: 9000,
      input: ['text', 'pdf'],
      output: undefined,
      parts: [
        { role: 'draft', tier: 'draft', model: 'gpu/small' },
        { role: 'escalation', tier: 'top', model: 'gpu/big' },
        { role: 'escalation', tier: 'secondary', model: 'gpu/unknown' },
      ],
    });
  });

  test('ends with the last of its models', () => {
    const route = routeOf('{ support: { draft: gpu/small, escalate: [{ model: gpu/big }] } }');
    expect(route?.retirement).toEqual({ retiresAtMs: Date.parse('2027-02-01T00:00:00Z') });
  });

  test('does not end as long as one of its models does not', () => {
    const tiers = '[{ model: gpu/big }, { model: gpu/unknown }]';
    expect(routeOf(`{ support: { escalate: ${tiers} } }`)?.retirement).toBeUndefined();
  });
});

test('a route knows its end and that of each of its tiers, in their order', () => {
  const own = ['a: { retiresAt: 2026-12-01 }', 'b: { retiresAt: 2027-02-01 }'];
  const routes = '{ support: { escalate: [{ model: gpu/a }, { model: gpu/b }] } }';
  const config = configWith({ own, routes });
  const prices = priceBook(config, () => SHIPPED);
  const all = endingRoutes(gatewayRoutes(config, prices), entriesOf({ own, routes }));
  const ends = (name: string) => {
    const { retirement, frontiers = [] } = all.get(name) ?? {};
    const tiers = frontiers.map((frontier) => frontier.retirement?.retiresAtMs);
    return [retirement?.retiresAtMs, ...tiers];
  };
  const first = Date.parse('2026-12-01T00:00:00Z');
  const last = Date.parse('2027-02-01T00:00:00Z');
  expect(ends('support')).toEqual([last, first, last]);
  expect(ends('gpu/a')).toEqual([first, first]);
});

test('what is shipped and gone is listed without a price', () => {
  const entries = entriesOf({ vendor: ['gone: {}'] });
  expect(entries.get('oai/gone')?.retirement?.retiresAtMs).toBeLessThan(NOW);
  expect(entries.get('oai/gone')?.prices).toEqual([]);
});
