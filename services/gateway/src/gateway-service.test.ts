import { Fault, type LedgerEvent, NO_USAGE } from '@weir/core';
import { type PriceHistory, timeless } from '@weir/pricing';
import { systemClock } from '@weir/runtime';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeAttempt, makeReply } from './inference.fixture.ts';
import { CALL, DOWN, gateway, NEVER, Neighbours, seen } from './neighbours.fixture.ts';

test('an accepted draft is billed once, and nobody else is asked', async () => {
  const neighbours = new Neighbours();
  const end = await gateway(neighbours).complete(CALL, NEVER);
  expect(neighbours.asked).toEqual(['hold', 'draft', 'score']);
  expect(end).toMatchObject({ servedBy: 'draft', outcome: 'served', costPicoUsd: 2500n });
  expect(end.attempts.map(({ attemptId }) => attemptId)).toEqual(['req_1.draft.1']);
  expect(end.dropped).toEqual(['seed']);
  // 12 tokens read and 5 written at the frontier's price.
  expect(end.counterfactualPicoUsd).toBe(6200n);
});

test('a route whose last model is retired is refused from midnight on, before anything is held or asked', async () => {
  const neighbours = new Neighbours();
  let nowMs = Date.UTC(2026, 10, 22, 23, 59);
  const clock = { ...systemClock, nowMs: () => nowMs };
  const retirement = { retiresAtMs: Date.UTC(2026, 10, 23), successor: 'p/next' };
  const service = gateway(neighbours, { retirement }, { clock });
  await expect(service.complete(CALL, NEVER)).resolves.toMatchObject({ outcome: 'served' });
  nowMs += 60_000;
  neighbours.asked.length = 0;
  const refusal = { kind: 'model_retired', message: expect.stringContaining('Use "p/next"') };
  await expect(service.complete(CALL, NEVER)).rejects.toMatchObject(refusal);
  const { failure } = await seen(service);
  expect(failure).toMatchObject(refusal);
  expect(neighbours.asked).toEqual([]);
});

test('a draft that is retired is no answer and no attempt: the request escalates', async () => {
  const neighbours = new Neighbours();
  neighbours.draftFault = new Fault('model_retired', 'Gone.');
  const end = await gateway(neighbours).complete(CALL, NEVER);
  expect(end).toMatchObject({ servedBy: 'primary', verdict: null });
});

test('a rejected draft is paid for beside the answer that took its place', async () => {
  const neighbours = new Neighbours();
  neighbours.decision = 'escalate';
  const end = await gateway(neighbours).complete(CALL, NEVER);
  expect(end).toMatchObject({ servedBy: 'primary', costPicoUsd: 42_500n });
  expect(end.reply.text).toBe('Lyon.');
  expect(end.attempts).toHaveLength(2);
  expect(end.counterfactualPicoUsd).toBe(40_000n);
});

test('a draft that failed is escalated, and its attempt is not forgotten', async () => {
  const neighbours = new Neighbours();
  neighbours.draftFault = DOWN;
  const end = await gateway(neighbours).complete(CALL, NEVER);
  expect(end.servedBy).toBe('primary');
  expect(end.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'completed']);
  expect(end.verdict).toBeNull();
});

test('a scorer that fails is no reason to trust a draft', async () => {
  const neighbours = new Neighbours();
  neighbours.scorerFault = new Fault('unavailable', 'Scorer down.');
  const end = await gateway(neighbours).complete(CALL, NEVER);
  expect(end.servedBy).toBe('primary');
});

test('an attempt of unknown cost makes the total a lower bound', async () => {
  const neighbours = new Neighbours();
  neighbours.generate = async () => ({
    reply: makeReply(),
    tier: 'draft',
    attempts: [makeAttempt({ costPicoUsd: null, provenance: 'unknown' })],
    dropped: [],
  });
  const end = await gateway(neighbours).complete(CALL, NEVER);
  expect(end).toMatchObject({ costPicoUsd: 0n, costIsLowerBound: true });
});

describe('a budget', () => {
  test('is held for the worst that every tier may cost, before anyone is asked', async () => {
    const neighbours = new Neighbours();
    await gateway(neighbours).complete(
      { ...CALL, chat: { ...CALL.chat, maxOutputTokens: 10 } },
      NEVER,
    );
    expect(neighbours.asked[0]).toBe('hold');
    // 9 estimated prompt tokens; 10 of output; at both prices.
    expect(neighbours.held).toBe(9n * 10n + 10n * 10n + 9n * 100n + 10n * 1000n);
  });

  test('is held at the dearest price that may hold before the request is over', async () => {
    const changes = systemClock.nowMs() + 2000;
    const early = { fromMs: 0, untilMs: changes, price: { inputPicoUsd: 7n, outputPicoUsd: 1n } };
    const late = { ...early, fromMs: changes, untilMs: changes + 1, price: { inputPicoUsd: 5n } };
    const chat = { ...CALL.chat, maxOutputTokens: 1 };
    const held = async (prices: PriceHistory, timeoutMs = 5000) => {
      const neighbours = new Neighbours();
      await gateway(neighbours, { prices: [prices], timeoutMs }).complete({ ...CALL, chat }, NEVER);
      return neighbours.held;
    };
    expect(await held([early, late])).toBe(9n * 7n + 1n);
    expect(await held([late])).toBe(9n * 5n);
    expect(await held([late], 1500)).toBe(0n);
    expect(await held([])).toBe(0n);
  });

  test('that is used up stops the request before it costs anything', async () => {
    const neighbours = new Neighbours();
    neighbours.holdFault = new Fault('budget_exhausted', 'Used up.');
    await expect(gateway(neighbours).complete(CALL, NEVER)).rejects.toBe(neighbours.holdFault);
    expect(neighbours.asked).toEqual(['hold']);
  });
});

