import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FailedCall, type Journal, type Served } from '@weir/core';
import { Metrics, systemClock } from '@weir/runtime';
import { makeModelCall, silentLog } from '@weir/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { estimatePromptTokens, PriceBook, timeless } from '../../packages/pricing/src/index.ts';
import { DIALECTS, type Dialect } from '../../packages/providers/src/index.ts';
import { type Deployment, Ladder, Upstream } from '../../packages/upstream/src/index.ts';

/** Azure as a provider on a socket of its own: its key, its filter and its limits. */

const FORGETFUL: Journal = { open: async () => {}, settle: () => {}, record: () => {} };
const INPUT = 3_000_017n;
const PRICES = new PriceBook(
  new Map([['cloud/our-gpt', timeless({ inputPicoUsd: INPUT, outputPicoUsd: 1n })]]),
  'book',
);
const REPLY = JSON.stringify({
  id: 'chatcmpl-1',
  model: 'gpt-test',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }],
  usage: { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 },
});
const FILTERED = JSON.stringify({
  error: {
    code: 'content_filter',
    param: 'prompt',
    message: 'secret',
    innererror: { code: 'ResponsibleAIPolicyViolation' },
  },
});

let origin: string;
let calls: { readonly url: string | undefined; readonly headers: IncomingMessage['headers'] }[];
/** One for each call, the last for all that follow. */
let answers: ((response: ServerResponse) => void)[];

function say(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
}

const server = createServer((request, response) => {
  calls.push({ url: request.url, headers: request.headers });
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  request.resume().once('end', () => answer?.(response));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  calls = [];
  answers = [say(200, REPLY)];
});

function deploymentOf(dialect: Dialect, name: string): Deployment {
  return {
    name,
    provider: 'cloud',
    model: 'our-gpt',
    dialect,
    baseUrl: `${origin}/openai/v1`,
    headers: dialect.adapter.headers('key', dialect),
    timeouts: { connectMs: 1000, firstTokenMs: 5000, idleMs: 5000, totalMs: 10_000 },
    // One failure would be too many.
    breaker: { failurePercentage: 1, minCalls: 1, windowMs: 10_000, resetAfterMs: 10_000 },
    maxConnections: 8,
    maxReplyBytes: 1_000_000,
    maxOutputTokens: 100,
    unsupportedParameters: 'refuse',
    onCancel: 'abort',
  };
}

const CALL = makeModelCall({}, { messages: [{ role: 'user', content: 'Say something rude.' }] });

async function climb(...deployments: readonly Deployment[]): Promise<Served> {
  const metrics = new Metrics('test');
  await using upstream = new Upstream({
    journal: FORGETFUL,
    prices: PRICES,
    clock: systemClock,
    metrics,
    log: silentLog,
    maxEventCharacters: 1_000_000,
    drains: { maxMs: 1000, maxCalls: 8 },
  });
  const random = () => 0;
  const ladder = new Ladder({
    upstream,
    clock: systemClock,
    metrics,
    random,
    retryBaseMs: 1,
    retryMaxMs: 1000,
  });
  const rungs = deployments.map((deployment) => ({
    tier: deployment.name,
    deployment,
    maxAttempts: 2,
  }));
  return await ladder.generate(rungs, 'escalation', CALL, new AbortController().signal);
}

async function failureOf(served: Promise<Served>): Promise<FailedCall> {
  const error = await served.catch((thrown: unknown) => thrown);
  if (!(error instanceof FailedCall)) throw new Error('It was answered.', { cause: error });
  return error;
}

const azure = () => deploymentOf(DIALECTS.azure, 'azure');
const other = () => deploymentOf(DIALECTS['openai-compatible'], 'other');

test('a call goes to version 1 of the API, with the key in its own header and as no bearer', async () => {
  expect(await climb(azure())).toMatchObject({ reply: { text: 'Hi' } });
  expect(calls).toMatchObject([
    { url: '/openai/v1/chat/completions', headers: { 'api-key': 'key' } },
  ]);
  expect(calls[0]?.headers).not.toHaveProperty('authorization');
});

describe('a prompt that the filter refuses', () => {
  test('is asked of the next provider, not of the same again, and has cost what reading it costs', async () => {
    answers = [say(400, FILTERED), say(200, REPLY)];
    const { reply, tier, attempts } = await climb(azure(), other());
    expect([reply.text, tier]).toEqual(['Hi', 'other']);
    expect(calls).toHaveLength(2);
    const inputTokens = estimatePromptTokens(CALL.chat);
    expect(inputTokens).toBeGreaterThan(0);
    expect(attempts[0]).toMatchObject({
      outcome: 'failed',
      fault: 'content_filtered',
      provenance: 'lower_bound',
      usage: { inputTokens, outputTokens: 0 },
      costPicoUsd: BigInt(inputTokens) * INPUT,
    });
  });

  test('is free where nobody says that it is billed', async () => {
    answers = [say(400, FILTERED)];
    const { fault, attempts } = await failureOf(climb(other()));
    expect(fault.kind).toBe('content_filtered');
    expect(attempts).toMatchObject([{ provenance: 'computed', costPicoUsd: 0n }]);
  });

  test('is the caller’s where nobody takes it, and says nothing of what the filter saw', async () => {
    answers = [say(400, FILTERED)];
    const { fault } = await failureOf(climb(azure()));
    expect(fault.row).toMatchObject({ http: 400, code: 'content_filter' });
    expect(fault.message).not.toContain('secret');
  });

  test('is no failure of the provider: its breaker stays closed', async () => {
    answers = [say(400, FILTERED), say(400, FILTERED), say(400, FILTERED), say(200, REPLY)];
    const rungs = ['a', 'b', 'c', 'd'].map(azure);
    expect(await climb(...rungs)).toMatchObject({ reply: { text: 'Hi' } });
    expect(calls).toHaveLength(4);
  });
});

test('a limit of rate says in milliseconds how long to wait, and is waited for', async () => {
  const limited = JSON.stringify({ error: { code: '429', message: 'm' } });
  const headers = { 'retry-after-ms': '60', 'retry-after': '1' };
  answers = [say(429, limited, headers), say(200, REPLY)];
  const lenient = { ...azure(), breaker: { ...azure().breaker, minCalls: 100 } };
  const beganAt = performance.now();
  const { attempts } = await climb(lenient);
  expect(performance.now() - beganAt).toBeGreaterThanOrEqual(55);
  expect(performance.now() - beganAt).toBeLessThan(900);
  expect(attempts.map(({ fault }) => fault)).toEqual(['upstream_rate_limited', null]);
});
