import { type Comparison, type DraftLabelled, type InferenceEnd, LABEL_TAG } from '@weir/core';
import { Metrics, openLog, systemClock } from '@weir/runtime';
import { describe, expect, test } from 'vitest';
import {
  CALL,
  DOWN,
  gateway,
  NEVER,
  Neighbours,
  type Setting,
  seen,
} from './neighbours.fixture.ts';

/** What is learned behind the callers' backs, and that they do not notice. */

const LEARNS = { learns: true };
const TAGGED = { ...CALL, tags: { team: 'blue' } };

function accepting(shadowChance: number): Neighbours {
  return Object.assign(new Neighbours(), { more: { shadowChance } });
}

function escalating(): Neighbours {
  return Object.assign(new Neighbours(), { decision: 'escalate', more: { shadowChance: 0.02 } });
}

/** One request, and everything that came of it. */
async function afterwards(neighbours: Neighbours, setting: Setting = {}, call = CALL) {
  const service = gateway(neighbours, LEARNS, setting);
  const end = await service.complete(call, NEVER);
  await service.finishShadows(60_000);
  return end;
}

function labelsOf({ recorded }: Neighbours): DraftLabelled[] {
  return recorded.filter((event) => event.type === 'draft.labelled');
}

function completedIn({ recorded }: Neighbours) {
  return recorded.filter((event) => event.type === 'request.completed');
}

/** A gate that a shadow call waits at. */
function closed(neighbours: Neighbours): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  neighbours.shadowGate = promise;
  return resolve;
}

async function counted(metrics: Metrics, name: string): Promise<string[]> {
  const { text } = await metrics.render();
  return text.split('\n').filter((line) => line.startsWith(`${name}{`));
}

