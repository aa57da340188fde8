import { type Config, parseConfig } from '@weir/config';
import type { BookModel, PriceRow } from '@weir/pricing';
import { describe, expect, test } from 'vitest';
import { conditionsOf, endpointOf } from './endpoints.ts';
import { BOOK_FILE, readBook } from './files.ts';
import { priceBook, unpricedHint } from './price-book.ts';

/** Whose prices hold where, by the book that is shipped: figures are US dollars per million tokens, in and out. */

const SHIPPED = readBook(BOOK_FILE);
const NOW = Date.parse('2026-11-22T00:00:00Z');

interface Said {
  readonly conditions?: string;
  readonly baseModel?: string;
}

function configOf(
  baseUrl: string,
  id: string,
  { conditions = '{}', baseModel }: Said = {},
): Config {
  const named = baseModel === undefined ? '' : `, baseModel: "${baseModel}"`;
  return parseConfig(
    `
providers: { p: { baseUrl: "${baseUrl}", conditions: ${conditions}, models: { m: { id: "${id}"${named} } } } }
routes: { r: { escalate: [{ model: p/m }] } }
`,
    'weir.yaml',
  );
}

function providerAt(baseUrl: string, said: Said = {}) {
  const provider = configOf(baseUrl, 'any', said).providers['p'];
  if (!provider) throw new TypeError('it is configured');
  return provider;
}

/** `in/out`, or undefined. */
function priceAt(baseUrl: string, id: string, said: Said = {}, served = ''): string | undefined {
  const book = priceBook(configOf(baseUrl, id, said), () => SHIPPED);
  const price = book.priceOf('p', id, NOW, served);
  return price && `${dollars(price.inputPicoUsd)}/${dollars(price.outputPicoUsd)}`;
}

function dollars(picoUsd: bigint | undefined): number {
  return Number(picoUsd) / 1_000_000;
}

/** The same of a row as it lies in the book. */
function rowOf(provider: string, model: string): string | undefined {
  const row = SHIPPED.models.find((one) => one.provider === provider && one.model === model)
    ?.prices[0];
  return row && `${Number(row.inputUsdPerMTok)}/${Number(row.outputUsdPerMTok)}`;
}

const AWS = (region: string) => `https://bedrock-runtime.${region}.amazonaws.com`;
const PROJECT = 'projects/acme-prod/locations';
const GLOBAL = `https://aiplatform.googleapis.com/v1/${PROJECT}/global/publishers/google`;