test('what the frontier would have cost is asked of its price when the answer was there', async () => {
  const neighbours = new Neighbours();
  const settledAtMs = systemClock.nowMs();
  const usage = { ...NO_USAGE, inputTokens: 2, outputTokens: 1 };
  neighbours.generate = async () => ({
    reply: makeReply(),
    tier: 'draft',
    attempts: [makeAttempt({ settledAtMs, usage })],
    dropped: [],
  });
  const price = (each: bigint) => ({ inputPicoUsd: each, outputPicoUsd: each });
  const prices = [
    { fromMs: 0, untilMs: settledAtMs, price: price(1n) },
    { fromMs: settledAtMs, untilMs: settledAtMs + 1, price: price(5n) },
  ];
  const end = await gateway(neighbours, { frontiers: [{ tier: 'primary', prices }] }).complete(
    CALL,
    NEVER,
  );
  expect(end.counterfactualPicoUsd).toBe(15n);
  const multipliers = [{ when: { region: 'eu' }, perMille: 1200 }];
  const dearer = prices.map((row) => ({ ...row, price: { ...row.price, multipliers } }));
  const conditions = { region: 'eu' };
  const regional = { frontiers: [{ tier: 'primary', prices: dearer, conditions }] };
  const there = await gateway(neighbours, regional).complete(CALL, NEVER);
  expect(there.counterfactualPicoUsd).toBe(18n);
  const gone = await gateway(neighbours, { frontiers: [{ tier: 'primary', prices: [] }] }).complete(
    CALL,
    NEVER,
  );
  expect(gone.counterfactualPicoUsd).toBeNull();
});

test('a draft is compared with the first tier that is still there', async () => {
  const at = (each: bigint) => timeless({ inputPicoUsd: each, outputPicoUsd: each });
  const { settledAtMs } = makeAttempt();
  const frontiers = [
    { tier: 'first', prices: at(1n), retirement: { retiresAtMs: settledAtMs } },
    { tier: 'second', prices: at(2n), retirement: { retiresAtMs: settledAtMs + 1 } },
    { tier: 'third', prices: at(3n) },
  ];
  const compared = async (from: number) => {
    const route = { frontiers: frontiers.slice(from) };
    const end = await gateway(new Neighbours(), route).complete(CALL, NEVER);
    return end.counterfactualPicoUsd;
  };
  // 12 tokens read and 5 written, the tokens of a cache at the price of any other.
  expect(await compared(0)).toBe(34n);
  expect(await compared(2)).toBe(51n);
});

test('no call may make more attempts than the request has left', async () => {
  const neighbours = new Neighbours();
  neighbours.decision = 'escalate';
  await gateway(neighbours, { maxAttempts: 2 }).complete(CALL, NEVER);
  expect(neighbours.calls.map(({ context }) => context.attemptsLeft)).toEqual([2, 1]);
});

test('a caller may shorten the deadline and never lengthen it', async () => {
  const neighbours = new Neighbours();
  const service = gateway(neighbours);
  const nowMs = systemClock.monotonicMs();
  await service.complete({ ...CALL, timeoutMs: 100 }, NEVER);
  await service.complete({ ...CALL, timeoutMs: 1_000_000 }, NEVER);
  const [short, long] = neighbours.calls.map(({ context }) => context.deadlineAtMs - nowMs);
  expect(short).toBeLessThan(1000);
  expect(long).toBeLessThan(6000);
});

test('the draft is asked for evidence, and the frontier for what the caller asked', async () => {
  const neighbours = new Neighbours();
  neighbours.decision = 'escalate';
  await gateway(neighbours).complete(CALL, NEVER);
  expect(neighbours.calls.map(({ chat }) => chat.topLogprobs)).toEqual([5, undefined]);
});