describe('an accepted draft', () => {
  test('is compared with what the frontier says to the same, with the chance that it had of being asked', async () => {
    const neighbours = accepting(0.25);
    const judgement = {
      model: 'm-7',
      benefit: 0.01,
      relativeCost: 1.5,
      shadowPrice: 0.02,
      certificate: null,
      signals: { set: 's', values: [1] },
    };
    Object.assign(neighbours.more, { judgement });
    await afterwards(neighbours, { random: [0.2] }, TAGGED);
    expect(neighbours.asked).toEqual(['hold', 'draft', 'score', 'shadow', 'compare']);
    const [compared] = neighbours.compared;
    expect(compared).toMatchObject({
      ...neighbours.scored[0],
      frontier: { text: 'Lyon.' },
      frontierCostPicoUsd: 40_000n,
    });
    expect(compared?.endpoint).toEqual({ fingerprint: 'f', logprobsTrusted: true });
    expect(labelsOf(neighbours)).toEqual([
      {
        type: 'draft.labelled',
        labelId: 'req_1.label.shadow',
        requestId: 'req_1',
        tenant: 'acme',
        keyId: 'k1',
        route: 'support',
        labelledAtMs: expect.any(Number),
        source: 'shadow',
        ...(neighbours.comparison as Comparison),
        propensity: 0.25,
        sampled: true,
        decision: 'accept',
        model: 'm-7',
        confidence: 0.5,
        tags: { team: 'blue', [LABEL_TAG]: 'support' },
      },
    ]);
    expect(completedIn(neighbours)).toMatchObject([{ judgement, tags: { team: 'blue' } }]);
  });

  test.each([
    ['chance is against it', 0.25, [0.25]],
    ['its chance is none', 0, []],
    ['its chance is no number', Number.NaN, []],
  ])('is left alone when %s', async (_why, chance, random) => {
    const neighbours = accepting(chance);
    await afterwards(neighbours, { random });
    expect(neighbours.asked).toEqual(['hold', 'draft', 'score']);
    expect(neighbours.recorded).toHaveLength(1);
  });

  test('is left alone on a route that does not learn: nothing was held for more', async () => {
    const neighbours = accepting(1);
    const service = gateway(neighbours);
    await service.complete(CALL, NEVER);
    await service.finishShadows(60_000);
    expect(neighbours.asked).toEqual(['hold', 'draft', 'score']);
  });

  test('is with its caller before the frontier is asked, and its request is over only afterwards', async () => {
    const neighbours = accepting(1);
    const open = closed(neighbours);
    const service = gateway(neighbours, LEARNS);
    const end = await service.complete(CALL, NEVER);
    expect(neighbours.asked).toEqual(['hold', 'draft', 'score']);
    expect(end).toMatchObject({ servedBy: 'draft', costPicoUsd: 2500n });
    const over = service.finishShadows(60_000);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(neighbours.asked).toContain('shadow');
    expect(neighbours.recorded).toEqual([]);
    open();
    await over;
    expect(completedIn(neighbours)).toMatchObject([
      { outcome: 'served', servedBy: 'draft', decision: 'accept', attempts: 2 },
    ]);
    // 12 tokens read and 5 written at the frontier's price, as if nobody had asked it.
    expect(completedIn(neighbours)).toMatchObject([{ counterfactualPicoUsd: 6200n }]);
    expect(end.attempts).toHaveLength(1);
  });

  test('has the frontier asked what the caller asked, in a time of its own, within the request’s calls', async () => {
    const neighbours = accepting(1);
    const before = systemClock.monotonicMs();
    await afterwards(neighbours, {}, { ...CALL, timeoutMs: 100 });
    const shadow = neighbours.calls[1];
    expect(shadow?.chat).toBe(CALL.chat);
    expect(shadow?.context).toMatchObject({ role: 'shadow', route: 'support', attemptsLeft: 3 });
    expect(shadow?.context.deadlineAtMs).toBeGreaterThanOrEqual(before + 60_000);
  });

  test('is learned from although its caller has long left', async () => {
    const neighbours = accepting(1);
    const open = closed(neighbours);
    const service = gateway(neighbours, LEARNS);
    const caller = new AbortController();
    await service.complete(CALL, caller.signal);
    caller.abort();
    const over = service.finishShadows(60_000);
    open();
    await over;
    expect(labelsOf(neighbours)).toHaveLength(1);
  });

  test('as a stream is one all the same, and told as if nobody was asked', async () => {
    const neighbours = accepting(1);
    const service = gateway(neighbours, LEARNS);
    const { text, end } = await seen(service);
    await service.finishShadows(60_000);
    expect(text).toBe('Paris.');
    expect(end?.attempts).toHaveLength(1);
    expect(labelsOf(neighbours)).toMatchObject([{ source: 'shadow', propensity: 1 }]);
    expect(completedIn(neighbours)).toMatchObject([{ attempts: 2 }]);
  });

  test('about which the frontier says nothing has no label, and what that cost is the request’s', async () => {
    const neighbours = accepting(1);
    neighbours.shadowFault = DOWN;
    const metrics = new Metrics('gateway');
    const end = await afterwards(neighbours, { metrics });
    expect(end.outcome).toBe('served');
    expect(neighbours.recorded).toMatchObject([{ type: 'request.completed', attempts: 2 }]);
    expect(neighbours.compared).toEqual([]);
    expect(await counted(metrics, 'weir_draft_labels_total')).toMatchObject([
      expect.stringMatching(/outcome="unanswered".* 1$/),
    ]);
  });

  test('whose shadow call is still under way when the process ends is recorded with it, without a label', async () => {
    const neighbours = accepting(1);
    closed(neighbours);
    const service = gateway(neighbours, LEARNS);
    await service.complete(CALL, NEVER);
    await service.finishShadows(0);
    expect(neighbours.recorded).toMatchObject([
      { type: 'request.completed', outcome: 'served', attempts: 2 },
    ]);
    await service.complete(CALL, NEVER);
    expect(neighbours.asked.filter((who) => who === 'shadow')).toHaveLength(1);
    expect(neighbours.recorded).toHaveLength(2);
  });
});

