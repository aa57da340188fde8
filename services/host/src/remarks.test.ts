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
