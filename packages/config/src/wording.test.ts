import { expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './parse.ts';

const GOOD = `providers:
  local:
    dialect: vllm
    baseUrl: http://127.0.0.1:8000/v1
    models:
      small: {}
routes:
  support:
    escalate: [{ model: local/small }]
`;

function messagesOf(text: string): string[] {
  try {
    parseConfig(text, 'weir.yaml');
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

const priced = (price: string) => GOOD.replace('small: {}', `small: { price: ${price} }`);
const keyed = (fields: string) =>
  `${GOOD}tenants: { acme: { keys: [{ id: k, key: env:K, ${fields} }] } }\n`;
const MODEL = 'providers.local.models.small';
const KEY = 'tenants.acme.keys.0';

test.each([
  ['', 'providers: is missing', 'routes: is missing'],
  ['providers: []\nroutes: {}', 'providers: must be a section of names'],
  [
    GOOD.replace('vllm', 'vlm'),
    'providers.local.dialect: is none of those known; did you mean "vllm"?',
  ],
  [
    GOOD.replace('http://127.0.0.1:8000/v1', 'api.openai.com/v1'),
    'providers.local.baseUrl: must be a URL like https://api.example.com/v1',
  ],
  [
    GOOD.replace('small: {}', 'small: { deprecatedAt: 1.12.2026, maxOutputTokens: 0 }'),
    `${MODEL}.maxOutputTokens: must be more than 0`,
    `${MODEL}.deprecatedAt: must be a day like 2026-12-01`,
  ],
  [
    GOOD.replace('support:', 'Support Chat:'),
    'routes.Support Chat: must be 1-63 letters, digits, "_", "." or "-"',
  ],
  [
    `${GOOD.trimEnd()}\n    scorer: { threshold: 90 }\n    whenExhausted: flagged-draft`,
    'routes.support.scorer.threshold: must be at most 1',
    'routes.support.whenExhausted: must be one of flagged_draft, error; did you mean "flagged_draft"?',
  ],
  [
    `${GOOD.trimEnd()}\n    timeoutMs: 3000000000`,
    'routes.support.timeoutMs: must be at most 1073741824',
  ],
  [
    priced('{ until: 2026-12-01, gpuUsdPerHour: 1 }'),
    `${MODEL}.price.until: must be an instant in UTC like 2026-12-01T00:00:00Z`,
  ],
  [
    priced('{ gpuUsdPerHour: 1, inputUsdPerMTok: 1 }'),
    `${MODEL}.price.inputUsdPerMTok: cannot stand here: a price is by tokens or by the hour, and not both`,
  ],
  [
    priced('{ inputUsdPerMTok: 1, outputUsdPerMTok: 1, feesUsd: { webSearch: 1 } }'),
    `${MODEL}.price.feesUsd.webSearch: is not a setting; did you mean "web_search"?`,
  ],
  [
    keyed('budget: { usd: abc }'),
    `${KEY}.budget.usd: must be a decimal with at most twelve places; quote it if in doubt`,
  ],
  [
    keyed('models: [suport]'),
    `${KEY}.models.0: "suport" is no route and no model of any provider; did you mean "support"?`,
  ],
  [
    GOOD.replace('model: local/small', 'model: small'),
    'routes.support.escalate.0.model: "small" is no model of any provider; did you mean "local/small"?',
  ],
])('what is wrong is said in words that say what to write instead: %j', (text, ...messages) => {
  expect(messagesOf(text)).toEqual(messages);
});

test.each(['models: [support]', 'models: ["local/*"]', 'budget: { usd: 0.5 }'])(
  'a key with %s is one',
  (fields) => {
    expect(messagesOf(keyed(fields))).toEqual([]);
  },
);

test('two names for one model cannot have two prices, since a bill goes by the provider’s own name', () => {
  const named = (price: string) =>
    GOOD.replace(
      'small: {}',
      `small: { price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1 } }\n      fast: { id: small, price: ${price} }`,
    );
  expect(messagesOf(named('{ inputUsdPerMTok: 1, outputUsdPerMTok: 1 }'))).toEqual([]);
  expect(messagesOf(named('{ inputUsdPerMTok: 1, outputUsdPerMTok: 2 }'))).toEqual([
    'providers.local.models.fast.price: is another than that of the same model ("small") under another name here',
  ]);
});