describe('a rejected draft', () => {
  test('is compared with the answer that took its place, whose caller has it already', async () => {
    const neighbours = escalating();
    const service = gateway(neighbours, LEARNS);
    const end = await service.complete(CALL, NEVER);
    expect(neighbours.asked).not.toContain('compare');
    expect(completedIn(neighbours)).toMatchObject([{ attempts: 2, decision: 'escalate' }]);
    await service.finishShadows(60_000);
    expect(end.servedBy).toBe('primary');
    expect(neighbours.compared).toMatchObject([{ frontier: { text: 'Lyon.' } }]);
    expect(labelsOf(neighbours)).toMatchObject([
      {
        labelId: 'req_1.label.escalation',
        source: 'escalation',
        propensity: 0.2,
        decision: 'escalate',
      },
    ]);
  });

  test.for([
    [0.01, [{ propensity: 0.2, sampled: true }]],
    [0.1, [{ propensity: 0.2, sampled: false }]],
    [0.9, []],
  ] as const)(
    'is learned from ten times as often, and of the uniform sample as often as any other: %s',
    async ([drawn, labels]) => {
      const neighbours = escalating();
      const service = gateway(neighbours, LEARNS, { random: [drawn] });
      await service.complete(CALL, NEVER);
      await service.finishShadows(60_000);
      expect(labelsOf(neighbours)).toMatchObject(labels);
      expect(labelsOf(neighbours)).toHaveLength(labels.length);
    },
  );

  test('as a stream is compared with all of it', async () => {
    const neighbours = escalating();
    const service = gateway(neighbours, LEARNS);
    const { end } = await seen(service);
    await service.finishShadows(60_000);
    expect(end?.servedBy).toBe('primary');
    expect(neighbours.compared).toMatchObject([{ frontier: { text: 'Lyon.' } }]);
    expect(labelsOf(neighbours)).toHaveLength(1);
  });

  test('is compared with nothing when no tier answered, though it is served, flagged', async () => {
    const neighbours = escalating();
    neighbours.escalationFault = DOWN;
    const service = gateway(neighbours, { ...LEARNS, whenExhausted: 'flagged_draft' });
    const end = await service.complete(CALL, NEVER);
    await service.finishShadows(60_000);
    expect(end.outcome).toBe('degraded');
    expect(neighbours.compared).toEqual([]);
    expect(neighbours.recorded).toHaveLength(1);
  });

  test('nobody judged is compared with nothing, nor is a call without a cascade', async () => {
    const ends: InferenceEnd[] = [];
    for (const kind of ['cascade', 'direct'] as const) {
      const neighbours = escalating();
      neighbours.draftFault = DOWN;
      const service = gateway(neighbours, { ...LEARNS, kind });
      ends.push(await service.complete(CALL, NEVER));
      await service.finishShadows(60_000);
      expect(neighbours.compared).toEqual([]);
      expect(neighbours.recorded).toHaveLength(1);
    }
    expect(ends.map(({ servedBy }) => servedBy)).toEqual(['primary', 'primary']);
  });
});

test('while as many requests are learned from as may be, no other is: accepted or rejected', async () => {
  const metrics = new Metrics('gateway');
  const neighbours = accepting(1);
  const open = closed(neighbours);
  const service = gateway(neighbours, LEARNS, { metrics, maxShadowCalls: 1 });
  await service.complete(CALL, NEVER);
  await service.complete(CALL, NEVER);
  neighbours.decision = 'escalate';
  await service.complete(CALL, NEVER);
  // The second and the third are over, the first is not.
  expect(completedIn(neighbours)).toMatchObject([{ decision: 'accept' }, { decision: 'escalate' }]);
  expect(await counted(metrics, 'weir_shadow_skipped_total')).toEqual([
    expect.stringMatching(/route="support".* 2$/),
  ]);
  open();
  await new Promise(setImmediate);
  while (labelsOf(neighbours).length === 0) await new Promise(setImmediate);
  await service.complete(CALL, NEVER);
  await service.finishShadows(60_000);
  expect(labelsOf(neighbours).map(({ source }) => source)).toEqual(['shadow', 'escalation']);
});

test('who was let in is compared, whatever the load has become by then', async () => {
  const neighbours = escalating();
  const service = gateway(neighbours, LEARNS, { maxShadowCalls: 1 });
  const many = Array.from({ length: 3 }, () => service.complete(CALL, NEVER));
  await Promise.all(many);
  await service.finishShadows(60_000);
  expect(labelsOf(neighbours)).toHaveLength(3);
});

test.each([
  ['cannot be compared', null, 'incomparable'],
  ['nobody can compare', DOWN, 'failed'],
])('two answers that %s are no label, and counted', async (_what, comparison, outcome) => {
  const metrics = new Metrics('gateway');
  const neighbours = accepting(1);
  neighbours.comparison = comparison;
  const end = await afterwards(neighbours, { metrics });
  expect(end.outcome).toBe('served');
  expect(neighbours.recorded).toHaveLength(1);
  expect(await counted(metrics, 'weir_draft_labels_total')).toEqual([
    expect.stringContaining(`outcome="${outcome}"`),
  ]);
});

test('a route that goes without labels says so once a minute, and says nothing of what was asked', async () => {
  let ms = 0;
  const clock = { nowMs: () => ms, monotonicMs: () => ms };
  const told: string[] = [];
  const log = Object.assign(openLog({ level: 'silent', service: 'gateway' }), {
    warn: (about: object) => told.push(JSON.stringify(about)),
  });
  const neighbours = accepting(1);
  neighbours.comparison = null;
  const service = gateway(neighbours, LEARNS, { clock, log });
  for (const atMs of [0, 59_000, 61_000]) {
    ms = atMs;
    const compared = neighbours.compared.length;
    await service.complete(CALL, NEVER);
    while (neighbours.compared.length === compared) await new Promise(setImmediate);
  }
  await service.finishShadows(60_000);
  expect(told).toHaveLength(2);
  expect(told[0]).toContain('incomparable');
  expect(told.join()).not.toMatch(/France|Paris|Lyon/);
});
