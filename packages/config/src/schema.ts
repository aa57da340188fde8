import { MODALITIES } from '@weir/core';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { decimal, price } from './price.ts';

/**
 * Every setting of Weir, with its default. Names end in their unit; nothing else in Weir has a default of its own.
 * Secrets are never written here but named: `env:NAME` is the environment variable that holds one.
 */

function isRe2(pattern: string): boolean {
  try {
    RE2JS.compile(RE2JS.translateRegExp(pattern));
    return true;
  } catch {
    return false;
  }
}

/** Node fires a timer of more than 2^31 ms at once; half of that leaves room for sums. */
const MAX_MS = 2 ** 30;
const span = z.number().int().positive().max(MAX_MS);
const ms = (byDefault: number) => span.default(byDefault);
const count = (byDefault: number) => z.number().int().positive().default(byDefault);
const bytes = count;
const port = z.number().int().min(0).max(65535);
/** `host:port`. */
const address = z.string().regex(/^[^\s/]+:\d+$/, 'must be host:port');
const secret = z
  .string()
  .regex(/^env:[A-Za-z_]\w*$/, 'must be env:NAME, the variable that holds it');
/** Route, provider, tenant and key names go into subjects, headers and labels. */
const name = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,62}$/, 'must be 1-63 letters, digits, "_", "." or "-"');

const condition = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be 1-63 small letters, digits or "_"');

export const DIALECT_NAMES = [
  'openai',
  'openai-responses',
  'azure',
  'openai-compatible',
  'anthropic',
  'gemini',
  'bedrock',
  'vertex',
  'cohere',
  'mistral',
  'deepseek',
  'qwen',
  'groq',
  'xai',
  'together',
  'fireworks',
  'perplexity',
  'cerebras',
  'openrouter',
  'tokenmix',
  'litellm',
  'portkey',
  'vllm',
  'sglang',
  'tensorrt-llm',
  'triton',
  'llama.cpp',
  'tabbyapi',
  'tgi',
  'ollama',
] as const;

const modality = z.enum(MODALITIES);

const model = z.strictObject({
  /** The provider's own name for it, where that differs from the one used here. */
  id: z.string().min(1).optional(),
  /** Which of the vendor's models it is, where its name is its owner's: an Azure deployment, an inference profile. */
  baseModel: z.string().min(1).optional(),
  /** Without a price, and without one in the price book, its cost is "not known", and counted as such. */
  price: price.optional(),
  maxOutputTokens: count(4096),
  /** Tokens of a prompt and its answer together. This and what follows go before what the shipped price book says. */
  contextWindow: z.number().int().positive().optional(),
  inputModalities: z.array(modality).min(1).optional(),
  outputModalities: z.array(modality).min(1).optional(),
  deprecatedAt: z.iso.date().optional(),
  /** The first day without it, from midnight UTC; `never` where the book is wrong about this one. */
  retiresAt: z
    .union([z.literal('never'), z.iso.date('must be a day like 2027-01-31, or never')])
    .optional(),
  /** What to use in its place: a route, or `provider/model`. */
  successor: z.string().min(1).optional(),
});

const timeouts = z.strictObject({
  connectMs: ms(2000),
  firstTokenMs: ms(20_000),
  idleMs: ms(10_000),
  totalMs: ms(120_000),
});

const breaker = z.strictObject({
  failurePercentage: z.number().min(1).max(100).default(50),
  minCalls: count(5),
  windowMs: ms(120_000),
  resetAfterMs: ms(10_000),
});

/** Of providers whose models draft: whether their log-probabilities may be believed is found out beside the drafts. */
const probe = z.strictObject({
  /** By default where an engine runs on hardware of one's own; each probe is about a hundred tokens, in the ledger. */
  enabled: z.boolean().optional(),
  /** A new probe after so long, though nothing seems to have changed. */
  everyMs: ms(3_600_000),
  /** How often the engine is asked for its version and settings, for nothing; no two probes are closer together. */
  lookMs: ms(60_000),
  timeoutMs: ms(15_000),
  /** Of each page on which an engine tells of itself. */
  maxReplyBytes: bytes(4 * 1024 * 1024),
});

const provider = z
  .strictObject({
    dialect: z.enum(DIALECT_NAMES).default('openai-compatible'),
    baseUrl: z.url({ protocol: /^https?$/ }),
    apiKey: secret.optional(),
    /** Of a call that nobody waits for any more: end it, or hear it out for its usage. By default as the dialect is billed. */
    onCancel: z.enum(['abort', 'drain']).optional(),
    /** What is true of every call there and no reply says, as multipliers of prices name it: `processing_region: eu`. */
    conditions: z.record(condition, z.string().min(1).max(63)).default({}),
    models: z.record(z.string().min(1), model),
    timeouts: timeouts.prefault({}),
    breaker: breaker.prefault({}),
    probe: probe.prefault({}),
    maxConnections: count(128),
    maxReplyBytes: bytes(16 * 1024 * 1024),
  })
  .refine(({ dialect, baseUrl }) => dialect !== 'ollama' || !/\/v1\/?$/.test(baseUrl), {
    path: ['baseUrl'],
    message:
      "is Ollama's OpenAI face; its own API, which this dialect speaks, is there without /v1",
  });

