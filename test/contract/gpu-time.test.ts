import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptSettled, ChatRequest } from '@weir/core';
import { Metrics, systemClock } from '@weir/runtime';
import { startSimulator } from '@weir/simulator';
import { makeModelCall, silentLog } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  costOfAttempt,
  gpuCostOf,
  type Price,
  PriceBook,
  timeless,
} from '../../packages/pricing/src/index.ts';
import { DIALECTS } from '../../packages/providers/src/index.ts';
import { type Deployment, Upstream } from '../../packages/upstream/src/index.ts';

/** An engine on hardware that is paid for by its time, on a real socket. */

/** No microsecond of it costs a whole number of picodollars. */
const PRICE: Price = { gpu: { picoUsdPerGpuHour: 2_490_000_000_001n, gpus: 3 } };
const PRICES = new PriceBook(
  new Map([
    ['engine/strong', timeless(PRICE)],
    ['engine/other', timeless(PRICE)],
  ]),
  'book',
);
const LIMITS = { connectMs: 5000, firstTokenMs: 30_000, idleMs: 30_000, totalMs: 60_000 };

let origin: string;
let close: () => Promise<void>;
beforeAll(async () => {
  const settings = { firstTokenMs: 5, tokenMs: 1, maxLogEntries: 10_000 };
  const { simulator, port } = await startSimulator({ host: '127.0.0.1', port: 0, ...settings });
  origin = `http://127.0.0.1:${port}`;
  close = () => simulator[Symbol.asyncDispose]();
});
afterAll(() => close());

function deploymentOf(model: string): Deployment {
  const dialect = DIALECTS.vllm;
  return {
    name: `engine/${model}`,
    provider: 'engine',
    model,
    dialect,
    baseUrl: `${origin}/frontier/v1`,
    headers: {},
    timeouts: LIMITS,
    breaker: { failurePercentage: 100, minCalls: 1_000_000, windowMs: 10_000, resetAfterMs: 1000 },
    maxConnections: 4,
    maxReplyBytes: 1_000_000,
    maxOutputTokens: 1000,
    unsupportedParameters: 'refuse',
    onCancel: 'abort',
  };
}

test('calls that overlap in any way cost together what the busy time costs, to the picodollar', async () => {
  const settled: AttemptSettled[] = [];
  const metrics = new Metrics('test');
  await using upstream = new Upstream({
    journal: {
      open: async () => {},
      settle: (attempt) => settled.push(attempt),
      record: () => {},
    },
    prices: PRICES,
    clock: systemClock,
    metrics,
    log: silentLog,
    maxEventCharacters: 1_000_000,
    drains: { maxMs: 1000, maxCalls: 8 },
  });
  const ask = async (n: number) => {
    await sleep(n * 3);
    const fault = n % 5 === 0 ? '[[frontier:e500]]' : n % 7 === 0 ? '[[frontier:trunceof]]' : '';
    const content = `[[script: tokens=${(n * 13) % 40}]] ${fault}`;
    const messages: ChatRequest['messages'] = [{ role: 'user', content }];
    const { context, chat } = makeModelCall({}, { messages });
    const place = { context, role: 'direct', tier: 'direct', number: 1 } as const;
    const deployment = deploymentOf(n % 2 === 0 ? 'strong' : 'other');
    const signal = n % 6 === 0 ? AbortSignal.timeout(20) : new AbortController().signal;
    if (n % 3 === 0) return upstream.call(deployment, chat, place, signal);
    for await (const _piece of upstream.stream(deployment, chat, place, signal));
  };
  const calls = Array.from({ length: 60 }, (_, n) => ask(n));
  // One that was never sent takes no time of anybody.
  const late = upstream.call(
    { ...deploymentOf('strong'), name: 'nobody', baseUrl: 'http://127.0.0.1:1/v1' },
    makeModelCall().chat,
    { context: makeModelCall().context, role: 'direct', tier: 'direct', number: 1 },
    new AbortController().signal,
  );
  await Promise.allSettled([...calls, late]);

  expect(settled).toHaveLength(61);
  // The one to nobody, and whoever was given up while it waited for a connection.
  const unsent = settled.filter(({ metering }) => metering?.gpuTime?.micros === 0);
  expect(unsent.length).toBeGreaterThanOrEqual(1);
  for (const attempt of unsent) {
    expect(attempt).toMatchObject({ provenance: 'computed', costPicoUsd: 0n });
  }
  const { text } = await metrics.render();
  const line = text.split('\n').find((one) => one.startsWith('weir_provider_busy_seconds_total{'));
  const busyMicros = Math.round(Number(line?.split(' ').at(-1)) * 1_000_000);
  expect(busyMicros).toBeGreaterThan(50_000);

  const byModel = (model: string) => settled.filter((attempt) => attempt.model === model);
  const micros = (attempts: readonly AttemptSettled[]) =>
    attempts.reduce((sum, { metering }) => sum + (metering?.gpuTime?.micros ?? 0), 0);
  const cost = (attempts: readonly AttemptSettled[]) =>
    attempts.reduce((sum, { costPicoUsd }) => sum + (costPicoUsd ?? 0n), 0n);
  expect(micros(settled)).toBe(busyMicros);
  for (const model of ['strong', 'other']) {
    const own = byModel(model);
    expect(cost(own)).toBe(gpuCostOf(BigInt(micros(own)), PRICE).rounded());
  }
  for (const attempt of settled) {
    expect(costOfAttempt(attempt, PRICES).picoUsd).toBe(attempt.costPicoUsd);
  }
});
