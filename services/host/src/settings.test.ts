import { parseConfig, readEnvironment, Secrets } from '@weir/config';
import { timeless } from '@weir/pricing';
import { expect, test } from 'vitest';
import { priceBook } from './prices/price-book.ts';
import { deployments, escalationPlans, gatewayRoutes } from './settings.ts';

/** How calls to one provider with this address and this key, if any, are authorised. */
function authorisationOf(dialect: string, baseUrl: string, variables: Record<string, string>) {
  const apiKey = 'KEY' in variables ? '    apiKey: env:KEY\n' : '';
  const text = `providers:
  cloud:
    dialect: ${dialect}
    baseUrl: ${baseUrl}
${apiKey}    models: { m: {} }
routes: { r: { escalate: [{ model: cloud/m }] } }
`;
  const secrets = new Secrets(readEnvironment(variables));
  const deployment = deployments(parseConfig(text, 'test'), secrets).get('cloud/m');
  return { headers: deployment?.headers, asks: deployment?.authorize !== undefined };
}

const VERTEX =
  'https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/google';
const BEDROCK = 'https://bedrock-runtime.eu-central-1.amazonaws.com';

test.each([
  ['vertex', VERTEX, { 'x-goog-api-key': 'k' }],
  ['azure', 'https://r.openai.azure.com/openai/v1', { 'api-key': 'k' }],
  ['cohere', 'https://api.cohere.com/v2', { authorization: 'Bearer k' }],
])('a key of %s goes where it is looked for, and nobody else is asked', (dialect, url, headers) => {
  expect(authorisationOf(dialect, url, { KEY: 'k' })).toEqual({ headers, asks: false });
});

test.each([
  ['vertex', VERTEX],
  ['bedrock', BEDROCK],
])('without a key of %s its cloud is asked before every call', (dialect, url) => {
  expect(authorisationOf(dialect, url, {})).toEqual({ headers: {}, asks: true });
});

test('without a key of anybody else there is none', () => {
  const asked = authorisationOf('azure', 'https://r.openai.azure.com/openai/v1', {});
  expect(asked).toEqual({ headers: {}, asks: false });
});

test('a deployment knows what moves the price of its calls, by its address and by what its owner says', () => {
  const text = `providers:
  eu: { dialect: openai, baseUrl: https://eu.api.openai.com/v1, models: { m: {} } }
  zone: { dialect: azure, baseUrl: https://r.openai.azure.com/openai/v1, conditions: { processing_region: us }, models: { m: {} } }
  plain: { baseUrl: http://127.0.0.1:8000/v1, models: { m: {} } }
routes: { r: { escalate: [{ model: eu/m }] } }
`;
  const all = deployments(parseConfig(text, 'test'), new Secrets(readEnvironment({})));
  expect(all.get('eu/m')?.conditions).toEqual({ processing_region: 'eu' });
  expect(all.get('zone/m')?.conditions).toEqual({ processing_region: 'us' });
  expect(all.get('plain/m')?.conditions).toBeUndefined();
});

test('a judge is a model of its own: asked once, under its route, and held for at its own price', () => {
  const usd = (rate: string) => `{ inputUsdPerMTok: ${rate}, outputUsdPerMTok: ${rate} }`;
  const text = `providers:
  p:
    baseUrl: http://127.0.0.1:8000/v1
    models:
      small: { price: ${usd('1')} }
      large: { price: ${usd('5')} }
      wise: { price: ${usd('3')}, maxOutputTokens: 64 }
routes:
  judged: { draft: p/small, scorer: { target: { quality: 0.99 }, judge: p/wise, skipDraft: true }, escalate: [{ model: p/large }] }
  plain: { draft: p/small, escalate: [{ model: p/large }] }
  direct: { escalate: [{ model: p/large }] }
`;
  const config = parseConfig(text, 'test');
  const plans = escalationPlans(config, deployments(config, new Secrets(readEnvironment({}))));
  expect(plans.get('judged')?.judge).toMatchObject({
    tier: 'judge',
    maxAttempts: 1,
    deployment: { name: 'p/wise', unsupportedParameters: 'drop' },
  });
  expect(plans.get('plain')?.judge).toBeUndefined();
  const routes = gatewayRoutes(config, priceBook(config));
  const at = (picoUsd: bigint) => [
    { ...timeless({ inputPicoUsd: picoUsd, outputPicoUsd: picoUsd })[0], own: true },
  ];
  expect(routes.get('judged')).toMatchObject({
    planDraft: true,
    learns: true,
    judge: { prices: at(3_000_000n), maxOutputTokens: 64 },
    // The draft twice: a second one may be bought.
    prices: [at(1_000_000n), at(5_000_000n), at(1_000_000n)],
  });
  expect(routes.get('plain')).toMatchObject({ planDraft: false, judge: undefined });
  for (const name of ['direct', 'p/small']) {
    expect(routes.get(name)).toMatchObject({ planDraft: false, learns: false });
  }
});
