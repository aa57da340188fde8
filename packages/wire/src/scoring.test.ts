import * as contracts from '@weir/contracts';
import type { CompareCall, Comparison, DraftPlan, Verdict } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chat, reply, sent } from './chat.fixture.ts';
import { example, moneyOrNull, shareOrNull, text } from './events.fixture.ts';
import { scoreCall, verdict } from './scoring.fixture.ts';
import {
  compareCallFromWire,
  compareCallToWire,
  comparisonFromWire,
  comparisonToWire,
  type PlanCall,
  planCallFromWire,
  planCallToWire,
  planFromWire,
  planToWire,
  scoreCallFromWire,
  scoreCallToWire,
} from './scoring.ts';
import { verdictFromWire, verdictToWire } from './verdict.ts';

test('a verdict means the same', () => {
  fc.assert(
    fc.property(verdict, (given) => {
      expect(verdictFromWire(sent(contracts.Verdict, verdictToWire(given)))).toEqual(given);
    }),
  );
});

test.each([1.5, -0.1, Number.NaN, Number.POSITIVE_INFINITY])(
  'a verdict with the confidence %d does not accept, whatever it says',
  (confidence) => {
    const given: Verdict = {
      decision: 'accept',
      confidence: 1,
      threshold: 0.5,
      evidence: 'logprobs',
      reasons: [],
    };
    const received = verdictFromWire({ ...verdictToWire(given), confidence });
    expect(received).toMatchObject({ decision: 'escalate', confidence: null });
  },
);

test('a verdict whose decision is not known here does not accept', () => {
  const wire = contracts.Verdict.create({ decision: 99 as contracts.Decision, threshold: 0.5 });
  expect(verdictFromWire(sent(contracts.Verdict, wire)).decision).toBe('escalate');
});

test('a threshold of nothing is not the lack of one, also from a peer that knows no scorer models', () => {
  const wire = contracts.Verdict.create({ decision: contracts.Decision.ACCEPT });
  expect(verdictFromWire(sent(contracts.Verdict, wire)).threshold).toBe(0);
  const modelled = { ...verdictFromWire(wire), threshold: null };
  expect(verdictFromWire(sent(contracts.Verdict, verdictToWire(modelled))).threshold).toBeNull();
});

test.each([1.5, -0.1, Number.NaN])('a shadow chance of %d is none', (shadowChance) => {
  const wire = { ...contracts.Verdict.create({}), shadowChance };
  expect(verdictFromWire(sent(contracts.Verdict, wire)).shadowChance).toBeUndefined();
});

test('evidence of a kind that is not known here is neither wanted nor had', () => {
  const kind = 99 as contracts.PurchaseKind;
  const buy = contracts.Purchase.create({ kind, chat: contracts.ChatRequest.create({}) });
  const wanted = verdictFromWire(sent(contracts.Verdict, contracts.Verdict.create({ buy })));
  expect(wanted.buy).toBeUndefined();
  const empty = { chat: contracts.ChatRequest.create({}), reply: contracts.ChatReply.create({}) };
  const call = contracts.ScoreRequest.create({ ...empty, bought: { kind } });
  expect(scoreCallFromWire(sent(contracts.ScoreRequest, call)).bought).toBeUndefined();
});

test('a call to score means the same', () => {
  fc.assert(
    fc.property(scoreCall, (given) => {
      const received = scoreCallFromWire(sent(contracts.ScoreRequest, scoreCallToWire(given)));
      expect(received).toEqual(given);
    }),
    { numRuns: 50 },
  );
});

test('a call to plan and its plan mean the same', () => {
  const call: fc.Arbitrary<PlanCall> = fc.record({ requestId: text, route: text, chat });
  const plan: fc.Arbitrary<DraftPlan> = fc.record({
    draft: fc.boolean(),
    escalationChance: shareOrNull,
  });
  fc.assert(
    fc.property(call, plan, (asked, answered) => {
      const received = planCallFromWire(sent(contracts.PlanRequest, planCallToWire(asked)));
      expect(received).toEqual(asked);
      expect(planFromWire(sent(contracts.DraftPlan, planToWire(answered)))).toEqual(answered);
    }),
    { numRuns: 50 },
  );
});

test('a call to compare and its comparison mean the same', () => {
  const call: fc.Arbitrary<CompareCall> = fc
    .record({ draft: scoreCall, frontier: reply, frontierCostPicoUsd: moneyOrNull })
    .map(({ draft, ...rest }) => ({ ...draft, ...rest }));
  const comparison: fc.Arbitrary<Comparison> = fc.record({
    draftRight: shareOrNull,
    frontierRight: shareOrNull,
    example,
  });
  fc.assert(
    fc.property(call, comparison, (asked, answered) => {
      const request = sent(contracts.CompareRequest, compareCallToWire(asked));
      expect(compareCallFromWire(request)).toEqual(asked);
      const told = sent(contracts.Comparison, comparisonToWire(answered));
      expect(comparisonFromWire(told)).toEqual(answered);
    }),
    { numRuns: 50 },
  );
});

test.each([1.5, -0.1, Number.NaN])('that a draft is right by %d says nothing about it', (wrong) => {
  const wire = contracts.Comparison.create({ draftRight: wrong, frontierRight: wrong });
  const told = comparisonFromWire(sent(contracts.Comparison, wire));
  expect(told).toMatchObject({ draftRight: null, frontierRight: null });
});
