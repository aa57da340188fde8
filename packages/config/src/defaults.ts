import { fillConfig } from './parse.ts';
import type { Config, ConfigInput } from './schema.ts';

/** A self-hosted engine that answers on its usual port. */
export interface FoundEngine {
  readonly dialect:
    | 'vllm'
    | 'sglang'
    | 'tensorrt-llm'
    | 'llama.cpp'
    | 'tabbyapi'
    | 'ollama'
    | 'tgi';
  readonly baseUrl: string;
  readonly model: string;
}

interface KnownProvider {
  readonly variable: string;
  readonly name: string;
  readonly provider: ConfigInput['providers'][string];
  readonly frontier: string;
  /** A cheap model with log-probabilities; absent where the provider gives none to score by. */
  readonly draft?: string;
}

/**
 * Providers that Weir sets up by itself when their key is in the environment, the preferred frontier first. What their
 * models cost is in the shipped price book.
 */
const KNOWN: readonly KnownProvider[] = [
  {
    variable: 'OPENAI_API_KEY',
    name: 'openai',
    frontier: 'gpt-4.1',
    draft: 'gpt-4.1-mini',
    provider: {
      dialect: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      apiKey: 'env:OPENAI_API_KEY',
      models: {
        'gpt-4.1': {},
        'gpt-4.1-mini': {},
      },
    },
  },
  {
    variable: 'ANTHROPIC_API_KEY',
    name: 'anthropic',
    frontier: 'claude-sonnet-4-6',
    provider: {
      dialect: 'anthropic',
      baseUrl: 'https://api.anthropic.com/v1',
      apiKey: 'env:ANTHROPIC_API_KEY',
      models: {
        'claude-sonnet-4-6': {},
      },
    },
  },
  {
    variable: 'GEMINI_API_KEY',
    name: 'gemini',
    frontier: 'gemini-3.5-flash-lite',
    provider: {
      dialect: 'gemini',
      baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
      apiKey: 'env:GEMINI_API_KEY',
      models: {
        'gemini-3.5-flash-lite': {},
      },
    },
  },
  {
    variable: 'MISTRAL_API_KEY',
    name: 'mistral',
    frontier: 'mistral-large-latest',
    provider: {
      dialect: 'mistral',
      baseUrl: 'https://api.mistral.ai/v1',
      apiKey: 'env:MISTRAL_API_KEY',
      models: {
        'mistral-large-latest': {},
      },
    },
  },
];

/** The environment variables that `defaultConfig` looks for. */
export const KNOWN_VARIABLES: readonly string[] = KNOWN.map(({ variable }) => variable);

/** Drafts by a self-hosted engine cost GPU time that Weir cannot see; this is a placeholder and says so in the README. */
const ENGINE_PRICE = { inputUsdPerMTok: '0.06', outputUsdPerMTok: '0.06' } as const;

/** What to run without a file: the keys and the engine that were found, or else the simulator. */
export function defaultConfig(found: {
  readonly variables: ReadonlySet<string>;
  readonly engine: FoundEngine | undefined;
}): Config {
  const providers = KNOWN.filter(({ variable }) => found.variables.has(variable));
  if (providers.length === 0) return fillConfig(simulatorConfig(found.engine));
  const tiers = ['primary', 'secondary', 'catch-all', 'last'];
  const hosted = providers.find(({ draft }) => draft !== undefined);
  const draft = found.engine
    ? `local/${found.engine.model}`
    : hosted && `${hosted.name}/${hosted.draft}`;
  return fillConfig({
    providers: {
      ...(found.engine && { local: engineProvider(found.engine) }),
      ...Object.fromEntries(providers.map(({ name, provider }) => [name, provider])),
    },
    routes: {
      'support-chat': {
        ...(draft && { draft }),
        escalate: providers.map(({ name, frontier }, index) => ({
          name: tiers[index] ?? name,
          model: `${name}/${frontier}`,
        })),
      },
    },
  });
}

function engineProvider(engine: FoundEngine): ConfigInput['providers'][string] {
  const { dialect, baseUrl, model } = engine;
  return { dialect, baseUrl, models: { [model]: { price: ENGINE_PRICE } } };
}

/** The price of the weak and the strong tiny model in demonstrations and tests: 6 % apart, as in real pairs. */
const TINY_PRICES = {
  draft: { inputUsdPerMTok: '0.06', outputUsdPerMTok: '0.06' },
  frontier: { inputUsdPerMTok: '1', outputUsdPerMTok: '1' },
} as const;

/** Tiny real models behind real sockets; a local engine, if there is one, can be asked directly. */
function simulatorConfig(engine: FoundEngine | undefined): ConfigInput {
  return {
    simulator: {},
    providers: {
      ...(engine && { local: engineProvider(engine) }),
      'tiny-draft': {
        baseUrl: 'http://127.0.0.1:9100/draft/v1',
        models: { weak: { price: TINY_PRICES.draft, maxOutputTokens: 4096 } },
      },
      'tiny-frontier': {
        baseUrl: 'http://127.0.0.1:9100/frontier/v1',
        models: { strong: { price: TINY_PRICES.frontier, maxOutputTokens: 4096 } },
      },
      'tiny-spare': {
        baseUrl: 'http://127.0.0.1:9100/spare/v1',
        models: { strong: { price: TINY_PRICES.frontier, maxOutputTokens: 4096 } },
      },
    },
    routes: {
      'support-chat': {
        draft: 'tiny-draft/weak',
        scorer: { signal: 'worst_token', threshold: 0.8 },
        escalate: [
          { name: 'primary', model: 'tiny-frontier/strong' },
          { name: 'secondary', model: 'tiny-spare/strong' },
        ],
        whenExhausted: 'flagged_draft',
      },
      // For recorded answers, which come without log-probabilities: the final line of a worked answer is the check.
      recorded: {
        draft: 'tiny-draft/weak',
        scorer: { withoutEvidence: 'accept', expect: { pattern: '####\\s*-?[\\d$]' } },
        escalate: [{ name: 'primary', model: 'tiny-frontier/strong' }],
      },
    },
  };
}
