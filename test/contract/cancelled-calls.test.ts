import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptSettled, ChatRequest, Fault, Journal } from '@weir/core';
import { Metrics, systemClock } from '@weir/runtime';
import { type ServedTokens, startSimulator } from '@weir/simulator';
import { makeModelCall, silentLog } from '@weir/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PriceBook, timeless } from '../../packages/pricing/src/index.ts';
import { AttemptFailed, type Deployment, Upstream } from '../../packages/upstream/src/index.ts';
import { ALL, protocolOf, type Spoken } from './spoken.ts';

/** Calls that nobody waits for any more, against providers on real sockets that keep a log of what they served. */

const INPUT = 3_000_017n;
const OUTPUT = 15_000_017n;
const PRICES = new PriceBook(
  new Map([['simulated/strong', timeless({ inputPicoUsd: INPUT, outputPicoUsd: OUTPUT })]]),
  'book',
);
const PATIENT = { connectMs: 5000, firstTokenMs: 30_000, idleMs: 30_000, totalMs: 60_000 };
const TOKENS = 40;
const FIRST_MS = 80;
const TOKEN_MS = 5;
const QUESTION = `[[script: tokens=${TOKENS}]]`;

let origin: string;
let close: () => Promise<void>;
beforeAll(async () => {
  const settings = { firstTokenMs: FIRST_MS, tokenMs: TOKEN_MS, maxLogEntries: 10_000 };
  const { simulator, port } = await startSimulator({ host: '127.0.0.1', port: 0, ...settings });
  origin = `http://127.0.0.1:${port}`;
  close = () => simulator[Symbol.asyncDispose]();
});
afterAll(() => close());

/** An upstream with a journal that can be waited for. */
class Calls implements Journal, AsyncDisposable {
  readonly settled: AttemptSettled[] = [];
  readonly metrics = new Metrics('test');
  readonly upstream: Upstream;

  constructor(drains = { maxMs: 5000, maxCalls: 8 }) {
    this.upstream = new Upstream({
      journal: this,
      prices: PRICES,
      clock: systemClock,
      metrics: this.metrics,
      log: silentLog,
      maxEventCharacters: 1_000_000,
      drains,
    });
  }

  async open(): Promise<void> {}

  settle(attempt: AttemptSettled): void {
    this.settled.push(attempt);
  }

  record(): void {}

  /** The bill of the one attempt that was made, once it is there. */
  async bill(): Promise<AttemptSettled> {
    while (this.settled.length === 0) await sleep(5);
    const [attempt, ...more] = this.settled;
    expect(more).toEqual([]);
    if (!attempt) throw new Error('nothing was settled');
    return attempt;
  }

