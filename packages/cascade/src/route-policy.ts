import type { Fault, Verdict } from '@weir/core';

/** What a route does when no answer was accepted and no frontier could give one. */
export type WhenExhausted = 'flagged_draft' | 'error';

/** After the draft failed: only what would fail at the frontier just the same is the caller's answer. */
export function escalatesAfterDraftFault(fault: Fault): boolean {
  if (fault.kind === 'cancelled') return false;
  // A draft's engine may lack a feature or a window that the frontier has; only the caller can say otherwise.
  return fault.kind !== 'budget_exhausted';
}

/**
 * After escalation failed: may the rejected draft be served, flagged as degraded? Never past a veto: a draft known to
 * be broken is not an answer.
 */
export function servesFlaggedDraft(policy: WhenExhausted, verdict: Verdict, fault: Fault): boolean {
  if (policy !== 'flagged_draft' || fault.kind === 'cancelled') return false;
  return !verdict.reasons.some((reason) => reason.startsWith('veto:'));
}

/**
 * The last moment at which the draft may still be waited for: what is left after it must hold an escalation.
 * `reserveMs` is the route's share for that (the tier's p95 to first token, plus a margin). A caller in a hurry may bring
 * less time than that; then draft and escalation share it evenly.
 */
export function draftDeadlineAtMs(nowMs: number, deadlineAtMs: number, reserveMs: number): number {
  const leftMs = Math.max(0, deadlineAtMs - nowMs);
  return nowMs + leftMs - Math.min(reserveMs, leftMs / 2);
}
