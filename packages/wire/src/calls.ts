import * as wire from '@weir/contracts';
import {
  type CallContext,
  type EvidenceKind,
  Fault,
  type InferenceEnd,
  type ModelCall,
  type ScoreCall,
  type Served,
  type ServedEvent,
  type Verdict,
} from '@weir/core';
import {
  chatFromWire,
  chatToWire,
  deltaFromWire,
  deltaToWire,
  expectFromWire,
  expectToWire,
  replyFromWire,
  replyToWire,
} from './chat.ts';
import { attemptFromWire, attemptToWire, decisions, requestOutcomeWords } from './events.ts';
import { Words } from './words.ts';

const evidences = new Words<EvidenceKind>(
  {
    logprobs: wire.Evidence.LOGPROBS,
    validators: wire.Evidence.VALIDATORS,
    none: wire.Evidence.NONE,
  },
  'none',
);

/** `remainingMs`: what of the deadline is left for the other side. */
export function modelCallToWire(call: ModelCall, remainingMs: number): wire.ModelCall {
  const { deadlineAtMs: _here, ...context } = call.context;
  return {
    context: { ...context, traceparent: context.traceparent, remainingMs: Math.floor(remainingMs) },
    chat: chatToWire(call.chat),
  };
}

export function modelCallFromWire(call: wire.ModelCall | undefined, nowMs: number): ModelCall {
  if (!call?.context) throw new Fault('invalid_request', 'The call has no context.');
  const { remainingMs, ...rest } = call.context;
  const context: CallContext = { ...rest, deadlineAtMs: nowMs + remainingMs };
  return { context, chat: chatFromWire(call.chat) };
}

export function servedToWire(served: Served): wire.Served {
  return {
    reply: replyToWire(served.reply),
    tier: served.tier,
    attempts: served.attempts.map(attemptToWire),
    droppedParameters: [...served.dropped],
  };
}

export function servedFromWire(served: wire.Served | undefined): Served {
  if (!served) throw new Fault('internal', 'The reply is empty.');
  return {
    reply: replyFromWire(served.reply),
    tier: served.tier,
    attempts: served.attempts.map(attemptFromWire),
    dropped: served.droppedParameters,
  };
}

export function servedEventToWire(event: ServedEvent): wire.ServedEvent {
  return event.type === 'end'
    ? { event: { $case: 'end', value: servedToWire(event.served) } }
    : { event: { $case: 'delta', value: deltaToWire(event) } };
}

export function servedEventFromWire(event: wire.ServedEvent): ServedEvent | undefined {
  switch (event.event?.$case) {
    case 'end':
      return { type: 'end', served: servedFromWire(event.event.value) };
    case 'delta':
      return deltaFromWire(event.event.value);
    default:
      return undefined;
  }
}

export function scoreCallToWire(call: ScoreCall): wire.ScoreRequest {
  return {
    requestId: call.requestId,
    route: call.route,
    chat: chatToWire(call.chat),
    reply: replyToWire(call.reply),
    expect: expectToWire(call.expect),
  };
}

export function scoreCallFromWire(call: wire.ScoreRequest): ScoreCall {
  return {
    requestId: call.requestId,
    route: call.route,
    chat: chatFromWire(call.chat),
    reply: replyFromWire(call.reply),
    expect: expectFromWire(call.expect),
  };
}

export function verdictToWire(verdict: Verdict): wire.Verdict {
  return {
    decision: decisions.toWire<wire.Decision>(verdict.decision),
    confidence: verdict.confidence ?? undefined,
    threshold: verdict.threshold,
    evidence: evidences.toWire<wire.Evidence>(verdict.evidence),
    reasons: [...verdict.reasons],
  };
}

/** Whatever is not clearly "accept" escalates, and a confidence outside [0, 1] is none. */
export function verdictFromWire(verdict: wire.Verdict | undefined): Verdict {
  if (!verdict) throw new Fault('internal', 'The scorer gave no verdict.');
  const { confidence } = verdict;
  const sane = confidence === undefined || (confidence >= 0 && confidence <= 1);
  const accept = decisions.fromWire(verdict.decision) === 'accept' && sane;
  return {
    decision: accept ? 'accept' : 'escalate',
    confidence: sane ? (confidence ?? null) : null,
    threshold: verdict.threshold,
    evidence: evidences.fromWire(verdict.evidence),
    reasons: verdict.reasons,
  };
}

export function inferenceEndToWire(end: InferenceEnd): wire.InferenceEnd {
  return {
    requestId: end.requestId,
    route: end.route,
    reply: replyToWire(end.reply),
    outcome: requestOutcomeWords.toWire<wire.RequestOutcome>(end.outcome),
    servedBy: end.servedBy,
    verdict: end.verdict ? verdictToWire(end.verdict) : undefined,
    attempts: end.attempts.map(attemptToWire),
    costPicoUsd: end.costPicoUsd,
    costIsLowerBound: end.costIsLowerBound,
    counterfactualPicoUsd: end.counterfactualPicoUsd ?? undefined,
    droppedParameters: [...end.dropped],
  };
}

export function inferenceEndFromWire(end: wire.InferenceEnd | undefined): InferenceEnd {
  if (!end) throw new Fault('internal', 'The reply is empty.');
  return {
    requestId: end.requestId,
    route: end.route,
    reply: replyFromWire(end.reply),
    outcome: requestOutcomeWords.fromWire(end.outcome),
    servedBy: end.servedBy,
    verdict: end.verdict ? verdictFromWire(end.verdict) : null,
    attempts: end.attempts.map(attemptFromWire),
    costPicoUsd: end.costPicoUsd,
    costIsLowerBound: end.costIsLowerBound,
    counterfactualPicoUsd: end.counterfactualPicoUsd ?? null,
    dropped: end.droppedParameters,
  };
}
