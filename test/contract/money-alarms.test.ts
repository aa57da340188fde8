import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AttemptSettled } from '@weir/core';
import { Metrics, systemClock } from '@weir/runtime';
import { makeModelCall, silentLog } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PriceBook, timeless } from '../../packages/pricing/src/index.ts';
import { DIALECTS, type Dialect } from '../../packages/providers/src/index.ts';
import { Upstream } from '../../packages/upstream/src/index.ts';

/** Providers whose bills need looking at, on real sockets: what they say of usage is the question they are asked. */

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { messages, stream } = JSON.parse(body) as {
    messages: { content: string }[];
    stream?: boolean;
  };
  const usage = JSON.parse(messages[0]?.content ?? '');
  const head = { id: 'c1', model: 'm', usage };
  if (!stream) {
    const choice = { index: 0, message: { content: 'Yes.' }, finish_reason: 'stop' };
    response.end(JSON.stringify({ ...head, choices: [choice] }));
    return;
  }
  const choice = { index: 0, delta: { content: 'Yes.' }, finish_reason: 'stop' };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${JSON.stringify({ ...head, usage: null, choices: [choice] })}\n\n`);
  response.end(`data: ${JSON.stringify({ ...head, choices: [] })}\n\ndata: [DONE]\n\n`);
});
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

const RATES = { inputPicoUsd: 1_000_000n, outputPicoUsd: 1_000_000n };
const TRUE = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };

async function bills(usage: object, priced = true, dialect: Dialect = DIALECTS.openrouter) {
  const metrics = new Metrics('test');
  const settled: AttemptSettled[] = [];
  const prices = new Map(priced ? [['acme/m', timeless(RATES)]] : []);
  await using upstream = new Upstream({
    journal: {
      open: async () => {},
      settle: (attempt) => settled.push(attempt),
      record: () => {},
    },
    prices: new PriceBook(prices, 'book'),
    clock: systemClock,
    metrics,
    log: silentLog,
    maxEventCharacters: 10_000,
    drains: { maxMs: 1000, maxCalls: 1 },
  });
  const limits = { connectMs: 5000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 };
  const deployment = {
    name: 'acme/m',
    provider: 'acme',
    model: 'm',
    dialect,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    headers: {},
    timeouts: limits,
    breaker: { failurePercentage: 100, minCalls: 1000, windowMs: 10_000, resetAfterMs: 1000 },
    maxConnections: 2,
    maxReplyBytes: 100_000,
    maxOutputTokens: 100,
    unsupportedParameters: 'refuse',
    onCancel: 'abort',
  } as const;
  const messages = [{ role: 'user' as const, content: JSON.stringify(usage) }];
  const { context, chat } = makeModelCall({}, { messages });
  const place = { context, role: 'direct', tier: 'direct', number: 1 } as const;
  const { signal } = new AbortController();
  await upstream.call(deployment, chat, place, signal);
  for await (const _piece of upstream.stream(deployment, chat, place, signal));
  const { text } = await metrics.render();
  const alarms = text.match(/^weir_(unpriced|usage_refused|cost_dis)\w*\{.*$/gm) ?? [];
  const guesses = text.match(/^weir_speculated_tokens_total\{.*$/gm) ?? [];
  const plain = (line: string) => line.replace(/,?service="test"/, '');
  return { settled, alarms: alarms.map(plain), guesses: guesses.map(plain) };
}

test('a bill that is as it should be raises nothing, whole and streamed', async () => {
  const { settled, alarms } = await bills({ ...TRUE, cost: 0.00012 });
  const costs = settled.map(({ costPicoUsd, provenance }) => [costPicoUsd, provenance]);
  expect(costs).toEqual(Array(2).fill([120_000_000n, 'reported']));
  expect(alarms).toEqual([]);
});

test('usage that contradicts itself is not billed from, and is counted with its reason', async () => {
  const { settled, alarms } = await bills({ ...TRUE, total_tokens: 9000 });
  expect(settled.map(({ provenance }) => provenance)).toEqual(['estimated', 'estimated']);
  expect(alarms).toEqual([
    'weir_usage_refused_total{deployment="acme/m",reason="usage_inconsistent"} 2',
  ]);
});

test('a model without a price costs nobody knows what, and each of its calls is counted', async () => {
  const { settled, alarms } = await bills(TRUE, false);
  expect(settled.map(({ costPicoUsd }) => costPicoUsd)).toEqual([null, null]);
  expect(alarms).toEqual(['weir_unpriced_attempts_total{deployment="acme/m"} 2']);
});

test('a provider that charges what our prices do not come to is believed, and counted', async () => {
  const { settled, alarms } = await bills({ ...TRUE, cost: 0.00024 });
  const costs = settled.map(({ costPicoUsd }) => costPicoUsd);
  expect(costs).toEqual([240_000_000n, 240_000_000n]);
  expect(alarms).toEqual(['weir_cost_disagreements_total{deployment="acme/m"} 2']);
});

test('what an engine guessed ahead is counted, with what of it was right', async () => {
  const details = { accepted_prediction_tokens: 6, rejected_prediction_tokens: 3 };
  const usage = { ...TRUE, completion_tokens_details: details };
  const { guesses } = await bills(usage, true, DIALECTS.openai);
  expect(guesses.toSorted()).toEqual([
    'weir_speculated_tokens_total{deployment="acme/m",outcome="accepted"} 12',
    'weir_speculated_tokens_total{deployment="acme/m",outcome="guessed"} 18',
  ]);
  expect((await bills(TRUE)).guesses).toEqual([]);
});
