import { type DraftLabelled, LABEL_TAG, type RequestCompleted } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { CALL, gateway, NEVER, Neighbours } from './neighbours.fixture.ts';

/** What users think of answers, and what is learned from it. */

const JUDGEMENT = {
  model: 'm-7',
  benefit: 0.1,
  relativeCost: 1.5,
  shadowPrice: 0.2,
  certificate: null,
  signals: { set: 's', values: [0.5, Number.NaN] },
  reasons: [],
};

const ACCEPTED: RequestCompleted = {
  type: 'request.completed',
  requestId: 'req_9',
  tenant: 'acme',
  keyId: 'k2',
  route: 'support',
  completedAtMs: 1,
  durationMs: 1,
  outcome: 'served',
  fault: null,
  decision: 'accept',
  confidence: 0.8,
  servedBy: 'draft',
  attempts: 1,
  counterfactualPicoUsd: 1n,
  tags: { team: 'blue' },
  judgement: JUDGEMENT,
};

function remembering(completed: RequestCompleted = ACCEPTED): Neighbours {
  const neighbours = new Neighbours();
  neighbours.recorded.push(completed);
  return neighbours;
}

function say(neighbours: Neighbours, score: number, requestId = 'req_9') {
  return gateway(neighbours).feedback({ principal: CALL.principal, requestId, score }, NEVER);
}

function labelsOf({ recorded }: Neighbours): DraftLabelled[] {
  return recorded.filter((event) => event.type === 'draft.labelled');
}

test('an opinion of an accepted draft is one of the draft, weak as it is', async () => {
  const neighbours = remembering();
  expect(await say(neighbours, 0.25)).toEqual({ learned: true });
  expect(labelsOf(neighbours)).toEqual([
    {
      type: 'draft.labelled',
      labelId: 'req_9.label.feedback.1',
      requestId: 'req_9',
      tenant: 'acme',
      // Who said it, not who asked.
      keyId: 'k1',
      route: 'support',
      labelledAtMs: expect.any(Number),
      source: 'feedback',
      draftRight: 0.25,
      frontierRight: null,
      propensity: 1,
      sampled: false,
      decision: 'accept',
      model: 'm-7',
      confidence: 0.8,
      example: { endpoint: '', signals: JUDGEMENT.signals, ngrams: [], relativeCost: 1.5 },
      tags: { team: 'blue', [LABEL_TAG]: 'support' },
    },
  ]);
});

test.each([
  ['of a draft that was served although it was rejected', 'draft', 'degraded', 1, null],
  ['of an escalation', 'primary', 'served', null, 1],
] as const)(
  'an opinion %s is one of who gave the answer',
  async (_of, servedBy, outcome, draftRight, frontierRight) => {
    const neighbours = remembering({ ...ACCEPTED, decision: 'escalate', servedBy, outcome });
    await say(neighbours, 1);
    expect(labelsOf(neighbours)).toMatchObject([
      { draftRight, frontierRight, decision: 'escalate' },
    ]);
  },
);

test.each([
  ['no scorer model judged', { judgement: null }],
  ['there was no scorer model yet', { judgement: { ...JUDGEMENT, model: '' } }],
  ['there was no cascade', { judgement: null, decision: 'none' as const, servedBy: 'direct' }],
  ['nothing was served', { servedBy: '', outcome: 'cancelled' as const }],
])('where %s there is nothing to learn, and that is what is said', async (_where, fields) => {
  const neighbours = remembering({ ...ACCEPTED, ...fields });
  expect(await say(neighbours, 1)).toEqual({ learned: false });
  expect(neighbours.recorded).toHaveLength(1);
});

test('an opinion that changes is another event, and one that is said again is not', async () => {
  const neighbours = remembering();
  for (const score of [1, 1, 0, 0, 1]) await say(neighbours, score);
  expect(labelsOf(neighbours).map(({ labelId, draftRight }) => [labelId, draftRight])).toEqual([
    ['req_9.label.feedback.1', 1],
    ['req_9.label.feedback.2', 0],
    ['req_9.label.feedback.3', 1],
  ]);
});

describe('a request that', () => {
  const unknown = { kind: 'request_not_found', param: 'request_id' };

  test('nobody made is not found', async () => {
    await expect(say(remembering(), 1, 'req_8')).rejects.toMatchObject(unknown);
  });

  test('another tenant made is not found either', async () => {
    const neighbours = remembering({ ...ACCEPTED, tenant: 'other' });
    await expect(say(neighbours, 1)).rejects.toMatchObject(unknown);
    expect(neighbours.recorded).toHaveLength(1);
  });

  test('is not over yet is not there yet', async () => {
    const neighbours = Object.assign(new Neighbours(), { more: { shadowChance: 1 } });
    const { promise, resolve } = Promise.withResolvers<void>();
    neighbours.shadowGate = promise;
    const service = gateway(neighbours, { learns: true });
    await service.complete(CALL, NEVER);
    await expect(say(neighbours, 1, 'req_1')).rejects.toMatchObject(unknown);
    resolve();
    await service.finishShadows(60_000);
    await expect(say(neighbours, 1, 'req_1')).resolves.toEqual({ learned: false });
  });
});

test.each([-0.1, 1.1, Number.NaN, Number.POSITIVE_INFINITY])('%d is no score', async (score) => {
  const refusal = { kind: 'invalid_request', param: 'score' };
  await expect(say(remembering(), score)).rejects.toMatchObject(refusal);
});
