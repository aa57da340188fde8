import type { ChatReply, ChatRequest, TokenLogprob } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DecisionPolicy, decide } from './decide.ts';
import type { SignalName } from './signals.ts';

const CHAT: ChatRequest = { messages: [{ role: 'user', content: 'Q' }], topLogprobs: 1 };

function replyOf(logprobs: readonly (number | undefined)[]): ChatReply {
  const tokens: TokenLogprob[] = logprobs.map((logprob) => ({
    token: 'a',
    logprob,
    top: [
      { token: 'a', logprob: logprob ?? -1 },
      { token: 'b', logprob: -40 },
    ],
  }));
  return { text: 'a'.repeat(tokens.length), toolCalls: [], finish: 'stop', tokens };
}

const signal = fc.constantFrom<SignalName>('mean', 'worst_window', 'worst_token');
const threshold = fc.double({ min: 0, max: 1, noNaN: true });
const logprob = fc.double({ min: -30, max: 0, noNaN: true });
const logprobs = fc.array(logprob, { minLength: 1, maxLength: 40 });
const policy: fc.Arbitrary<DecisionPolicy> = fc.record({
  signal,
  threshold,
  withoutEvidence: fc.constantFrom('escalate', 'accept'),
});

/** Pairs of a token's log-probability with a better one. */
const improved = fc.array(fc.tuple(logprob, fc.double({ min: 0, max: 1, noNaN: true })), {
  minLength: 1,
  maxLength: 40,
});

test('a better score never turns accept into escalate', () => {
  fc.assert(
    fc.property(policy, improved, (rule, pairs) => {
      const worse = pairs.map(([value]) => value);
      const better = pairs.map(([value, share]) => value * share);
      const before = decide(rule, CHAT, replyOf(worse), []);
      const after = decide(rule, CHAT, replyOf(better), []);
      if (before.decision === 'accept') expect(after.decision).toBe('accept');
      expect(after.confidence).toBeGreaterThanOrEqual(before.confidence ?? 2);
    }),
  );
});

test('a lower threshold never turns accept into escalate', () => {
  fc.assert(
    fc.property(policy, logprobs, threshold, (rule, values, other) => {
      const reply = replyOf(values);
      const [low, high] =
        rule.threshold < other ? [rule.threshold, other] : [other, rule.threshold];
      if (decide({ ...rule, threshold: high }, CHAT, reply, []).decision === 'accept') {
        expect(decide({ ...rule, threshold: low }, CHAT, reply, []).decision).toBe('accept');
      }
    }),
  );
});

test('a veto always escalates, however sure the draft was', () => {
  const vetoes = fc.array(fc.constantFrom('empty', 'refusal', 'json_schema'), { minLength: 1 });
  fc.assert(
    fc.property(policy, fc.option(logprobs, { nil: undefined }), vetoes, (rule, values, named) => {
      const reply = values ? replyOf(values) : { ...replyOf([]), tokens: undefined };
      const verdict = decide(rule, CHAT, reply, named);
      expect(verdict.decision).toBe('escalate');
      expect(verdict.reasons).toEqual(named.map((name) => `veto:${name}`));
    }),
  );
});

test('a draft is accepted exactly when its signal reaches the threshold', () => {
  fc.assert(
    fc.property(policy, logprobs, (rule, values) => {
      const { confidence, decision, evidence } = decide(rule, CHAT, replyOf(values), []);
      expect(evidence).toBe('logprobs');
      expect(confidence).toBeGreaterThanOrEqual(0);
      expect(confidence).toBeLessThanOrEqual(1);
      expect(decision).toBe((confidence ?? -1) >= rule.threshold ? 'accept' : 'escalate');
    }),
  );
});

test('a signal that is exactly the threshold is enough', () => {
  const rule = { signal: 'worst_token', threshold: Math.exp(-0.25), withoutEvidence: 'escalate' };
  expect(decide(rule as DecisionPolicy, CHAT, replyOf([-0.25]), []).decision).toBe('accept');
});

test('without evidence there is no confidence, and the draft escalates unless its route says otherwise', () => {
  fc.assert(
    fc.property(policy, logprobs, (rule, values) => {
      const verdict = decide(rule, CHAT, replyOf([...values, undefined]), []);
      expect(verdict.confidence).toBeNull();
      expect(verdict.decision).toBe(rule.withoutEvidence);
      expect(verdict.evidence).toBe(rule.withoutEvidence === 'accept' ? 'validators' : 'none');
      expect(verdict.reasons).toEqual(['missing_evidence:missing_on_some_tokens']);
    }),
  );
});

test('a threshold that is no number accepts nothing', () => {
  const rule = { signal: 'mean', threshold: Number.NaN, withoutEvidence: 'accept' } as const;
  expect(decide(rule, CHAT, replyOf([-0.001]), []).decision).toBe('escalate');
});
