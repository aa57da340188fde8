import {
  type CompareCall,
  type Comparison,
  type DraftPlan,
  FailedCall,
  Fault,
  type ScoreCall,
  type Scorer,
  type Verdict,
} from '@weir/core';
import { dialScorer, serveScorer } from '@weir/rpc';
import { makeChat, makeDraftLabelled, makeJudgement, makeReply } from '@weir/testkit';
import { expect, test } from 'vitest';
import { aborted } from './aborted.ts';
import { never } from './ledger-port.contract.ts';
import { link } from './rpc-link.ts';

/** A scorer an address away. */

const CALL: ScoreCall = {
  requestId: 'r',
  route: 'support',
  chat: makeChat(),
  reply: makeReply({
    tokens: [
      {
        token: 'It',
        logprob: -0.5,
        top: [
          { token: 'It', logprob: -0.5 },
          { token: 'He', logprob: -2 },
        ],
      },
      { token: ' is', top: [] },
    ],
  }),
  expect: { keywords: ['parcel'], pattern: '^It', minCharacters: 0, maxCharacters: 300 },
  endpoint: { fingerprint: 'endpoint-1', logprobsTrusted: false },
};

const VERDICT: Verdict = {
  decision: 'accept',
  confidence: 0.75,
  threshold: 0.5,
  evidence: 'logprobs',
  reasons: ['above_threshold'],
};

test('is asked what was asked, and its verdict comes back as it is', async () => {
  const calls: ScoreCall[] = [
    CALL,
    { ...CALL, endpoint: { fingerprint: '' } },
    { ...CALL, bought: { kind: 'judge', reply: null } },
    { ...CALL, bought: { kind: 'second_draft', reply: makeReply() } },
  ];
  const verdicts: Verdict[] = [
    VERDICT,
    { ...VERDICT, confidence: null, evidence: 'none', threshold: 0 },
    { ...VERDICT, threshold: null, buy: { kind: 'second_draft', chat: makeChat() } },
    {
      ...VERDICT,
      decision: 'escalate',
      confidence: 0,
      threshold: null,
      reasons: [],
      judgement: makeJudgement({ certificate: null, shadowPrice: null }),
      shadowChance: 0,
    },
  ];
  const asked: unknown[] = [];
  await using far = await connect({
    async score(one) {
      asked.push(one);
      return verdicts[asked.length - 1] ?? VERDICT;
    },
  });
  for (const [index, call] of calls.entries()) {
    expect(await far.scorer.score(call, never())).toEqual(verdicts[index]);
  }
  expect(asked).toEqual(calls);
});

test('is asked before there is a draft, and its plan comes back as it is', async () => {
  const { requestId, route, chat } = CALL;
  const plans: DraftPlan[] = [
    { draft: false, escalationChance: 0.93 },
    { draft: true, escalationChance: null },
    { draft: true, escalationChance: 0 },
  ];
  const asked: unknown[] = [];
  await using far = await connect({
    async plan(one) {
      asked.push(one);
      return plans[asked.length - 1] ?? { draft: true, escalationChance: null };
    },
  });
  for (const plan of plans) {
    expect(await far.scorer.plan({ requestId, route, chat }, never())).toEqual(plan);
  }
  expect(asked).toEqual(plans.map(() => ({ requestId, route, chat })));
});

test('compares two answers, or says that they cannot be compared', async () => {
  const { example } = makeDraftLabelled();
  const calls: CompareCall[] = [
    { ...CALL, frontier: makeReply({ text: 'Tomorrow.' }), frontierCostPicoUsd: 2n ** 60n + 1n },
    { ...CALL, frontier: makeReply(), frontierCostPicoUsd: null },
    { ...CALL, frontier: makeReply(), frontierCostPicoUsd: 0n },
  ];
  const comparisons: (Comparison | null)[] = [
    { draftRight: 0.25, frontierRight: 1, example },
    null,
    { draftRight: null, frontierRight: 0, example: { ...example, relativeCost: null } },
  ];
  const asked: unknown[] = [];
  await using far = await connect({
    async compare(one) {
      asked.push(one);
      return comparisons[asked.length - 1] ?? null;
    },
  });
  for (const [index, call] of calls.entries()) {
    expect(await far.scorer.compare(call, never())).toEqual(comparisons[index]);
  }
  expect(asked).toEqual(calls);
});

test.each([
  [
    'score',
    (scorer: Scorer, route: string, signal: AbortSignal) =>
      scorer.score({ ...CALL, route }, signal),
  ],
  [
    'plan',
    (scorer: Scorer, route: string, signal: AbortSignal) => scorer.plan({ ...CALL, route }, signal),
  ],
  [
    'compare',
    (scorer: Scorer, route: string, signal: AbortSignal) =>
      scorer.compare({ ...CALL, route, frontier: makeReply(), frontierCostPicoUsd: null }, signal),
  ],
])('may be given up, and may fail, when it is to %s', async (_name, ask) => {
  const told = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const work = async ({ route }: { readonly route: string }, signal: AbortSignal) => {
    if (route === 'fail') throw new Fault('overloaded', 'No more.', { retryAfterMs: 10 });
    begun.resolve();
    return aborted(signal).finally(told.resolve);
  };
  await using far = await connect({ score: work, plan: work, compare: work });
  await expect(ask(far.scorer, 'fail', never())).rejects.toMatchObject({
    fault: { kind: 'overloaded', retryAfterMs: 10 },
  });
  const caller = new AbortController();
  const asking = ask(far.scorer, 'support', caller.signal).catch((error: unknown) => error);
  await begun.promise;
  caller.abort();
  expect(FailedCall.from(await asking).fault.kind).toBe('cancelled');
  await told.promise;
});

async function connect(parts: Partial<Scorer>) {
  const unexpected = () => Promise.reject(new TypeError('not expected to be called'));
  const scorer = { score: unexpected, plan: unexpected, compare: unexpected, ...parts };
  const wire = await link((server) => serveScorer(server, scorer));
  return Object.assign(wire, { scorer: dialScorer(wire.channel) });
}