  async counted(line: string): Promise<string[]> {
    const { text } = await this.metrics.render();
    return text.split('\n').filter((one) => one.startsWith(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.upstream[Symbol.asyncDispose]();
  }
}

function deploymentOf(spoken: Spoken, more: Partial<Deployment> = {}): Deployment {
  const { dialect, base } = protocolOf(spoken);
  return {
    name: spoken,
    provider: 'simulated',
    model: 'strong',
    dialect,
    baseUrl: `${origin}/frontier/${base}`,
    headers: dialect.adapter.headers('key', dialect),
    timeouts: PATIENT,
    breaker: { failurePercentage: 50, minCalls: 1, windowMs: 10_000, resetAfterMs: 60_000 },
    maxConnections: 8,
    maxReplyBytes: 1_000_000,
    maxOutputTokens: 1000,
    unsupportedParameters: 'refuse',
    onCancel: 'drain',
    ...more,
  };
}

function asked(question = QUESTION) {
  const messages: ChatRequest['messages'] = [{ role: 'user', content: question }];
  const { context, chat } = makeModelCall({}, { messages });
  return { chat, place: { context, role: 'direct', tier: 'direct', number: 1 } as const };
}

/** Leaves after the first piece, as a caller does who closes its connection, or its loop. */
async function leave(calls: Calls, deployment: Deployment, how: 'abort' | 'return' = 'abort') {
  const { chat, place } = asked();
  const caller = new AbortController();
  const stream = calls.upstream.stream(deployment, chat, place, caller.signal);
  await stream.next();
  if (how === 'return') {
    await stream.return(undefined as never);
    return undefined;
  }
  caller.abort(new DOMException('The caller left.', 'AbortError'));
  return failureOf(stream.next());
}

async function failureOf(call: Promise<unknown>): Promise<AttemptFailed> {
  const failed = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failed instanceof AttemptFailed) return failed;
  throw new Error('the call did not fail');
}

async function servedFor({ attemptId }: AttemptSettled): Promise<ServedTokens> {
  while (true) {
    const log = await (await fetch(`${origin}/__log`)).text();
    const lines = log.split('\n').filter((line) => line !== '');
    const entries = lines.map((line) => JSON.parse(line) as ServedTokens);
    const served = entries.find(({ id }) => id === attemptId);
    if (served) return served;
    await sleep(5);
  }
}

function priceOf({ promptTokens, completionTokens }: ServedTokens): bigint {
  return BigInt(promptTokens) * INPUT + BigInt(completionTokens) * OUTPUT;
}

describe.each(ALL)('where a provider that speaks %s bills all of an answer', (spoken) => {
  test.each(['abort', 'return'] as const)(
    'a stream that its caller left by %s costs what was served, to the picodollar',
    async (how) => {
      await using calls = new Calls();
      await leave(calls, deploymentOf(spoken), how);
      expect(calls.settled).toEqual([]);
      const bill = await calls.bill();
      const served = await servedFor(bill);
      expect(served).toMatchObject({ completionTokens: TOKENS + 1, whole: true });
      expect(bill).toMatchObject({
        outcome: 'cancelled',
        fault: 'cancelled',
        provenance: 'reported',
        costPicoUsd: priceOf(served),
      });
    },
  );

  test('a whole answer that nobody waits for does so too', async () => {
    await using calls = new Calls();
    const { chat, place } = asked();
    const { upstream } = calls;
    const signal = AbortSignal.timeout(120);
    const { fault, attempt } = await failureOf(
      upstream.call(deploymentOf(spoken), chat, place, signal),
    );
    expect(fault.kind).toBe('deadline_exceeded');
    expect(attempt).toMatchObject({ outcome: 'timed_out', provenance: 'lower_bound' });
    expect(calls.settled).toEqual([]);
    const bill = await calls.bill();
    expect(bill).toMatchObject({ outcome: 'timed_out', provenance: 'reported' });
    expect(bill.attemptId).toBe(attempt?.attemptId);
    expect(bill.costPicoUsd).toBe(priceOf(await servedFor(bill)));
  });

  test('where it bills only what it made, a caller that leaves ends it there', async () => {
    await using calls = new Calls();
    const failed = await leave(calls, deploymentOf(spoken, { onCancel: 'abort' }));
    const bill = await calls.bill();
    expect(failed?.attempt).toEqual(bill);
    expect(bill).toMatchObject({ outcome: 'cancelled', provenance: 'lower_bound' });
    const served = await servedFor(bill);
    expect(served.whole).toBe(false);
    expect(served.completionTokens).toBeLessThan(TOKENS);
    expect(bill.usage.outputTokens).toBeLessThanOrEqual(served.completionTokens);
    if (protocolOf(spoken).counts) expect(bill.usage.inputTokens).toBe(served.promptTokens);
  });
});

test('the caller does not wait for the rest', async () => {
  await using calls = new Calls();
  const failed = await leave(calls, deploymentOf('gemini'));
  expect(calls.settled).toEqual([]);
  expect(failed?.fault.kind).toBe('cancelled');
  expect(failed?.attempt).toMatchObject({ outcome: 'cancelled', provenance: 'lower_bound' });
  await calls.bill();
  expect(await calls.counted('weir_cancel_drains_total{')).toEqual([
    expect.stringMatching(/outcome="reported".* 1$/),
  ]);
});

test.each([
  ['its first piece', { firstTokenMs: 60 }, ''],
  ['the next piece', { idleMs: 1 }, ''],
  ['its end', { totalMs: 140 }, ''],
  ['a piece that never comes', { idleMs: 50 }, '[[frontier:stall]]'],
])('a stream that takes too long for %s is heard out for its usage', async (_what, limit, more) => {
  await using calls = new Calls({ maxMs: 500, maxCalls: 8 });
  const { chat, place } = asked(`${QUESTION} ${more}`);
  const deployment = deploymentOf('gemini', { timeouts: { ...PATIENT, ...limit } });
  const stream = calls.upstream.stream(deployment, chat, place, new AbortController().signal);
  const { fault } = await failureOf(drained(stream));
  expect(fault.kind).toBe('deadline_exceeded');
  const bill = await calls.bill();
  const provenance = more === '' ? 'reported' : 'lower_bound';
  expect(bill).toMatchObject({ outcome: 'timed_out', provenance });
  expect(bill.usage.outputTokens).toBe((await servedFor(bill)).completionTokens);
});

async function drained(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _piece of stream);
}

