import type { ChatReply, ChatRequest, Verdict } from '@weir/core';
import { freeTokens, logprobEvidence } from './evidence.ts';
import { type SignalName, signalOf } from './signals.ts';

/** How a route decides. */
export interface DecisionPolicy {
  readonly signal: SignalName;
  /** A draft is accepted when its signal is at least this. */
  readonly threshold: number;
  /**
   * What to do with a draft that passed every validator but came without usable log-probabilities. `accept` is for
   * routes whose validators alone decide; it is never the default.
   */
  readonly withoutEvidence: 'escalate' | 'accept';
}

/**
 * The decision on one draft. A veto always escalates. Monotone in the signal: a better one never turns accept into
 * escalate. `trusted` is false where the log-probabilities of the draft's endpoint were found to be worthless.
 */
export function decide(
  policy: DecisionPolicy,
  chat: ChatRequest,
  reply: ChatReply,
  vetoes: readonly string[],
  trusted?: boolean,
): Verdict {
  const { threshold } = policy;
  const evidence = logprobEvidence(chat, reply, trusted);
  const confidence =
    evidence.kind === 'logprobs' ? signalOf(policy.signal, freeTokens(evidence)) : null;
  if (vetoes.length > 0) {
    return {
      decision: 'escalate',
      confidence,
      threshold,
      evidence: evidence.kind === 'logprobs' ? 'logprobs' : 'validators',
      reasons: vetoes.map((veto) => `veto:${veto}`),
    };
  }
  if (evidence.kind === 'missing') {
    const accept = policy.withoutEvidence === 'accept';
    return {
      decision: accept ? 'accept' : 'escalate',
      confidence: null,
      threshold,
      evidence: accept ? 'validators' : 'none',
      reasons: [`missing_evidence:${evidence.reason}`],
    };
  }
  // Written so that a confidence that is no number escalates.
  const accept = confidence !== null && confidence >= threshold;
  return {
    decision: accept ? 'accept' : 'escalate',
    confidence: Number.isFinite(confidence) ? confidence : null,
    threshold,
    evidence: 'logprobs',
    reasons: [accept ? 'at_or_above_threshold' : 'below_threshold'],
  };
}