describe('an address is a vendor’s', () => {
  test.each([
    ['https://api.openai.com/v1', 'openai'],
    ['https://eu.api.openai.com/v1', 'openai'],
    ['https://us.api.openai.com/v1', 'openai'],
    ['https://api.anthropic.com/v1', 'anthropic'],
    ['https://generativelanguage.googleapis.com/v1beta', 'gemini'],
    ['https://api.mistral.ai/v1', 'mistral'],
    ['https://api.deepseek.com/v1', 'deepseek'],
    ['https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'qwen'],
    ['https://llm-1a2b3c.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1', 'qwen'],
    ['https://api.x.ai/v1', 'xai'],
    ['https://api.groq.com/openai/v1', 'groq'],
    ['https://api.together.xyz/v1', 'together'],
    ['https://api.together.ai/v1', 'together'],
    ['https://api.fireworks.ai/inference/v1', 'fireworks'],
    ['https://api.cohere.com/v2', 'cohere'],
    ['https://api.cohere.ai/v2', 'cohere'],
    ['https://api.perplexity.ai', 'perplexity'],
    ['https://openrouter.ai/api/v1', 'openrouter'],
    ['https://api.cerebras.ai/v1', 'cerebras'],
    ['https://api.moonshot.ai/v1', 'moonshot'],
    ['https://api.minimax.io/v1', 'minimax'],
    [AWS('us-east-1'), 'bedrock'],
    [AWS('ap-southeast-2'), 'bedrock'],
    [AWS('us-gov-west-1'), 'bedrock'],
    ['https://bedrock-runtime-fips.us-east-1.amazonaws.com', 'bedrock'],
    ['https://vpce-0a1b-2c3d.bedrock-runtime.eu-west-1.vpce.amazonaws.com', 'bedrock'],
    ['https://bedrock-mantle.us-west-2.api.aws/v1', 'bedrock'],
    [GLOBAL, 'vertex'],
    ['https://aiplatform.googleapis.com/v1/publishers/google', 'vertex'],
    [`https://aiplatform.googleapis.com/v1/${PROJECT}/eu/publishers/google`, 'vertex'],
    [
      `https://europe-west4-aiplatform.googleapis.com/v1/${PROJECT}/europe-west4/publishers/google`,
      'vertex',
    ],
    [`https://aiplatform.us.rep.googleapis.com/v1/${PROJECT}/us/publishers/google/`, 'vertex'],
    ['https://acme.openai.azure.com/openai/v1', 'azure'],
    ['https://acme.services.ai.azure.com/openai/v1', 'azure'],
    ['https://acme.services.ai.azure.com/anthropic/v1', 'azure'],
    ['https://acme.cognitiveservices.azure.com/openai/v1', 'azure'],
    ['HTTPS://API.OPENAI.COM/v1', 'openai'],
  ])('%s is %s’s', (baseUrl, vendor) => {
    expect(endpointOf(providerAt(baseUrl))?.vendor).toBe(vendor);
  });
});

describe('an address that looks like a vendor’s is nobody’s', () => {
  test.each([
    'https://api.openai.com.evil.test/v1',
    'https://evil-api.openai.com/v1',
    'https://x.api.openai.com/v1',
    'https://api.openai.com@evil.test/v1',
    'https://evil.test/api.openai.com/v1',
    'https://evil.test/eu.api.openai.com/v1',
    'https://eu.api.openai.com.evil.test/v1',
    'https://evil.test#eu.api.openai.com/v1',
    'https://api.openai.com:8443/v1',
    'https://api.openai.com./v1',
    'https://bedrock-runtime.us-east-1.amazonaws.com.evil.test',
    'https://bedrock-runtime.us-east-1.evil.test/amazonaws.com/',
    'https://evil.test/bedrock-runtime.us-east-1.amazonaws.com/',
    'https://evilbedrock-runtime.us-east-1.amazonaws.com',
    'https://bedrock-runtime.amazonaws.com',
    'https://bedrock-runtime.us-east-1.amazonaws.com:8443',
    'https://bedrock.us-east-1.amazonaws.com',
    'https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com.evil.test',
    `https://aiplatform.googleapis.com.evil.test/v1/${PROJECT}/global/publishers/google`,
    `https://evil.test/aiplatform.googleapis.com/v1/${PROJECT}/global/publishers/google`,
    `https://evil.test/x-aiplatform.googleapis.com/v1/${PROJECT}/us/publishers/google`,
    `https://aiplatform.asia.rep.googleapis.com/v1/${PROJECT}/asia/publishers/google`,
    `https://us-central1-aiplatform.googleapis.com/v1/${PROJECT}/global/publishers/google`,
    `https://aiplatform.googleapis.com/v1/${PROJECT}/global/publishers/mistralai`,
    `https://aiplatform.googleapis.com/v1/${PROJECT}/global/endpoints/42`,
    'https://acme.openai.azure.com.evil.test/openai/v1',
    'https://openai.azure.com/openai/v1',
    'https://a.b.openai.azure.com/openai/v1',
    'https://acme.openai.azure.us/openai/v1',
    'https://acme.azure-api.net/openai/v1',
    'https://acme.openai.azure.com/openai/deployments/prod',
    // Vendors’ own, with prices that the book does not have.
    'https://jp.api.openai.com/v1',
    'https://dashscope.aliyuncs.com/compatible-mode/v1',
    'https://dashscope-us.aliyuncs.com/compatible-mode/v1',
    'https://cn-hongkong.dashscope.aliyuncs.com/compatible-mode/v1',
    'https://llm-1a2b3c.cn-beijing.maas.aliyuncs.com/compatible-mode/v1',
    'https://us-api.together.ai/v1',
    'https://us-east-1.api.x.ai/v1',
    'https://api.moonshot.cn/v1',
    'https://api.minimaxi.com/v1',
  ])('%s', (baseUrl) => {
    expect(endpointOf(providerAt(baseUrl))).toBeUndefined();
    expect(priceAt(baseUrl, 'gpt-4.1')).toBeUndefined();
  });
});

const SONNET = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const OURS = 'arn:aws:bedrock:us-east-1:123456789012';

describe('Bedrock', () => {
  test.each([
    // Profiles, wherever they are called from.
    ['us-east-1', `us.${SONNET}`, '3.3/16.5'],
    ['eu-central-1', `eu.${SONNET}`, '3.3/16.5'],
    ['eu-central-1', `global.${SONNET}`, '3/15'],
    ['ap-northeast-1', `jp.${SONNET}`, '3.3/16.5'],
    ['us-gov-west-1', `us-gov.${SONNET}`, '3.6/18'],
    // By its plain name Claude is regional too, and a catalog's plain row is not.
    ['us-east-1', SONNET, '3.3/16.5'],
    ['us-east-2', SONNET, '3.3/16.5'],
    ['us-west-1', SONNET, '3.3/16.5'],
    ['eu-central-1', SONNET, '3.3/16.5'],
    ['ap-northeast-1', SONNET, '3.3/16.5'],
    ['us-gov-west-1', SONNET, '3.6/18'],
    ['sa-east-1', SONNET, undefined],
    // The row of the region goes before any other, and a region without one has list prices only in three.
    ['eu-west-2', 'minimax.minimax-m2.5', '0.47/1.86'],
    ['ap-south-1', 'minimax.minimax-m2.5', '0.36/1.44'],
    ['us-west-2', 'minimax.minimax-m2.5', '0.3/1.2'],
    ['ap-southeast-1', 'minimax.minimax-m2.5', undefined],
    ['us-east-1', 'moonshotai.kimi-k2-thinking', '0.6/2.5'],
    ['us-east-1', 'amazon.nova-2-lite-v1:0', '0.33/2.75'],
    ['us-east-1', 'amazon.nova-lite-v1:0', '0.06/0.24'],
    ['eu-west-1', 'amazon.nova-lite-v1:0', undefined],
    ['eu-west-1', 'eu.amazon.nova-lite-v1:0', '0.078/0.312'],
    ['us-east-1', 'us-west-2/zai.glm-5', undefined],
    // ARNs say what they are of, or nothing.
    ['us-east-1', `arn:aws:bedrock:us-east-1::foundation-model/${SONNET}`, '3.3/16.5'],
    ['us-east-1', `${OURS}:inference-profile/global.${SONNET}`, '3/15'],
    ['us-west-2', `${OURS}:inference-profile/us.${SONNET}`, undefined],
    ['us-east-1', `${OURS}:application-inference-profile/a1b2c3`, undefined],
    ['us-east-1', `${OURS}:provisioned-model/a1b2c3`, undefined],
    ['us-east-1', `${OURS}:imported-model/a1b2c3`, undefined],
  ])('in %s, %s costs %s', (region, id, price) => {
    expect(priceAt(AWS(region), id)).toBe(price);
  });

  test('what a profile of one’s own is of can be said', () => {
    const id = `${OURS}:application-inference-profile/a1b2c3`;
    expect(priceAt(AWS('us-east-1'), id, { baseModel: `us.${SONNET}` })).toBe('3.3/16.5');
    expect(priceAt(AWS('us-east-1'), id, { baseModel: SONNET })).toBe('3.3/16.5');
    expect(priceAt(AWS('us-east-1'), id, { baseModel: 'no-such-model' })).toBeUndefined();
    expect(priceAt(AWS('us-east-1'), SONNET, { baseModel: 'no-such-model' })).toBeUndefined();
  });

  test('a private or FIPS address is of the same region', () => {
    const vpce = 'https://vpce-0a1b-2c3d.bedrock-runtime.eu-west-2.vpce.amazonaws.com';
    expect(priceAt(vpce, 'minimax.minimax-m2.5')).toBe('0.47/1.86');
    expect(
      priceAt('https://bedrock-runtime-fips.us-east-1.amazonaws.com', 'amazon.nova-lite-v1:0'),
    ).toBe('0.06/0.24');
  });

  test('whatever has a price around the world has one in each list region by its plain name', () => {
    const global = SHIPPED.models.flatMap(({ provider, model }) =>
      provider === 'bedrock' && model.startsWith('global.') ? [model.slice('global.'.length)] : [],
    );
    expect(global.length).toBeGreaterThan(5);
    const without = global.filter((name) => rowOf('bedrock', `us.${name}`) === undefined);
    expect(without).toEqual([]);
  });
});

describe('Vertex', () => {
  const regional = `https://europe-west4-aiplatform.googleapis.com/v1/${PROJECT}/europe-west4/publishers/google`;

  test.each([
    [GLOBAL, 'gemini-2.5-flash', '0.3/2.5'],
    ['https://aiplatform.googleapis.com/v1/publishers/google', 'gemini-2.5-flash', '0.3/2.5'],
    [GLOBAL, 'claude-sonnet-4-6', undefined],
    [regional, 'gemini-2.5-flash', undefined],
    [regional, 'gemini-3.5-flash', undefined],
    [
      `https://aiplatform.googleapis.com/v1/${PROJECT}/eu/publishers/google`,
      'gemini-3.5-flash',
      undefined,
    ],
  ])('at %s, %s costs %s', (baseUrl, id, price) => {
    expect(priceAt(baseUrl, id)).toBe(price);
  });

  test('a row that says what a regional endpoint costs holds there, and its multiplier with it', () => {
    const row: PriceRow = {
      source: 'https://cloud.google.com/vertex-ai/generative-ai/pricing',
      checkedOn: '2026-11-22',
      inputUsdPerMTok: '1.5',
      outputUsdPerMTok: '9',
    };
    const multipliers = [{ when: { endpoint: 'regional' }, factor: '1.1' }];
    const model = (name: string, prices: PriceRow[]): BookModel => {
      return { provider: 'vertex', model: name, prices };
    };
    const models = [
      model('gemini-telling', [{ ...row, multipliers }]),
      model('gemini-silent', [row]),
    ];
    const book = { ...SHIPPED, models };
    const priced = (id: string) =>
      priceBook(configOf(regional, id), () => book).priceOf('p', id, NOW);
    expect(priced('gemini-telling')?.multipliers).toEqual([
      { when: { endpoint: 'regional' }, perMille: 1100 },
    ]);
    expect(priced('gemini-silent')).toBeUndefined();
    expect(conditionsOf(providerAt(regional))).toEqual({ endpoint: 'regional' });
    expect(conditionsOf(providerAt(GLOBAL))).toBeUndefined();
  });
});

describe('Azure', () => {
  const AZURE = 'https://acme.openai.azure.com/openai/v1';
  const zone = (name: string): Said => ({ conditions: `{ processing_region: ${name} }` });

  test.each([
    [zone('global'), 'gpt-5.4', '2.5/15'],
    [zone('eu'), 'gpt-5.4', '2.75/16.5'],
    [zone('us'), 'gpt-5.4', '2.75/16.5'],
    [zone('global'), 'gpt-4o-mini', '0.15/0.6'],
    [zone('global'), 'gpt-4o-mini-2024-07-18', undefined],
    [zone('eu'), 'gpt-4.1', undefined],
    [zone('swedencentral'), 'gpt-5.4', undefined],
    [{}, 'gpt-5.4', undefined],
    [zone('global'), 'prod', undefined],
    [zone('global'), 'eu/gpt-5.4', undefined],
    [{ ...zone('eu'), baseModel: 'gpt-5.4' }, 'prod', '2.75/16.5'],
    [{ ...zone('global'), baseModel: 'no-such-model' }, 'gpt-5.4', undefined],
    [{ baseModel: 'gpt-5.4' }, 'prod', undefined],
  ] as const)('under %j, %s costs %s', (said, id, price) => {
    expect(priceAt(AZURE, id, said)).toBe(price);
  });

  test('what a reply calls a deployment that nobody told about does not make it billed as that', () => {
    // It may be one with capacity that is paid for by the hour, or a router with a fee of its own.
    expect(priceAt(AZURE, 'prod', zone('global'), 'gpt-5.4-2026-03-05')).toBeUndefined();
    expect(priceAt(AZURE, 'prod', zone('global'), 'gpt-5.4')).toBeUndefined();
    const told = { ...zone('global'), baseModel: 'gpt-5.4' };
    expect(priceAt(AZURE, 'prod', told, 'gpt-5.4-2026-03-05')).toBe('2.5/15');
  });

  test('no global price is one of a zone', () => {
    const zoned = SHIPPED.models.flatMap(({ provider, model }) => {
      const [, name = ''] = /^(?:eu|us)\/(.+)$/.exec(model) ?? [];
      return provider === 'azure' && name !== '' ? [{ name, price: rowOf(provider, model) }] : [];
    });
    expect(zoned.length).toBeGreaterThan(20);
    const same = zoned.filter(({ name, price }) => priceAt(AZURE, name, zone('global')) === price);
    expect(same).toEqual([]);
  });

  test('who has no price is told what to say', () => {
    const hint = unpricedHint('p/m', configOf(AZURE, 'prod'));
    expect(hint).toContain('set providers.p.models.m.price, or what its calls cost stays unknown');
    expect(hint).toContain('"conditions.processing_region"');
    expect(hint).toContain('"baseModel"');
  });
});

describe('OpenAI’s regional hosts', () => {
  test.each(['eu', 'us'])('%s says where is processed', (region) => {
    const baseUrl = `https://${region}.api.openai.com/v1`;
    expect(conditionsOf(providerAt(baseUrl))).toEqual({ processing_region: region });
    // The host knows better: a project of another region is refused there.
    const said = { conditions: '{ processing_region: elsewhere, team: a }' };
    expect(conditionsOf(providerAt(baseUrl, said))).toEqual({
      processing_region: region,
      team: 'a',
    });
    expect(priceAt(baseUrl, 'gpt-5.4')).toBe(rowOf('openai', 'gpt-5.4'));
  });

  test('every model since March 2026, from which on that is dearer, says how much', () => {
    const silent = SHIPPED.models.filter(({ provider, model, prices }) => {
      const [, major = '0', minor = '0'] = /^gpt-(\d+)(?:\.(\d+))?(?:-|$)/.exec(model) ?? [];
      const isNew = Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 4);
      const tells = (region: string) =>
        prices.every(({ multipliers = [] }) =>
          multipliers.some(({ when }) => when['processing_region'] === region),
        );
      return provider === 'openai' && isNew && !(tells('eu') && tells('us'));
    });
    expect(silent.map(({ model }) => model)).toEqual([]);
  });
});