test('what a provider breaks off itself is over at once', async () => {
  await using calls = new Calls();
  for (const fault of ['trunceof', 'truncrst', 'junkmid', 'errmid']) {
    calls.settled.length = 0;
    const { chat, place } = asked(`${QUESTION} [[frontier:${fault}]]`);
    const deployment = deploymentOf('gemini', { name: fault });
    const stream = calls.upstream.stream(deployment, chat, place, new AbortController().signal);
    const { attempt } = await failureOf(drained(stream));
    expect(calls.settled).toEqual([attempt]);
  }
  expect(await calls.counted('weir_cancel_drains_total{')).toEqual([]);
});

test('a rest that takes too long is cut, and what was heard of it is a lower bound', async () => {
  await using calls = new Calls({ maxMs: 60, maxCalls: 8 });
  await leave(calls, deploymentOf('openai'));
  const bill = await calls.bill();
  expect(bill).toMatchObject({ outcome: 'cancelled', provenance: 'lower_bound' });
  expect(bill.usage.outputTokens).toBeGreaterThan(1);
  expect((await servedFor(bill)).whole).toBe(false);
  expect(await calls.counted('weir_cancel_drains_total{')).toEqual([
    expect.stringMatching(/outcome="cut".* 1$/),
  ]);
});

test('a rest that is larger than a reply may be is cut', async () => {
  await using calls = new Calls();
  await leave(calls, deploymentOf('openai', { maxReplyBytes: 2000 }));
  expect(await calls.bill()).toMatchObject({ outcome: 'cancelled', provenance: 'lower_bound' });
});

test('more than so many at a time are ended at once', async () => {
  await using calls = new Calls({ maxMs: 5000, maxCalls: 1 });
  await leave(calls, deploymentOf('gemini'));
  const second = await leave(calls, deploymentOf('gemini'));
  expect(calls.settled).toEqual([second?.attempt]);
  expect((await servedFor(calls.settled[0] as AttemptSettled)).whole).toBe(false);
  expect(await calls.counted('weir_cancel_drains_total{')).toEqual([
    expect.stringMatching(/outcome="refused".* 1$/),
  ]);
});

test('a call that was never sent costs nothing, and nothing is heard out', async () => {
  await using calls = new Calls();
  const { chat, place } = asked();
  const stream = calls.upstream.stream(deploymentOf('gemini'), chat, place, AbortSignal.abort());
  const { attempt } = await failureOf(stream.next());
  expect(calls.settled).toEqual([attempt]);
  expect(attempt).toMatchObject({ provenance: 'computed', costPicoUsd: 0n });
  const authorize = (_call: unknown, signal: AbortSignal) =>
    new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason)),
    );
  const waiting = deploymentOf('gemini', { authorize, timeouts: { ...PATIENT, firstTokenMs: 20 } });
  const never = new AbortController().signal;
  const late = await failureOf(calls.upstream.stream(waiting, chat, place, never).next());
  expect(late.attempt).toMatchObject({ outcome: 'timed_out', costPicoUsd: 0n });
});

describe('the breaker is told when the caller is', () => {
  const kindOf = (failed: AttemptFailed): Fault['kind'] => failed.fault.kind;

  test('of a caller that left it hears nothing', async () => {
    await using calls = new Calls();
    await leave(calls, deploymentOf('gemini'));
    const failed = await leave(calls, deploymentOf('gemini'));
    expect(failed && kindOf(failed)).toBe('cancelled');
  });

  test('a provider that was too slow has failed, also while it is still being heard out', async () => {
    await using calls = new Calls();
    const slow = deploymentOf('gemini', { timeouts: { ...PATIENT, totalMs: 120 } });
    const ask = () => {
      const { chat, place } = asked();
      return calls.upstream.stream(slow, chat, place, new AbortController().signal);
    };
    expect(kindOf(await failureOf(drained(ask())))).toBe('deadline_exceeded');
    await sleep(5);
    expect(calls.settled).toEqual([]);
    expect(kindOf(await failureOf(drained(ask())))).toBe('circuit_open');
  });
});

describe('a process that ends', () => {
  test('hears out what it has begun to, within its time', async () => {
    await using calls = new Calls();
    await leave(calls, deploymentOf('gemini'));
    await calls.upstream.finishDrains(5000);
    expect(calls.settled).toMatchObject([{ outcome: 'cancelled', provenance: 'reported' }]);
  });

  test('cuts what is left then, and settles it', async () => {
    const calls = new Calls();
    await leave(calls, deploymentOf('gemini'));
    await calls.upstream.finishDrains(20);
    expect(calls.settled).toMatchObject([{ outcome: 'cancelled', provenance: 'lower_bound' }]);
    await leave(calls, deploymentOf('gemini'));
    expect(calls.settled).toHaveLength(2);
    await calls[Symbol.asyncDispose]();
  });
});