const expectations = z.strictObject({
  keywords: z.array(z.string()).optional(),
  /** RE2's syntax: no look-around, no back-references. */
  pattern: z
    .string()
    .max(1000)
    .refine(isRe2, 'is not a regular expression that RE2 takes')
    .optional(),
  minCharacters: z.number().int().min(0).optional(),
  maxCharacters: z.number().int().positive().optional(),
});

const SHARE_RANGE = 'must be above 0 and below 1: 99 % is written 0.99';
const share = z.number().gt(0, SHARE_RANGE).lt(1, SHARE_RANGE);

/** What the owner wants; a scorer model, fitted to the route's own traffic and certified on it, then decides. */
const target = z.union(
  [
    z.strictObject({
      /** At most 1 - quality of all requests get a wrong draft where the frontier was right, ... */
      quality: share,
      /** ... with this confidence. Nothing is accepted before that is shown. */
      confidence: share.default(0.9),
    }),
    z.strictObject({
      /** As good as it gets for this share of the frontier's bill. */
      budget: z.strictObject({ share }),
    }),
  ],
  'must be { quality: 0.99, confidence: 0.9 } or { budget: { share: 0.5 } }',
);

const learning = z.strictObject({
  /** Every accepted draft is looked at (the frontier is asked too, off the caller's path) until there are so many labels ... */
  shadowFirst: z.number().int().min(0).default(500),
  /** ... and this share of them from then on. */
  shadowShare: z.number().min(0.005).max(1).default(0.02),
  /** Labels kept in memory, the newest, to learn from. */
  labelsKept: count(20_000),
  retrainAfterLabels: count(50),
  /** How often what another process put in force is looked for. */
  lookEveryMs: ms(5_000),
  /** A false alarm of drift is raised with at most this chance: ever by labels, in 20,000 requests by the escalation rate. */
  falseAlarm: z.number().gt(0).max(0.5).default(0.05),
});

const scorer = z.strictObject({
  signal: z.enum(['mean', 'worst_window', 'worst_token']).default('worst_window'),
  threshold: z.number().min(0).max(1).default(0.9),
  /** A draft without usable log-probabilities escalates, unless the route's validators alone decide. */
  withoutEvidence: z.enum(['escalate', 'accept']).default('escalate'),
  /** At least one: without alternatives, log-probabilities that an engine filled in with zeros look like certainty. */
  topLogprobs: z.number().int().min(1).max(20).default(5),
  expect: expectations.prefault({}),
  /** With one, a scorer model decides, and signal, threshold and withoutEvidence have no say. */
  target: target.optional(),
  learning: learning.prefault({}),
  /** Evidence bought for drafts that the scorer model is least sure about: another draft, or the judge's opinion. */
  buy: z.enum(['nothing', 'second_draft', 'judge']).default('nothing'),
  /** For this share of requests, those nearest to the line. */
  greyShare: z.number().min(0).max(1).default(0.1),
  /** `provider/model` that is asked for its opinion of a draft where a scorer model is not sure; without one nobody is. */
  judge: z.string().min(3).optional(),
  /** Do not draft what is most likely thrown away. */
  skipDraft: z.boolean().default(false),
});

/** Only what differs from the provider's. */
const tierTimeouts = z.strictObject({
  firstTokenMs: span.optional(),
  idleMs: span.optional(),
  totalMs: span.optional(),
});

const tier = z.strictObject({
  name: name.optional(),
  model: z.string().min(3),
  maxAttempts: count(2),
  /** Longer than the draft's: the frontier may think. */
  timeouts: tierTimeouts.optional(),
});

const route = z.strictObject({
  /** `provider/model`; without one the route goes straight to its tiers. */
  draft: z.string().min(3).optional(),
  scorer: scorer.prefault({}),
  escalate: z.array(tier).min(1),
  timeoutMs: ms(30_000),
  /** Kept back from the draft, so that an escalation can still answer. */
  escalationReserveMs: ms(10_000),
  whenExhausted: z.enum(['flagged_draft', 'error']).default('error'),
  /** Of a request with a parameter that a model's provider has no word for: ask the next model, or leave it out. */
  unsupportedParameters: z.enum(['refuse', 'drop']).default('refuse'),
  maxAttempts: count(4),
});

const budget = z.strictObject({
  usd: decimal(12),
  period: z.enum(['day', 'month', 'total']).default('month'),
});

