import { FAULTS, Fault, type FaultKind, type Verdict } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draftDeadlineAtMs, escalatesAfterDraftFault, servesFlaggedDraft } from './route-policy.ts';

const KINDS = Object.keys(FAULTS) as FaultKind[];
const REJECTED: Verdict = {
  decision: 'escalate',
  confidence: 0.4,
  threshold: 0.9,
  evidence: 'logprobs',
  reasons: ['below_threshold'],
};

test('whatever befalls the draft, the frontier is asked, unless nobody waits or nobody pays', () => {
  const stays = KINDS.filter((kind) => !escalatesAfterDraftFault(new Fault(kind, '')));
  expect(stays).toEqual(['budget_exhausted', 'cancelled']);
});

test('a rejected draft is served only where its owner prefers it to an error', () => {
  const down = new Fault('upstream_unavailable', '');
  expect(servesFlaggedDraft('flagged_draft', REJECTED, down)).toBe(true);
  expect(servesFlaggedDraft('error', REJECTED, down)).toBe(false);
});

test('a vetoed draft is never served, not even flagged', () => {
  const vetoed = { ...REJECTED, reasons: ['below_threshold', 'veto:json_schema'] };
  for (const kind of KINDS) {
    expect(servesFlaggedDraft('flagged_draft', vetoed, new Fault(kind, ''))).toBe(false);
  }
});

test('nothing is served to a caller who has left', () => {
  expect(servesFlaggedDraft('flagged_draft', REJECTED, new Fault('cancelled', ''))).toBe(false);
});

test('the draft never waits past the request, and leaves the escalation its reserve, or half of what there is', () => {
  const time = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(time, time, time, (nowMs, leftMs, reserveMs) => {
      const deadlineAtMs = nowMs + leftMs;
      const atMs = draftDeadlineAtMs(nowMs, deadlineAtMs, reserveMs);
      expect(atMs).toBeGreaterThanOrEqual(nowMs);
      expect(atMs).toBeLessThanOrEqual(deadlineAtMs);
      expect(deadlineAtMs - atMs).toBeCloseTo(Math.min(reserveMs, leftMs / 2), 6);
    }),
  );
});
