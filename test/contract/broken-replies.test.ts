import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AttemptSettled } from '@weir/core';
import { Metrics, systemClock } from '@weir/runtime';
import { makeModelCall, silentLog } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PriceBook, timeless } from '../../packages/pricing/src/index.ts';
import { DIALECTS } from '../../packages/providers/src/index.ts';
import { AttemptFailed, Upstream } from '../../packages/upstream/src/index.ts';

/** Whole replies that are no answers and were charged all the same: by what they tell, as streams of the same are. */

const BODIES = {
  anthropic: {
    type: 'message',
    id: 'up-1',
    model: 'served',
    content: [{ type: 'text', text: 'Half' }],
    stop_reason: 'pause_turn',
    usage: { input_tokens: 1000, output_tokens: 500 },
  },
  bedrock: {
    output: { message: { role: 'assistant', content: [{ text: 'Half' }] } },
    stopReason: 'malformed_tool_use',
    usage: { inputTokens: 1000, outputTokens: 500, totalTokens: 1500 },
  },
  cohere: {
    id: 'up-1',
    finish_reason: 'ERROR',
    message: { role: 'assistant', content: [] },
    usage: { billed_units: { input_tokens: 1000, output_tokens: 500 } },
  },
  openai: {
    id: 'up-1',
    model: 'served',
    choices: [{ index: 0, message: { content: 'Half' }, finish_reason: 'error' }],
    usage: { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 },
  },
  'openai-responses': {
    id: 'up-1',
    model: 'served',
    status: 'failed',
    error: { code: 'server_error', message: 'x' },
    output: [],
    usage: { input_tokens: 1000, output_tokens: 500, total_tokens: 1500 },
  },
  gemini: {
    candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }],
    usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 500, totalTokenCount: 1500 },
    modelVersion: 'served',
    responseId: 'up-1',
  },
} as const;
type Name = keyof typeof BODIES;
const NAMES = Object.keys(BODIES) as Name[];

const server = createServer((request, response) => {
  request.resume();
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(BODIES[request.url?.split('/')[1] as Name]));
});
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

const INPUT = 3n;
const OUTPUT = 7n;

test.each(NAMES)('a failure that %s charges costs what it told', async (name) => {
  const settled: AttemptSettled[] = [];
  const rates = timeless({ inputPicoUsd: INPUT, outputPicoUsd: OUTPUT });
  await using upstream = new Upstream({
    journal: {
      open: async () => {},
      settle: (attempt) => settled.push(attempt),
      record: () => {},
    },
    prices: new PriceBook(new Map([['acme/m', rates]]), 'book'),
    clock: systemClock,
    metrics: new Metrics('test'),
    log: silentLog,
    maxEventCharacters: 10_000,
    drains: { maxMs: 1000, maxCalls: 1 },
  });
  const deployment = {
    name: 'acme/m',
    provider: 'acme',
    model: 'm',
    dialect: DIALECTS[name],
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`,
    headers: {},
    timeouts: { connectMs: 5000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 },
    breaker: { failurePercentage: 100, minCalls: 1000, windowMs: 10_000, resetAfterMs: 1000 },
    maxConnections: 2,
    maxReplyBytes: 100_000,
    maxOutputTokens: 100,
    unsupportedParameters: 'refuse',
    onCancel: 'abort',
  } as const;
  const { context, chat } = makeModelCall();
  const place = { context, role: 'direct', tier: 'direct', number: 1 } as const;
  const call = upstream.call(deployment, chat, place, new AbortController().signal);
  await expect(call).rejects.toThrow(AttemptFailed);
  expect(settled).toMatchObject([
    {
      outcome: 'failed',
      provenance: 'reported',
      usage: { inputTokens: 1000, outputTokens: 500 },
      costPicoUsd: 1000n * INPUT + 500n * OUTPUT,
      upstreamId: name === 'bedrock' ? '' : 'up-1',
    },
  ]);
});
