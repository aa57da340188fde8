import type { ProviderConfig } from '@weir/config';

/**
 * A row of the book by its name there, and the name that calls have for it: as `replace` takes them. `global/gpt-5.1` is
 * called `gpt-5.1` where all is global.
 */
export type NameRule = readonly [row: RegExp, called: string];

/** What an address tells about the prices that hold there. */
export interface Endpoint {
  readonly vendor: string;
  /** The vendor's rows that hold here, the later before the earlier. What no rule is for has no price here. */
  readonly rows: readonly NameRule[];
  /** What of these the address tells of every call, as far as it moves the price. */
  readonly conditions?: Conditions;
  /** Rows hold only where they say what this condition does to them. */
  readonly rowsTell?: string;
  /** Other ways to write a model's name in a call. */
  readonly ids?: NameRule;
  /** Models are called by names of their owner's: what a reply calls one is not what it is billed as. */
  readonly namedByOwner?: true;
  /** A condition that only the owner can tell, and that decides which rows hold. */
  readonly asks?: string;
  /** For whoever configured a model that has no price here. */
  readonly advice?: string;
}

type Conditions = Readonly<Record<string, string>>;
type Groups = Readonly<Record<string, string>>;

const EVERY_ROW: readonly NameRule[] = [[/^.+$/, '$&']];
const GEMINI: readonly NameRule[] = [[/^gemini-.+$/, '$&']];

/**
 * Whose prices hold at an address. It is the address that decides and not the dialect: a proxy or a reseller that speaks
 * OpenAI's has prices of its own. So have a vendor's own hosts elsewhere, unless the book has their prices: DashScope's
 * outside of Singapore, OpenAI's outside of Europe and the United States, Together's and xAI's regional ones are not here.
 */
const VENDORS: ReadonlyMap<string, string> = new Map([
  ['api.openai.com', 'openai'],
  ['api.anthropic.com', 'anthropic'],
  ['generativelanguage.googleapis.com', 'gemini'],
  ['api.mistral.ai', 'mistral'],
  ['api.deepseek.com', 'deepseek'],
  ['dashscope-intl.aliyuncs.com', 'qwen'],
  ['api.x.ai', 'xai'],
  ['api.groq.com', 'groq'],
  ['api.together.xyz', 'together'],
  ['api.together.ai', 'together'],
  ['api.fireworks.ai', 'fireworks'],
  ['api.cohere.com', 'cohere'],
  ['api.cohere.ai', 'cohere'],
  ['api.perplexity.ai', 'perplexity'],
  ['openrouter.ai', 'openrouter'],
  ['api.cerebras.ai', 'cerebras'],
  ['api.moonshot.ai', 'moonshot'],
  ['api.minimax.io', 'minimax'],
]);

interface Place {
  /** Of an address without its scheme: `host/path`. */
  readonly at: RegExp;
  /** From the groups of the pattern, and what the owner says is true. */
  readonly endpoint: (groups: Groups, conditions: Conditions) => Endpoint;
}

