import { type ChatDelta, FailedCall, Fault, type Served } from '@weir/core';
import { DIALECTS } from '@weir/providers';
import { Metrics } from '@weir/runtime';
import { ManualClock, makeAttempt, makeModelCall, makeReply } from '@weir/testkit';
import { type Answered, AttemptFailed, type Deployment, Ladder, type Rung } from '@weir/upstream';
import { beforeEach, describe, expect, test } from 'vitest';

/** What a ladder makes of rungs whose models end. */

const DAY_MS = 86_400_000;
const END = Date.UTC(2026, 10, 23);

/** Answers for every deployment but those that are down, and notes whom it was asked for. */
class Providers {
  readonly asked: string[] = [];
  readonly down = new Set<string>();

  async call(deployment: Deployment): Promise<Answered> {
    this.asked.push(deployment.name);
    if (this.down.has(deployment.name)) {
      throw new AttemptFailed(new Fault('upstream_rejected', 'No.'), makeAttempt());
    }
    return { reply: makeReply(), attempt: makeAttempt(), dropped: [] };
  }

  async *stream(deployment: Deployment): AsyncGenerator<ChatDelta, Answered, undefined> {
    const answered = await this.call(deployment);
    yield { type: 'text-delta', text: answered.reply.text };
    return answered;
  }
}

let providers: Providers;
let clock: ManualClock;
let metrics: Metrics;
let ladder: Ladder;
beforeEach(() => {
  providers = new Providers();
  clock = new ManualClock(END - DAY_MS / 2);
  metrics = new Metrics('test');
  ladder = new Ladder({
    upstream: providers,
    clock,
    metrics,
    random: () => 0,
    retryBaseMs: 1,
    retryMaxMs: 1,
  });
});

function rung(name: string, retiresAtMs?: number): Rung {
  const limits = { connectMs: 1000, firstTokenMs: 1000, idleMs: 1000, totalMs: 1000 };
  const deployment: Deployment = {
    name,
    provider: 'p',
    model: 'm',
    dialect: DIALECTS.openai,
    baseUrl: 'http://127.0.0.1:1/v1',
    headers: {},
    timeouts: limits,
    breaker: { failurePercentage: 50, minCalls: 5, windowMs: 1000, resetAfterMs: 1000 },
    maxConnections: 1,
    maxReplyBytes: 1000,
    maxOutputTokens: 100,
    unsupportedParameters: 'refuse',
    onCancel: 'abort',
    retirement: retiresAtMs === undefined ? undefined : { retiresAtMs, successor: 'p/next' },
  };
  return { tier: name, deployment, maxAttempts: 2 };
}

const ASK = new AbortController().signal;
const climb = (...rungs: Rung[]) => ladder.generate(rungs, 'escalation', makeModelCall(), ASK);

async function streamed(...rungs: Rung[]): Promise<Served | undefined> {
  for await (const event of ladder.stream(rungs, 'escalation', makeModelCall(), ASK)) {
    if (event.type === 'end') return event.served;
  }
  return undefined;
}

async function failureOf(call: Promise<unknown>): Promise<FailedCall> {
  const failed = await call.catch((thrown: unknown) => thrown);
  if (failed instanceof FailedCall) return failed;
  throw new TypeError('the call succeeded');
}

describe.each([
  ['whole', climb],
  ['as a stream', streamed],
])('asked for an answer %s', (_how, ask) => {
  test('a model is asked up to its last moment, and passed over from midnight on', async () => {
    const rungs = [rung('old', END), rung('new')];
    expect(await ask(...rungs)).toMatchObject({ tier: 'old' });
    clock.advance(DAY_MS / 2 - 1);
    expect(await ask(...rungs)).toMatchObject({ tier: 'old' });
    clock.advance(1);
    expect(await ask(...rungs)).toMatchObject({ tier: 'new' });
    expect(providers.asked).toEqual(['old', 'old', 'new']);
  });

  test('when every model is retired, the last one is named, with what takes its place', async () => {
    clock.advance(DAY_MS);
    const { fault, attempts } = await failureOf(ask(rung('a', END), rung('b', END)));
    expect(fault.kind).toBe('model_retired');
    expect(fault.message).toBe(
      'The model "b" was retired on 2026-11-23. Use "p/next" in its place.',
    );
    expect(attempts).toEqual([]);
    expect(providers.asked).toEqual([]);
  });
});

test('what a present model failed with goes before that another is retired', async () => {
  clock.advance(DAY_MS);
  providers.down.add('present');
  const { fault } = await failureOf(climb(rung('present'), rung('gone', END)));
  expect(fault.kind).toBe('upstream_rejected');
  providers.asked.length = 0;
  const other = await failureOf(climb(rung('gone', END), rung('present')));
  expect(other.fault.kind).toBe('upstream_rejected');
  expect(providers.asked).toEqual(['present']);
});

test('being passed over is counted, and is no attempt', async () => {
  clock.advance(DAY_MS);
  const served = await climb(rung('gone', END), rung('present'));
  expect(served.attempts).toHaveLength(1);
  const { text } = await metrics.render();
  expect(text).toContain('weir_retired_model_skips_total{deployment="gone",service="test"} 1');
});
