import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal } from '@weir/core';
import { Metrics, systemClock } from '@weir/runtime';
import { makeModelCall, silentLog } from '@weir/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { PriceBook } from '../../packages/pricing/src/index.ts';
import { DIALECTS } from '../../packages/providers/src/index.ts';
import {
  AttemptFailed,
  type Deployment,
  googleAuthorize,
  Upstream,
} from '../../packages/upstream/src/index.ts';

/** Google's Application Default Credentials, with a service account's key and a token endpoint of our own. */

const ACCOUNT = 'weir@project.iam.gserviceaccount.com';
const FORGETFUL: Journal = { open: async () => {}, settle: () => {}, record: () => {} };
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const KEY = {
  type: 'service_account',
  project_id: 'project',
  private_key_id: 'key-1',
  private_key: privateKey,
  client_email: ACCOUNT,
};
const GEMINI_REPLY = JSON.stringify({
  candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
});

type TokenAnswer = (response: ServerResponse, asked: number) => void;

const grant =
  (expiresInS: number): TokenAnswer =>
  (response, asked) => {
    const token = { access_token: `ya29.${asked}`, expires_in: expiresInS, token_type: 'Bearer' };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
  };

const refuse: TokenAnswer = (response) => {
  const error = { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' };
  response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(error));
};

let origin: string;
let folder: string;
let upstream: Upstream;
/** What came in: assertions that asked for a token, and the headers of calls. */
let assertions: string[];
let calls: IncomingMessage['headers'][];
let answer: TokenAnswer;

const server = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  if (request.url !== '/token') {
    calls.push(request.headers);
    response.writeHead(200, { 'content-type': 'application/json' }).end(GEMINI_REPLY);
    return;
  }
  const form = new URLSearchParams(Buffer.concat(parts).toString());
  expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
  assertions.push(form.get('assertion') ?? '');
  answer(response, assertions.length);
});

