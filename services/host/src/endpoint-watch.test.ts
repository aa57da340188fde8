import { parseConfig, readEnvironment, Secrets } from '@weir/config';
import { expect, test } from 'vitest';
import { draftingEndpoints } from './endpoint-watch.ts';
import { deployments } from './settings.ts';

function endpointsOf(providers: string, routes: string) {
  const config = parseConfig(`providers: { ${providers} }\nroutes: { ${routes} }\n`, 'test');
  const all = deployments(config, new Secrets(readEnvironment({ AWS_REGION: 'eu-central-1' })));
  return draftingEndpoints(config, all);
}

function provider(name: string, settings: string): string {
  return `${name}: { baseUrl: "http://127.0.0.1:1/v1", models: { m: {} }, ${settings} }`;
}

function probed(settings: string): boolean | undefined {
  const [endpoint] = endpointsOf(
    provider('p', settings),
    'r: { draft: p/m, escalate: [{ model: p/m }] }',
  );
  return endpoint?.probe.enabled;
}

test.each([
  ['dialect: vllm', true],
  ['dialect: llama.cpp', true],
  ['dialect: vllm, probe: { enabled: false }', false],
  // Whoever is paid by the token is not asked unless somebody wants it.
  ['dialect: openai', false],
  ['dialect: openai-compatible', false],
  ['dialect: openai, probe: { enabled: true }', true],
  ['dialect: openai-compatible, probe: { enabled: true }', true],
  // There is nothing to see where there are no log-probabilities.
  ['dialect: anthropic, probe: { enabled: true }', false],
  ['dialect: bedrock, probe: { enabled: true }', false],
  ['dialect: triton, probe: { enabled: true }', false],
])('with %s an endpoint that drafts is probed: %s', (settings, isProbed) => {
  expect(probed(settings)).toBe(isProbed);
});

test('only what drafts is looked after, once, with the most alternatives that any route wants', () => {
  const endpoints = endpointsOf(
    `${provider('a', 'dialect: vllm')}, ${provider('b', 'dialect: vllm')}`,
    `one: { draft: a/m, scorer: { topLogprobs: 3 }, escalate: [{ model: b/m }] },
     two: { draft: a/m, scorer: { topLogprobs: 8 }, escalate: [{ model: b/m }] },
     three: { escalate: [{ model: b/m }] }`,
  );
  expect(endpoints).toMatchObject([{ deployment: { name: 'a/m' }, topLogprobs: 8 }]);
});
