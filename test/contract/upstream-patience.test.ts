import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptSettled } from '@weir/core';
import { Metrics, systemClock } from '@weir/runtime';
import { makeModelCall, silentLog } from '@weir/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PriceBook } from '../../packages/pricing/src/index.ts';
import { DIALECTS } from '../../packages/providers/src/index.ts';
import { AttemptFailed, type Deployment, Upstream } from '../../packages/upstream/src/index.ts';

/** Whose time ran out, and what a provider may say before it answers: on real sockets. */

const ANSWER_AFTER_MS = 300;
const ANSWER = { id: 'c1', model: 'm', choices: [{ index: 0, finish_reason: 'stop' }] };

/** What stands before the answer, which comes after a while. */
let before: (response: ServerResponse) => void = () => {};
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  before(response);
  await sleep(ANSWER_AFTER_MS);
  const [choice] = ANSWER.choices;
  if (!JSON.parse(body).stream) {
    const choices = [{ ...choice, message: { content: 'Yes.' } }];
    response.end(JSON.stringify({ ...ANSWER, choices }));
    return;
  }
  const choices = [{ ...choice, delta: { content: 'Yes.' } }];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`data: ${JSON.stringify({ ...ANSWER, choices })}\n\ndata: [DONE]\n\n`);
});
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  before = () => {};
});
afterAll(() => server.close());

const PATIENT = { connectMs: 5000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 };
const WAYS = ['call', 'stream'] as const;

function deploymentOf(more: Partial<Deployment> = {}): Deployment {
  return {
    name: 'acme/m',
    provider: 'acme',
    model: 'm',
    dialect: DIALECTS['openai-compatible'],
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    headers: {},
    timeouts: PATIENT,
    breaker: { failurePercentage: 1, minCalls: 1, windowMs: 10_000, resetAfterMs: 60_000 },
    maxConnections: 8,
    maxReplyBytes: 100_000,
    maxOutputTokens: 100,
    unsupportedParameters: 'refuse',
    onCancel: 'abort',
    ...more,
  };
}

class Calls implements AsyncDisposable {
  readonly settled: AttemptSettled[] = [];
  readonly upstream = new Upstream({
    journal: {
      open: async () => {},
      settle: (attempt) => this.settled.push(attempt),
      record: () => {},
    },
    prices: new PriceBook(new Map(), 'book'),
    clock: systemClock,
    metrics: new Metrics('test'),
    log: silentLog,
    maxEventCharacters: 10_000,
    drains: { maxMs: 1000, maxCalls: 8 },
  });

  /** What came of one call of a request that has so much time: the answer, or the kind of its failure. */
  async ask(how: (typeof WAYS)[number], deployment: Deployment, withinMs = 5000): Promise<string> {
    const deadlineAtMs = systemClock.monotonicMs() + withinMs;
    const { context, chat } = makeModelCall({ deadlineAtMs });
    const place = { context, role: 'direct', tier: 'direct', number: 1 } as const;
    const { signal } = new AbortController();
    try {
      if (how === 'call') {
        return (await this.upstream.call(deployment, chat, place, signal)).reply.text;
      }
      let text = '';
      for await (const delta of this.upstream.stream(deployment, chat, place, signal)) {
        if (delta.type === 'text-delta') text += delta.text;
      }
      return text;
    } catch (error) {
      if (error instanceof AttemptFailed) return error.fault.kind;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.upstream[Symbol.asyncDispose]();
  }
}

test.each([
  ['call', 'abort'],
  ['call', 'drain'],
  ['stream', 'abort'],
  ['stream', 'drain'],
] as const)('a caller in a hurry closes no provider to others (%s, %s)', async (how, onCancel) => {
  await using calls = new Calls();
  const deployment = deploymentOf({ onCancel });
  for (let round = 0; round < 3; round++) {
    expect(await calls.ask(how, deployment, 5)).toBe('deadline_exceeded');
  }
  expect(await calls.ask(how, deployment)).toBe('Yes.');
});

test.each([
  ['call', 'abort'],
  ['call', 'drain'],
  ['stream', 'abort'],
  ['stream', 'drain'],
] as const)(
  'a provider that takes longer than it may has failed (%s, %s)',
  async (how, onCancel) => {
    await using calls = new Calls();
    const slow = deploymentOf({ onCancel, timeouts: { ...PATIENT, firstTokenMs: 5 } });
    expect(await calls.ask(how, slow)).toBe('deadline_exceeded');
    await sleep(5);
    expect(await calls.ask(how, slow)).toBe('circuit_open');
  },
);

test.each(WAYS)('so has one that had most of its time and no more (%s)', async (how) => {
  await using calls = new Calls();
  const slow = deploymentOf({ timeouts: { ...PATIENT, firstTokenMs: 200 } });
  expect(await calls.ask(how, slow, 180)).toBe('deadline_exceeded');
  await sleep(5);
  expect(await calls.ask(how, slow)).toBe('circuit_open');
});

test.each(WAYS)('what a provider says while it works is not its answer (%s)', async (how) => {
  before = (response) => {
    response.writeProcessing();
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
  };
  await using calls = new Calls();
  expect(await calls.ask(how, deploymentOf())).toBe('Yes.');
  expect(calls.settled).toMatchObject([{ outcome: 'completed' }]);
});
