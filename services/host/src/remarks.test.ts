import { parseConfig } from '@weir/config';
import { expect, test } from 'vitest';
import { SHIPPED } from './models/shipped.fixture.ts';
import { remarksOn } from './remarks.ts';

const OPENAI = 'dialect: openai, baseUrl: https://api.openai.com/v1';

function remarks(provider: string, on = '2026-11-22') {
  const text = `providers:\n  p: { ${provider} }\nroutes: { r: { escalate: [{ model: p/old }] } }\n`;
  const config = parseConfig(text, 'weir.yaml');
  return remarksOn(config, Date.parse(on), () => SHIPPED).map(({ kind, about, detail }) => {
    return [kind, about, detail];
  });
}

test('of a configuration that is as it was meant nothing is said', () => {
  expect(remarks(`${OPENAI}, apiKey: env:K, models: { old: {} }`)).toEqual([]);
});

/** What is said of a route that drafts at a tenth of the frontier's price. */
function saidOf(scorer: string) {
  const price = (usd: number) => `price: { inputUsdPerMTok: ${usd}, outputUsdPerMTok: ${usd} }`;
  const text = [
    'providers:',
    `  lab: { baseUrl: "http://lab/v1", models: { s: { ${price(1)} }, l: { ${price(10)} } } }`,
    `routes: { r: { draft: lab/s, scorer: { ${scorer} }, escalate: [{ model: lab/l }] } }`,
  ].join('\n');
  const config = parseConfig(text, 'weir.yaml');
  return remarksOn(config, 0, () => SHIPPED).map(({ kind, about, detail }) => {
    expect(kind).toBe('vain_setting');
    return `${about} ${detail}`;
  });
}

test.each([
  ['', []],
  ['signal: mean, threshold: 0.5', []],
  ['target: { quality: 0.99 }, buy: judge, judge: lab/l', []],
  ['target: { budget: { share: 0.2 } }', []],
  ['judge: lab/l', ['judge is never asked: that takes "buy: judge"']],
  [
    'target: { quality: 0.99 }, signal: mean, threshold: 0.5',
    [
      'threshold has no say beside a target: a scorer model decides',
      'signal has no say beside a target: a scorer model decides',
    ],
  ],
  [
    'target: { quality: 0.9999 }',
    [
      'target can never be certified: it takes 74890 labels without a fault at least, and learning.labelsKept is 20000; keep more, or ask for less',
    ],
  ],
  ['target: { quality: 0.9999 }, learning: { labelsKept: 80000 }', []],
  [
    'target: { budget: { share: 0.1 } }',
    ['target.budget.share cannot be kept: a draft alone costs about 0.1 of a frontier call'],
  ],
])('of a scorer that is set to { %s } what is in vain is told', (scorer, told) => {
  expect(saidOf(scorer)).toEqual(told.map((each) => `routes.r.scorer.${each}`));
});

test('a vendor’s own address without a key is told, since it answers nobody', () => {
  const detail =
    'is not set, and api.openai.com answers nobody without a key; name the variable that holds it: env:NAME';
  expect(remarks(`${OPENAI}, models: { old: {} }`)).toEqual([
    ['keyless', 'providers.p.apiKey', detail],
  ]);
});

test.each([
  'dialect: vllm, baseUrl: http://10.0.0.5:8000/v1',
  'dialect: bedrock, baseUrl: https://bedrock-runtime.us-east-1.amazonaws.com',
])('a key is not missed where there need be none: %s', (place) => {
  const price = '{ price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1 } }';
  expect(remarks(`${place}, models: { old: ${price} }`)).toEqual([]);
});

test('what retires is told with its day and what to use in its place; of what is gone the price is not missed', () => {
  const provider = `${OPENAI}, apiKey: env:K, models: { old: {}, gone: {}, new: {} }`;
  const routes = 'routes pass it over, and calls of it are refused';
  expect(remarks(provider, '2027-01-01')).toEqual([
    ['retiring', 'p/old', 'retires on 2027-01-14; in its place there is p/new'],
    ['retired', 'p/gone', `was retired on 2026-01-01: ${routes}`],
  ]);
  expect(remarks(provider, '2027-01-14')[0]).toEqual([
    'retired',
    'p/old',
    `was retired on 2027-01-14: ${routes}; in its place there is p/new`,
  ]);
});

test('a model without a price is told, and a condition that moves none', () => {
  const told = remarks(
    `${OPENAI}, apiKey: env:K, conditions: { speed: fast }, models: { old: {}, acme: {} }`,
  );
  expect(told.map(([kind, about]) => [kind, about])).toEqual([
    ['unpriced', 'p/acme'],
    ['idle_condition', 'providers.p.conditions.speed: fast'],
  ]);
});

test('an Azure zone that there is not moves no price either', () => {
  const azure = 'dialect: azure, baseUrl: https://acme.openai.azure.com/openai/v1, apiKey: env:K';
  const told = remarks(`${azure}, conditions: { processing_region: europe }, models: { old: {} }`);
  expect(told.map(([kind]) => kind)).toEqual(['unpriced', 'idle_condition']);
});
