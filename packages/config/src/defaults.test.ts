import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultConfig, type FoundEngine, KNOWN_VARIABLES } from './defaults.ts';
import type { Config } from './schema.ts';

const ENGINE: FoundEngine = {
  dialect: 'vllm',
  baseUrl: 'http://127.0.0.1:8000/v1',
  model: 'llama-3.1-8b',
};

function configFor(variables: readonly string[], engine?: FoundEngine): Config {
  return defaultConfig({ variables: new Set(variables), engine });
}

function supportChat(config: Config) {
  const route = config.routes['support-chat'];
  return { draft: route?.draft, tiers: route?.escalate.map(({ name, model }) => [name, model]) };
}

describe('what was found decides what runs', () => {
  test('nothing: the simulator, with a draft and two tiers', () => {
    const config = configFor([]);
    expect(config.simulator?.listen).toBe('127.0.0.1:9100');
    expect(supportChat(config)).toEqual({
      draft: 'tiny-draft/weak',
      tiers: [
        ['primary', 'tiny-frontier/strong'],
        ['secondary', 'tiny-spare/strong'],
      ],
    });
  });

  test('an engine and no key: the simulator, and the engine can be asked directly', () => {
    const config = configFor([], ENGINE);
    expect(config.simulator).toBeDefined();
    expect(Object.keys(config.providers['local']?.models ?? {})).toEqual([ENGINE.model]);
  });

  test('OpenAI alone: its small model drafts for its large one', () => {
    const config = configFor(['OPENAI_API_KEY']);
    expect(config.simulator).toBeUndefined();
    expect(supportChat(config)).toEqual({
      draft: 'openai/gpt-4.1-mini',
      tiers: [['primary', 'openai/gpt-4.1']],
    });
  });

  test('a provider that gives no log-probabilities has no draft: every request goes to the frontier', () => {
    const { draft, tiers } = supportChat(configFor(['ANTHROPIC_API_KEY']));
    expect(draft).toBeUndefined();
    expect(tiers).toEqual([['primary', 'anthropic/claude-sonnet-4-6']]);
  });

  test('an engine drafts for whichever frontier has a key', () => {
    const config = configFor(['ANTHROPIC_API_KEY', 'MISTRAL_API_KEY'], ENGINE);
    expect(supportChat(config)).toEqual({
      draft: 'local/llama-3.1-8b',
      tiers: [
        ['primary', 'anthropic/claude-sonnet-4-6'],
        ['secondary', 'mistral/mistral-large-latest'],
      ],
    });
  });

  test('every key: four tiers, each under its own name', () => {
    const { tiers } = supportChat(configFor(KNOWN_VARIABLES));
    expect(tiers?.map(([name]) => name)).toEqual(['primary', 'secondary', 'catch-all', 'last']);
    expect(new Set(tiers?.map(([, model]) => model)).size).toBe(4);
  });
});

test('Ollama is spoken to by its own protocol, which is not where its OpenAI face is', () => {
  const engine = {
    dialect: 'ollama',
    baseUrl: 'http://127.0.0.1:11434',
    model: 'tiny:1b',
  } as const;
  expect(configFor([], engine).providers['local']).toMatchObject({
    dialect: 'ollama',
    baseUrl: engine.baseUrl,
  });
  for (const path of ['/v1', '/v1/']) {
    expect(() => configFor([], { ...engine, baseUrl: engine.baseUrl + path })).toThrow(
      "providers.local.baseUrl: is Ollama's OpenAI face",
    );
  }
});

test('whatever was found, nothing is asked for that was not: keys, models, tiers', () => {
  fc.assert(
    fc.property(fc.subarray([...KNOWN_VARIABLES]), fc.boolean(), (variables, hasEngine) => {
      const config = configFor(variables, hasEngine ? ENGINE : undefined);
      for (const { apiKey } of Object.values(config.providers)) {
        if (apiKey !== undefined) expect(variables.map((name) => `env:${name}`)).toContain(apiKey);
      }
      const route = config.routes['support-chat'];
      expect(route?.escalate.length).toBe(variables.length || 2);
      expect(route?.draft?.startsWith('local/') ?? false).toBe(hasEngine && variables.length > 0);
      expect(config.simulator !== undefined).toBe(variables.length === 0);
    }),
  );
});
