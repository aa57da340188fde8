import { type Clock, Fault, type Purchase } from '@weir/core';
import { Metrics } from '@weir/runtime';
import { describe, expect, test } from 'vitest';
import { CALL, DOWN, gateway, NEVER, Neighbours, seen } from './neighbours.fixture.ts';

/** Before and beside the draft: whether it is made at all, and what is bought to judge it. */

const SECOND: Purchase = {
  kind: 'second_draft',
  chat: { messages: [{ role: 'user', content: 'Again: capital of France?' }] },
};
const OPINION: Purchase = {
  kind: 'judge',
  chat: { messages: [{ role: 'user', content: 'Is "Paris." right?' }] },
};
const LEARNS = { learns: true, judge: { prices: [], maxOutputTokens: 10 } };

function buying(buy: Purchase, again: Neighbours['again'] = {}): Neighbours {
  return Object.assign(new Neighbours(), { more: { buy }, again });
}

describe('a draft that is planned', () => {
  const PLANS = { planDraft: true };

  test('is made when it is worth it', async () => {
    const neighbours = new Neighbours();
    await gateway(neighbours, PLANS).complete(CALL, NEVER);
    expect(neighbours.asked).toEqual(['hold', 'plan', 'draft', 'score']);
  });

  test.each(['whole', 'as a stream'])(
    'is not made when it would be thrown away: %s',
    async (how) => {
      const neighbours = new Neighbours();
      neighbours.planned = { draft: false, escalationChance: 0.98 };
      const metrics = new Metrics('gateway');
      const service = gateway(neighbours, PLANS, { metrics });
      const end = how === 'whole' ? await service.complete(CALL, NEVER) : (await seen(service)).end;
      expect(neighbours.asked).toEqual(['hold', 'plan', 'escalation']);
      // The frontier alone would have cost the same, and nothing was saved.
      expect(end).toMatchObject({ servedBy: 'primary', verdict: null, costPicoUsd: 40_000n });
      expect(end?.counterfactualPicoUsd).toBe(40_000n);
      expect(neighbours.recorded).toMatchObject([
        { decision: 'escalate', confidence: null, judgement: null, attempts: 1 },
      ]);
      const { text } = await metrics.render();
      expect(text).toMatch(/weir_drafts_skipped_total{route="support",.*} 1/);
      expect(text).toMatch(/weir_requests_total{.*decision="escalate"/);
    },
  );

  test('is made when its planner fails', async () => {
    const neighbours = new Neighbours();
    neighbours.planned = DOWN;
    const end = await gateway(neighbours, PLANS).complete(CALL, NEVER);
    expect(end.servedBy).toBe('draft');
  });

  test('is not made for a caller who left meanwhile', async () => {
    const neighbours = new Neighbours();
    const caller = new AbortController();
    neighbours.plan = async () => {
      caller.abort();
      throw new Fault('cancelled', 'Left.');
    };
    const call = gateway(neighbours, PLANS).complete(CALL, caller.signal);
    await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
    expect(neighbours.calls).toEqual([]);
    expect(neighbours.recorded).toMatchObject([{ outcome: 'cancelled', decision: 'none' }]);
  });
});

describe('evidence that a verdict wants', () => {
  test.each([
    ['a second draft', SECOND, 'draft', 5000n],
    ['a judge’s opinion', OPINION, 'judge', 42_500n],
  ])('is bought with one call: %s', async (_what, buy, tier, costPicoUsd) => {
    const neighbours = buying(buy);
    const end = await gateway(neighbours, LEARNS).complete(CALL, NEVER);
    expect(neighbours.asked).toEqual(['hold', 'draft', 'score', buy.kind, 'score']);
    const [draft, bought] = neighbours.calls;
    expect(bought?.chat).toBe(buy.chat);
    expect(bought?.context).toMatchObject({ role: buy.kind, route: 'support', attemptsLeft: 1 });
    // What is kept for an escalation is not spent on evidence.
    expect(bought?.context.deadlineAtMs).toBe(draft?.context.deadlineAtMs);
    expect(neighbours.scored[1]).toEqual({
      ...neighbours.scored[0],
      bought: { kind: buy.kind, reply: expect.objectContaining({ finish: 'stop' }) },
    });
    expect(end).toMatchObject({ servedBy: 'draft', costPicoUsd });
    expect(end.attempts.map((attempt) => attempt.tier)).toEqual(['draft', tier]);
    expect(neighbours.recorded).toMatchObject([{ attempts: 2 }]);
  });

  test.each(['whole', 'as a stream'])(
    'may turn the verdict, and what it wants in turn is not bought: %s',
    async (how) => {
      const neighbours = buying(SECOND, { decision: 'escalate', confidence: 0.1, buy: OPINION });
      const service = gateway(neighbours, LEARNS);
      const end = how === 'whole' ? await service.complete(CALL, NEVER) : (await seen(service)).end;
      expect(neighbours.asked).toEqual([
        'hold',
        'draft',
        'score',
        'second_draft',
        'score',
        'escalation',
      ]);
      expect(end).toMatchObject({ servedBy: 'primary', verdict: { confidence: 0.1 } });
      expect(neighbours.recorded).toMatchObject([{ decision: 'escalate', attempts: 3 }]);
    },
  );

  test('is nobody else’s business: a verdict tells its callers nothing of what it wanted', async () => {
    for (const neighbours of [buying(SECOND), buying(SECOND, { buy: OPINION })]) {
      const { events, end } = await seen(gateway(neighbours, LEARNS));
      const verdicts = events.flatMap((event) => (event.type === 'verdict' ? event.verdict : []));
      expect(verdicts).toHaveLength(1);
      for (const verdict of [...verdicts, end?.verdict]) expect(verdict?.buy).toBeUndefined();
    }
    const neighbours = buying(SECOND);
    const { end } = await seen(gateway(neighbours));
    expect(end?.verdict?.buy).toBeUndefined();
  });

  test('that could not be had is told to the scorer, and paid for', async () => {
    const neighbours = buying(SECOND);
    neighbours.boughtFault = DOWN;
    const end = await gateway(neighbours, LEARNS).complete(CALL, NEVER);
    expect(neighbours.scored[1]?.bought).toEqual({ kind: 'second_draft', reply: null });
    expect(end.attempts.map(({ outcome }) => outcome)).toEqual(['completed', 'failed']);
    expect(neighbours.recorded).toMatchObject([{ attempts: 2 }]);
  });

  test.each([
    [
      'the calls that are left would not do for the answer too',
      { ...LEARNS, maxAttempts: 2 },
      SECOND,
    ],
    ['the route has no judge', { learns: true }, OPINION],
    ['nothing was held for it', { learns: false }, SECOND],
  ])('is not bought when %s: the verdict stands', async (_why, route, buy) => {
    const metrics = new Metrics('gateway');
    const neighbours = buying(buy, { decision: 'escalate' });
    const end = await gateway(neighbours, route, { metrics }).complete(CALL, NEVER);
    expect(neighbours.asked).toEqual(['hold', 'draft', 'score']);
    expect(end).toMatchObject({ servedBy: 'draft', verdict: { decision: 'accept' } });
    const { text } = await metrics.render();
    expect(text).toMatch(/weir_evidence_purchases_total{.*outcome="declined".*} 1/);
  });

  test.each([
    [2001, false],
    [1999, true],
  ])(
    'is bought after a draft of %d ms, of the four seconds that both have: %s',
    async (tookMs, isBought) => {
      let ms = 0;
      const clock: Clock = { nowMs: () => ms, monotonicMs: () => ms };
      const neighbours = buying(SECOND);
      const score = neighbours.score.bind(neighbours);
      neighbours.score = async (call) => {
        ms += call.bought ? 0 : tookMs;
        return score(call);
      };
      await gateway(neighbours, LEARNS, { clock }).complete(CALL, NEVER);
      expect(neighbours.asked.includes('second_draft')).toBe(isBought);
    },
  );

  test('is paid for although its caller left meanwhile', async () => {
    const neighbours = buying(OPINION);
    const caller = new AbortController();
    const escalate = neighbours.escalate.bind(neighbours);
    neighbours.boughtFault = new Fault('cancelled', 'Left.');
    neighbours.escalate = (call, signal) => {
      caller.abort(new DOMException('', 'AbortError'));
      return escalate(call, signal);
    };
    const call = gateway(neighbours, LEARNS).complete(CALL, caller.signal);
    await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
    expect(neighbours.asked).toEqual(['hold', 'draft', 'score', 'judge']);
    expect(neighbours.recorded).toMatchObject([{ outcome: 'cancelled', attempts: 2 }]);
  });

  test('is no reason to trust a draft when the scorer fails over it', async () => {
    const neighbours = buying(SECOND, DOWN);
    const end = await gateway(neighbours, LEARNS).complete(CALL, NEVER);
    expect(end).toMatchObject({ servedBy: 'primary', verdict: null });
    expect(neighbours.recorded).toMatchObject([{ decision: 'escalate', attempts: 3 }]);
  });

  test('is part of what is compared with the frontier', async () => {
    const neighbours = buying(SECOND);
    Object.assign(neighbours.more, { shadowChance: 1 });
    const service = gateway(neighbours, LEARNS);
    await service.complete(CALL, NEVER);
    await service.finishShadows(60_000);
    expect(neighbours.compared).toMatchObject([{ bought: { kind: 'second_draft' } }]);
    expect(neighbours.recorded[0]).toMatchObject({ attempts: 3 });
  });
});