/** The library asks nobody but Google. */
const fetchToken: typeof fetch = (input, init) => {
  expect(String(input)).toBe('https://oauth2.googleapis.com/token');
  return fetch(`${origin}/token`, init);
};

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), 'weir-google-'));
  upstream = new Upstream({
    journal: FORGETFUL,
    prices: new PriceBook(new Map(), 'book'),
    clock: systemClock,
    metrics: new Metrics('test'),
    log: silentLog,
    maxEventCharacters: 1_000_000,
    drains: { maxMs: 1000, maxCalls: 8 },
  });
});
afterAll(async () => {
  await upstream[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  assertions = [];
  calls = [];
  answer = grant(3600);
  useKey(KEY);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function useKey(key: object): void {
  const path = join(folder, 'key.json');
  writeFileSync(path, JSON.stringify(key));
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', path);
  vi.stubEnv('GOOGLE_CLOUD_QUOTA_PROJECT', '');
}

let deployments = 0;

function deploymentWith(authorize: Deployment['authorize'], firstTokenMs = 5000): Deployment {
  return {
    name: `vertex/${++deployments}`,
    provider: 'vertex',
    model: 'gemini-3-flash',
    dialect: DIALECTS.vertex,
    baseUrl: `${origin}/v1/projects/project/locations/global/publishers/google`,
    headers: DIALECTS.vertex.adapter.headers(undefined),
    authorize,
    timeouts: { connectMs: 1000, firstTokenMs, idleMs: 5000, totalMs: 10_000 },
    breaker: { failurePercentage: 100, minCalls: 1_000_000, windowMs: 10_000, resetAfterMs: 1000 },
    maxConnections: 8,
    maxReplyBytes: 1_000_000,
    maxOutputTokens: 100,
    unsupportedParameters: 'refuse',
    onCancel: 'abort',
  };
}

function call(deployment: Deployment, signal = new AbortController().signal) {
  const { context, chat } = makeModelCall({}, { messages: [{ role: 'user', content: 'Hi' }] });
  const place = { context, role: 'escalation', tier: 'primary', number: 1 } as const;
  return upstream.call(deployment, chat, place, signal);
}

async function failureOf(answered: Promise<unknown>): Promise<AttemptFailed> {
  const error = await answered.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AttemptFailed)) throw new Error('It was answered.', { cause: error });
  return error;
}

function decoded(part: string | undefined) {
  return JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
}

test('a call has the token for which the account signed with its key', async () => {
  const { reply } = await call(deploymentWith(googleAuthorize(fetchToken)));
  expect(reply.text).toBe('Hi');
  expect(calls.map(({ authorization }) => authorization)).toEqual(['Bearer ya29.1']);
  const [header, claims, signature] = (assertions[0] ?? '').split('.');
  const signed = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${claims}`),
    createPublicKey(publicKey),
    Buffer.from(signature ?? '', 'base64url'),
  );
  expect(signed).toBe(true);
  expect(decoded(header)).toMatchObject({ alg: 'RS256' });
  const { iss, scope, aud, iat, exp } = decoded(claims);
  expect([iss, scope, aud]).toEqual([
    ACCOUNT,
    'https://www.googleapis.com/auth/cloud-platform',
    'https://oauth2.googleapis.com/token',
  ]);
  expect(exp - iat).toBe(3600);
  expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(60);
});

test('a token is asked for once, however many calls wait for it or come after', async () => {
  const deployment = deploymentWith(googleAuthorize(fetchToken));
  await Promise.all(Array.from({ length: 5 }, () => call(deployment)));
  await call(deployment);
  expect(assertions).toHaveLength(1);
  expect(calls).toHaveLength(6);
  expect(new Set(calls.map(({ authorization }) => authorization))).toEqual(
    new Set(['Bearer ya29.1']),
  );
});

test('one that is about to expire is replaced before it does', async () => {
  answer = grant(60);
  const deployment = deploymentWith(googleAuthorize(fetchToken));
  await call(deployment);
  await call(deployment);
  expect(calls.map(({ authorization }) => authorization)).toEqual([
    'Bearer ya29.1',
    'Bearer ya29.2',
  ]);
});

test('whose quota it is goes with the call, where the credentials say so', async () => {
  useKey({ ...KEY, quota_project_id: 'other' });
  await call(deploymentWith(googleAuthorize(fetchToken)));
  expect(calls[0]).toMatchObject({ 'x-goog-user-project': 'other' });
});

describe('without a token nothing is sent', () => {
  test('when it is refused, which costs nothing, and the next call asks again', async () => {
    answer = refuse;
    const deployment = deploymentWith(googleAuthorize(fetchToken));
    const { fault, attempt } = await failureOf(call(deployment));
    expect(fault.kind).toBe('upstream_auth');
    expect(fault.message).not.toContain('JWT');
    expect(String(fault.cause)).toContain('invalid_grant');
    expect(attempt).toMatchObject({ outcome: 'failed', provenance: 'computed', costPicoUsd: 0n });
    expect(calls).toEqual([]);
    answer = grant(3600);
    expect((await call(deployment)).reply.text).toBe('Hi');
  });

  test('when there are no credentials, until there are', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(folder, 'absent.json'));
    const deployment = deploymentWith(googleAuthorize(fetchToken));
    expect((await failureOf(call(deployment))).fault.kind).toBe('upstream_auth');
    expect([assertions, calls]).toEqual([[], []]);
    useKey(KEY);
    expect((await call(deployment)).reply.text).toBe('Hi');
  });

  test('when it does not come in time, and the next call has it once it came', async () => {
    const { promise: wait, resolve: goOn } = Promise.withResolvers<void>();
    answer = (response, asked) => wait.then(() => grant(3600)(response, asked));
    const authorize = googleAuthorize(fetchToken);
    const { fault } = await failureOf(call(deploymentWith(authorize, 50)));
    expect(fault.kind).toBe('upstream_auth');
    expect(calls).toEqual([]);
    goOn();
    expect((await call(deploymentWith(authorize))).reply.text).toBe('Hi');
    expect(assertions).toHaveLength(1);
  });

  test('when the caller has left', async () => {
    answer = () => {};
    const caller = new AbortController();
    const answered = call(deploymentWith(googleAuthorize(fetchToken)), caller.signal);
    await vi.waitFor(() => expect(assertions).toHaveLength(1));
    caller.abort();
    expect((await failureOf(answered)).fault.kind).toBe('cancelled');
    expect(calls).toEqual([]);
  });
});
