import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ServiceOutputTypes,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { FinalizeRequestMiddleware } from '@smithy/types';
import type { Journal } from '@weir/core';
import { Metrics, systemClock } from '@weir/runtime';
import { makeModelCall, silentLog } from '@weir/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ConfigError,
  fillConfig,
  readEnvironment,
  Secrets,
} from '../../packages/config/src/index.ts';
import { PriceBook } from '../../packages/pricing/src/index.ts';
import {
  AttemptFailed,
  type AwsCredentials,
  awsAuthorize,
  Upstream,
} from '../../packages/upstream/src/index.ts';
import { deployments } from '../../services/host/src/settings.ts';
import { SignatureCheck, type SignedCall } from './signature-check.ts';

/** What Weir signs, beside what AWS' own client signs, and both before a server that computes signatures by itself. */

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const KEYS: AwsCredentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET };
const REGION = 'eu-west-1';
const FORGETFUL: Journal = { open: async () => {}, settle: () => {}, record: () => {} };

const MODELS = [
  'amazon.nova-lite-v1:0',
  'us.anthropic.claude-sonnet-4-6',
  'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3',
];

let check: SignatureCheck;
let upstream: Upstream;
beforeAll(async () => {
  check = await SignatureCheck.open(SECRET);
  upstream = new Upstream({
    journal: FORGETFUL,
    prices: new PriceBook(new Map(), 'none'),
    clock: systemClock,
    metrics: new Metrics('test'),
    log: silentLog,
    maxEventCharacters: 100_000,
    drains: { maxMs: 1000, maxCalls: 1 },
  });
});
afterAll(async () => {
  await upstream[Symbol.asyncDispose]();
  await check[Symbol.asyncDispose]();
});
beforeEach(() => {
  check.calls.length = 0;
  vi.stubEnv('AWS_ACCESS_KEY_ID', KEYS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEYS.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', '');
  vi.stubEnv('AWS_PROFILE', '');
  vi.stubEnv('AWS_REGION', REGION);
});
afterEach(() => vi.unstubAllEnvs());

function onlyCall(): SignedCall {
  const [call, ...others] = check.calls;
  if (!call || others.length > 0) throw new Error(`there were ${check.calls.length} calls`);
  return call;
}

/** What the client adds that a signature of Weir's does not cover. */
const NOT_SIGNED = [
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'x-amz-user-agent',
  'content-length',
];

async function sentByClient(modelId: string, credentials: AwsCredentials, bare: boolean) {
  const client = new BedrockRuntimeClient({
    endpoint: check.url,
    region: REGION,
    credentials,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
  const strip: FinalizeRequestMiddleware<object, ServiceOutputTypes> = (next) => (args) => {
    const { headers } = args.request as { headers: Record<string, string> };
    for (const name of NOT_SIGNED) delete headers[name];
    return next(args);
  };
  const toMiddleware = 'httpSigningMiddleware';
  if (bare) client.middlewareStack.addRelativeTo(strip, { relation: 'before', toMiddleware });
  const content = [{ text: 'Größe? 🏞️' }];
  await client.send(new ConverseCommand({ modelId, messages: [{ role: 'user', content }] }));
  return onlyCall();
}

/** The moment that a signature names. */
function momentOf(call: SignedCall): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(call.headers['x-amz-date'] ?? '') ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

describe('the signature of AWS’ own client', () => {
  test('is the one that the server computes, whatever it covers', async () => {
    const call = await sentByClient(MODELS[0] ?? '', KEYS, false);
    expect(call.headers['authorization']).toBe(call.expected);
    expect(call.expected).toContain('amz-sdk-invocation-id');
  });

  test.each(
    MODELS.flatMap((model) =>
      [KEYS, { ...KEYS, sessionToken: 'session/token==' }].map((keys) => [model, keys] as const),
    ),
  )('is Weir’s for the same call, keys and moment: %s, %j', async (model, keys) => {
    const call = await sentByClient(model, keys, true);
    const sign = awsAuthorize({
      region: REGION,
      clock: { nowMs: () => momentOf(call) },
      credentials: async () => keys,
    });
    const url = new URL(call.path, check.url);
    const headers = { 'content-type': call.headers['content-type'] ?? '', accept: 'x' };
    const signed = await sign({ url, headers, body: call.body }, new AbortController().signal);
    expect(signed).toEqual(
      Object.fromEntries(Object.keys(signed).map((name) => [name, call.headers[name]])),
    );
    expect(signed['authorization']).toBe(call.headers['authorization']);
  });
});

/** Deployments as a configuration makes them. */
function configured(model: string, provider: object) {
  const config = fillConfig({
    providers: {
      aws: { dialect: 'bedrock', baseUrl: check.url, models: { m: { id: model } }, ...provider },
    },
    routes: {},
  });
  const secrets = new Secrets(readEnvironment());
  return { all: deployments(config, secrets), secrets };
}

async function ask(model: string, provider: object = {}) {
  const { all, secrets } = configured(model, provider);
  secrets.check();
  const deployment = all.get('aws/m');
  if (!deployment) throw new Error('there is no deployment');
  const { context, chat } = makeModelCall({}, { messages: [{ role: 'user', content: 'Größe?' }] });
  const place = { context, role: 'direct', tier: 'direct', number: 1 } as const;
  // Each model has an endpoint of its own.
  const named = { ...deployment, name: `${deployment.name}/${model}` };
  return upstream.call(named, chat, place, new AbortController().signal);
}

describe('what Weir sends', () => {
  test.each(MODELS)(
    'is signed with what the environment has, as the wire has it: %s',
    async (model) => {
      const { reply } = await ask(model);
      expect(reply.text).toBe('Signed.');
      const { headers } = onlyCall();
      expect(headers['authorization']).toContain(`Credential=${KEYS.accessKeyId}/`);
      expect(headers['authorization']).toContain(`/${REGION}/bedrock/aws4_request,`);
      expect(Math.abs(momentOf(onlyCall()) - Date.now())).toBeLessThan(60_000);
    },
  );

  test('with keys that are wrong is refused, and that is our failure', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong');
    const failed = await ask('amazon.nova-pro-v1:0').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(AttemptFailed);
    expect((failed as AttemptFailed).fault.kind).toBe('upstream_auth');
  });

  test('without any credentials is not sent', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, '');
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) {
      vi.stubEnv(name, '/nonexistent');
    }
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const failed = await ask('amazon.nova-micro-v1:0').catch((error: unknown) => error);
    expect(failed).toMatchObject({
      fault: { kind: 'upstream_auth' },
      attempt: { costPicoUsd: 0n },
    });
    expect(check.calls).toEqual([]);
  });

  test('with a key of Bedrock’s own goes with that, and nothing is signed', async () => {
    vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', 'bedrock-api-key');
    const failed = await ask('amazon.nova-premier-v1:0', {
      apiKey: 'env:AWS_BEARER_TOKEN_BEDROCK',
    }).catch((error: unknown) => error);
    // This server knows signatures only.
    expect(failed).toBeInstanceOf(AttemptFailed);
    const { headers } = onlyCall();
    expect(headers['authorization']).toBe('Bearer bedrock-api-key');
    expect(Object.keys(headers).filter((name) => name.startsWith('x-amz-'))).toEqual([]);
  });
});

describe('the region', () => {
  test('is that of the host, before that of the environment', async () => {
    const baseUrl = 'https://bedrock-runtime.ap-south-1.amazonaws.com';
    const authorize = configured('m', { baseUrl }).all.get('aws/m')?.authorize;
    const call = { url: new URL('/model/m/converse', baseUrl), headers: {}, body: '{}' };
    const signed = await authorize?.(call, new AbortController().signal);
    expect(signed?.['authorization']).toContain('/ap-south-1/bedrock/');
  });

  test('where nobody says it is missed at the start, by the setting that lacks it', () => {
    vi.stubEnv('AWS_REGION', '');
    const { secrets } = configured('m', {});
    expect(() => secrets.check()).toThrow(ConfigError);
    expect(() => secrets.check()).toThrow(/providers\.aws\.baseUrl.*AWS_REGION/);
  });
});