/** Vendors whose hosts have the name of a region, of a resource or of a workspace. */
const PLACES: readonly Place[] = [
  {
    at: /^(?<region>eu|us)\.api\.openai\.com\//,
    endpoint: ({ region = '' }) => ({
      vendor: 'openai',
      rows: EVERY_ROW,
      conditions: { processing_region: region },
    }),
  },
  {
    at: /^[a-z0-9-]+\.ap-southeast-1\.maas\.aliyuncs\.com\//,
    endpoint: () => ({ vendor: 'qwen', rows: EVERY_ROW }),
  },
  {
    at: /^(?:[a-z0-9-]+\.)?bedrock-(?:runtime|runtime-fips|mantle)\.(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.(?:(?:vpce\.)?amazonaws\.com|api\.aws)\//,
    endpoint: ({ region = '' }) => bedrock(region),
  },
  {
    at: /^aiplatform\.googleapis\.com\/v\w+\/(?:projects\/[^/]+\/locations\/global\/)?publishers\/google\/?$/,
    endpoint: () => ({ vendor: 'vertex', rows: GEMINI }),
  },
  {
    at: /^(?:[a-z0-9-]+-aiplatform|aiplatform(?:\.(?:eu|us)\.rep)?)\.googleapis\.com\/v\w+\/projects\/[^/]+\/locations\/(?!global\/)[^/]+\/publishers\/google\/?$/,
    endpoint: () => ({
      vendor: 'vertex',
      rows: GEMINI,
      conditions: { endpoint: 'regional' },
      // Newer models are a tenth dearer there, and older ones are not: a row that is silent may be of either kind.
      rowsTell: 'endpoint',
      advice: 'the shipped book has its price at the global endpoint only',
    }),
  },
  {
    at: /^[a-z0-9-]+\.(?:openai|services\.ai|cognitiveservices)\.azure\.com\/(?!openai\/deployments\/)/,
    endpoint: (_groups, conditions) => azure(conditions['processing_region'] ?? ''),
  },
];

/** Where AWS' list prices are those of a row without a place in its name. */
const LIST_REGION = /^us-(?:east-[12]|west-2)$/;

/** Calls with a profile's name are charged at the profile's price, wherever they are made. */
const PROFILE: NameRule = [/^(?:us|eu|apac|jp|au|ca|us-gov|global)\.[^/]+$/, '$&'];

/**
 * Whose profile costs what its model costs by its plain name: AWS charges for both at the price of the region that is
 * called, which for Claude is the same everywhere within a geography. Catalogs have the plain name at the global price.
 */
const GEOGRAPHIES: readonly (readonly [region: RegExp, profile: RegExp])[] = [
  [LIST_REGION, /^us\.([^/]+)$/],
  [/^us-(?:east|west)-/, /^us\.(anthropic\..+)$/],
  [/^us-gov-/, /^us-gov\.(anthropic\..+)$/],
  [/^eu-/, /^eu\.(anthropic\..+)$/],
  [/^ap-/, /^apac\.(anthropic\..+)$/],
  [/^ap-northeast-[13]$/, /^jp\.(anthropic\..+)$/],
  [/^ap-southeast-[24]$/, /^au\.(anthropic\..+)$/],
];

function bedrock(region: string): Endpoint {
  const list: NameRule[] = LIST_REGION.test(region) ? [[/^[^/]+$/, '$&']] : [];
  const plain = GEOGRAPHIES.filter(([regions]) => regions.test(region));
  return {
    vendor: 'bedrock',
    rows: [
      ...list,
      PROFILE,
      ...plain.map(([, profile]): NameRule => [profile, '$1']),
      [new RegExp(`^${region}/(.+)$`), '$1'],
    ],
    ids: [
      new RegExp(`^arn:aws[a-z-]*:bedrock:${region}:\\d*:(?:foundation-model|inference-profile)/`),
      '',
    ],
    advice:
      'where its id is an ARN or a profile of your own, "baseModel" says which model that is; a plain id has a price only in the regions whose prices the shipped book has',
  };
}

/** By where a deployment computes: anywhere, or in a zone. What is bound to one region has prices that the book lacks. */
const AZURE: ReadonlyMap<string, readonly NameRule[]> = new Map([
  [
    'global',
    [
      // Catalogs have these two at a zone's price.
      [/^(?!(?:gpt-4o-mini-2024-07-18|o1-mini)$)[^/]+$/, '$&'],
      [/^global-standard\/(.+)$/, '$1'],
      [/^global\/(.+)$/, '$1'],
    ],
  ],
  ['eu', [[/^eu\/(.+)$/, '$1']]],
  ['us', [[/^us\/(.+)$/, '$1']]],
]);

function azure(region: string): Endpoint {
  return {
    vendor: 'azure',
    rows: AZURE.get(region) ?? [],
    namedByOwner: true,
    asks: 'processing_region',
    advice:
      '"conditions.processing_region" of its provider says where the deployment computes (global; eu or us for a data zone), and "baseModel" which model it is where it is not named like one',
  };
}

type Addressed = Pick<ProviderConfig, 'baseUrl' | 'conditions'>;

/** The vendor whose models, and nobody else's, are at a provider's address; undefined where that is nobody's business. */
export function endpointOf({ baseUrl, conditions }: Addressed): Endpoint | undefined {
  const { host, pathname } = new URL(baseUrl);
  const vendor = VENDORS.get(host);
  if (vendor !== undefined) return { vendor, rows: EVERY_ROW };
  for (const { at, endpoint } of PLACES) {
    const match = at.exec(`${host}${pathname}`);
    if (match) return endpoint(match.groups ?? {}, conditions);
  }
  return undefined;
}

/** What moves the price of every call there: what the owner tells, and what the address does, which knows better. */
export function conditionsOf(provider: Addressed): Conditions | undefined {
  const conditions = { ...provider.conditions, ...endpointOf(provider)?.conditions };
  return Object.keys(conditions).length > 0 ? conditions : undefined;
}

type Named = ProviderConfig['models'][string];

/** What the vendor calls a configured model. */
export function vendorsNameOf(endpoint: Endpoint, name: string, model: Named): string {
  const { id = name, baseModel = id } = model;
  return endpoint.ids ? baseModel.replace(...endpoint.ids) : baseModel;
}