const key = z
  .strictObject({
    id: name,
    /** Hex SHA-256 of the whole key: `weir key` makes both. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')
      .optional(),
    key: secret.optional(),
    models: z.array(z.string()).optional(),
    requestsPerMinute: z.number().int().positive().optional(),
    maxConcurrent: z.number().int().positive().optional(),
    budget: budget.optional(),
  })
  .refine((value) => (value.sha256 === undefined) !== (value.key === undefined), {
    message: 'needs either sha256 or key, and not both',
  });

const service = z.strictObject({
  /** Where the others find it; absent means in the same process. */
  address: address.optional(),
  /** Where it listens when it runs alone. */
  listen: address.optional(),
  /** `/healthz`, `/readyz` and `/metrics` of a service that runs alone. */
  operationsListen: address.optional(),
});

const nats = z.strictObject({
  servers: z.array(z.string().min(1)).min(1),
  user: z.string().optional(),
  password: secret.optional(),
  token: secret.optional(),
  streamMaxBytes: bytes(8 * 1024 * 1024 * 1024),
  duplicateWindowMs: ms(1_800_000),
  replicas: z.number().int().min(1).max(5).default(1),
  publishTimeoutMs: ms(5000),
  ackWaitMs: ms(30_000),
  maxDeliver: count(6),
  batchEvents: count(256),
  batchWaitMs: ms(20),
});

const ledger = z.strictObject({
  store: z.enum(['sqlite', 'postgres']).default('sqlite'),
  /** PostgreSQL's connection URL. */
  url: secret.optional(),
  maxConnections: count(8),
  connectTimeoutMs: ms(5000),
  statementTimeoutMs: ms(30_000),
  watchBatch: count(256),
  watchPollMs: ms(1000),
  holdGraceMs: ms(60_000),
});

const limits = z.strictObject({
  maxInFlight: count(2000),
  maxConnections: count(10_000),
  maxBodyBytes: bytes(10 * 1024 * 1024),
  maxHeaderBytes: bytes(32 * 1024),
  maxMessages: count(2000),
  maxTools: count(256),
  maxChoices: count(8),
  maxTags: count(16),
  headersTimeoutMs: ms(10_000),
  requestTimeoutMs: ms(60_000),
  keepAliveTimeoutMs: ms(65_000),
  streamCommentMs: ms(5000),
  slowReaderMs: ms(30_000),
  idempotencyEntries: count(10_000),
  idempotencyTtlMs: ms(86_400_000),
  journalWaitingEvents: count(5_000_000),
  journalBufferedEvents: count(20_000),
  journalSegmentBytes: bytes(16 * 1024 * 1024),
  journalLingerMs: z.number().int().min(0).default(5),
  relayBatchEvents: count(1024),
  relayLingerMs: z.number().int().min(0).default(200),
  relayRetryMinMs: ms(100),
  relayRetryMaxMs: ms(5000),
  retryBaseMs: ms(100),
  retryMaxMs: ms(2000),
  maxEventCharacters: count(8 * 1024 * 1024),
  rpcMaxMessageBytes: bytes(24 * 1024 * 1024),
  rpcMaxCallsPerStream: count(4000),
  rpcDeadlineMarginMs: ms(20),
  rpcDefaultTimeoutMs: ms(600_000),
  rpcKeepaliveMs: ms(30_000),
  drainMs: ms(25_000),
  /** How long a call that nobody waits for is heard out, and how many at a time. */
  cancelDrainMs: ms(30_000),
  maxCancelDrains: count(64),
  /** How long the frontier is waited for only to learn from its answer, and of how many requests Weir learns at a time. */
  shadowTimeoutMs: ms(60_000),
  maxShadowCalls: count(32),
  /** Versions of a route's scorer model that are kept, to go back to. */
  scorerVersionsKept: count(50),
});

const simulator = z.strictObject({
  listen: address.default('127.0.0.1:9100'),
  /** Delay before the first token, and between tokens. */
  firstTokenMs: z.number().min(0).default(0),
  tokenMs: z.number().min(0).default(0),
  /** Completions kept in the log of tokens served. */
  maxLogEntries: count(1_000_000),
});

export const configSchema = z.strictObject({
  gateway: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      httpPort: port.default(8080),
      grpcPort: port.default(50051),
      operationsListen: address.optional(),
    })
    .prefault({}),
  services: z
    .strictObject({
      draft: service.prefault({}),
      scorer: service.prefault({}),
      escalation: service.prefault({}),
      ledger: service.prefault({}),
    })
    .prefault({}),
  providers: z.record(name, provider),
  routes: z.record(name, route),
  /** Tenants and their keys; with none, one key for trying out, on loopback only. */
  tenants: z.record(name, z.strictObject({ keys: z.array(key).min(1) })).default({}),
  ledger: ledger.prefault({}),
  nats: nats.optional(),
  limits: limits.prefault({}),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
  /** Starts provider servers with tiny real models beside the draft service. */
  simulator: simulator.optional(),
});

/** A valid configuration, every default filled in, secrets still named and not resolved. */
export type Config = z.output<typeof configSchema>;
/** The same as one writes it. */
export type ConfigInput = z.input<typeof configSchema>;
export type ProviderConfig = Config['providers'][string];
export type RouteConfig = Config['routes'][string];