describe('in a stream', () => {
  test('nothing of a draft is visible before it is accepted', async () => {
    const neighbours = new Neighbours();
    neighbours.decision = 'escalate';
    const { text, end, events } = await seen(gateway(neighbours));
    expect(text).toBe('Lyon.');
    expect(end?.servedBy).toBe('primary');
    expect(events[0]?.type).toBe('verdict');
  });

  test('the text of two models is never in one answer: a failure after the first piece ends it', async () => {
    const neighbours = new Neighbours();
    Object.assign(neighbours, { decision: 'escalate', pieces: ['Ly'], escalationFault: DOWN });
    const { text, end, failure } = await seen(
      gateway(neighbours, { whenExhausted: 'flagged_draft' }),
    );
    expect(text).toBe('Ly');
    expect(end).toBeUndefined();
    expect(failure).toBe(DOWN);
  });

  test('an answer that stops without its end is a failure, however cleanly it stopped', async () => {
    const neighbours = new Neighbours();
    Object.assign(neighbours, { decision: 'escalate', endsCleanly: false });
    const { end, failure } = await seen(gateway(neighbours));
    expect(end).toBeUndefined();
    expect(failure).toMatchObject({ kind: 'upstream_invalid' });
  });

  test('before the first piece the rejected draft may still be served, flagged', async () => {
    const neighbours = new Neighbours();
    Object.assign(neighbours, { decision: 'escalate', pieces: [], escalationFault: DOWN });
    const { text, end, failure } = await seen(
      gateway(neighbours, { whenExhausted: 'flagged_draft' }),
    );
    expect(failure).toBeUndefined();
    expect(text).toBe('Paris.');
    expect(end).toMatchObject({ outcome: 'degraded', servedBy: 'draft', costPicoUsd: 42_500n });
  });

  test('a caller who leaves is noted as having left', async () => {
    const neighbours = new Neighbours();
    neighbours.decision = 'escalate';
    for await (const event of gateway(neighbours).stream(CALL, NEVER)) {
      if (event.type === 'text-delta') break;
    }
    expect(neighbours.recorded).toMatchObject([{ outcome: 'cancelled', servedBy: '' }]);
  });
});

test('whatever happens, a request is recorded once, with every attempt that was made for it', async () => {
  // Mostly nothing fails, or most of what can happen would hardly ever do so.
  const seldom = <T>(...values: T[]) =>
    fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, fc.constantFrom(...values));
  const fault = seldom(
    DOWN,
    new Fault('upstream_rate_limited', ''),
    new Fault('deadline_exceeded', ''),
    new Fault('cancelled', ''),
    new Fault('internal', ''),
  );
  const scenario = fc.record({
    draftFault: fault,
    planned: fc.constantFrom({ draft: true, escalationChance: null }, PLANNED_AWAY, DOWN),
    scorerFault: fault,
    boughtFault: fc.constantFrom(undefined, DOWN, new Fault('cancelled', '')),
    escalationFault: fault,
    shadowFault: fc.constantFrom(undefined, DOWN),
    holdFault: seldom(new Fault('budget_exhausted', '')),
    decision: fc.constantFrom('accept', 'escalate'),
    reasons: fc.constantFrom(['below_threshold'], ['veto:empty']),
    more: fc.record({
      shadowChance: fc.constantFrom(undefined, 0, 0.5, 1),
      buy: fc.constantFrom(undefined, ...BUYS),
    }),
    again: fc.constantFrom({}, { decision: 'accept' }, { decision: 'escalate' }, DOWN),
    comparison: fc.constantFrom(new Neighbours().comparison, null, DOWN),
    pieces: fc.constantFrom([], ['x'], ['x', 'y']),
  });
  const route = fc.record({
    whenExhausted: fc.constantFrom('error' as const, 'flagged_draft' as const),
    kind: fc.constantFrom('cascade' as const, 'direct' as const),
    planDraft: fc.boolean(),
    learns: fc.boolean(),
    judge: fc.constantFrom(undefined, { prices: [], maxOutputTokens: 10 }),
    maxAttempts: fc.integer({ min: 1, max: 4 }),
  });
  const setting = fc.record({ random: fc.constantFrom([0], [0.7]), maxShadowCalls: fc.nat(1) });
  await fc.assert(
    fc.asyncProperty(scenario, route, setting, fc.boolean(), async (does, at, by, streams) => {
      const neighbours = Object.assign(new Neighbours(), does);
      const service = gateway(neighbours, at, by);
      const end = streams
        ? (await seen(service)).end
        : await service.complete(CALL, NEVER).catch(() => undefined);
      const seenAttempts = end?.attempts.length;
      await service.finishShadows(60_000);
      const models = neighbours.calls.length;
      const [completed, ...others] = neighbours.recorded.filter(isCompleted);
      expect(others).toEqual([]);
      expect(completed).toMatchObject({
        requestId: 'req_1',
        attempts: models,
        servedBy: end?.servedBy ?? '',
      });
      const shadows = neighbours.asked.filter((who) => who === 'shadow').length;
      // What is asked behind its back is not the caller's; the rest was made for its answer.
      expect(end?.attempts.length).toBe(end && models - shadows);
      expect(seenAttempts).toBe(end?.attempts.length);
      const labels = neighbours.recorded.length - 1;
      const isAnswered = end && (end.servedBy === 'primary' || shadows > 0);
      expect(labels).toBeLessThanOrEqual(at.kind === 'cascade' && at.learns && isAnswered ? 1 : 0);
    }),
    { numRuns: 1000 },
  );
});

const PLANNED_AWAY = { draft: false, escalationChance: 0.99 };
const BUYS = (['second_draft', 'judge'] as const).map((kind) => ({ kind, chat: CALL.chat }));

function isCompleted({ type }: LedgerEvent): boolean {
  return type === 'request.completed';
}
