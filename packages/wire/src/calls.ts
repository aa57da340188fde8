import * as wire from '@weir/contracts';
import {
  type CallContext,
  type DraftEndpoint,
  Fault,
  type InferenceEnd,
  type ModelCall,
  type Served,
  type ServedEvent,
} from '@weir/core';
import {
  chatFromWire,
  chatToWire,
  deltaFromWire,
  deltaToWire,
  replyFromWire,
  replyToWire,
} from './chat.ts';
import { attemptFromWire, attemptToWire, requestOutcomeWords } from './events.ts';
import { verdictFromWire, verdictToWire } from './verdict.ts';
import { OptionalWords } from './words.ts';

/** What a caller may have its attempts booked as; everything else is for the service called to say. */
const roles = new OptionalWords<NonNullable<CallContext['role']>>({
  second_draft: wire.AttemptRole.SECOND_DRAFT,
  judge: wire.AttemptRole.JUDGE,
  shadow: wire.AttemptRole.SHADOW,
});

/** `remainingMs`: what of the deadline is left for the other side. */
export function modelCallToWire(call: ModelCall, remainingMs: number): wire.ModelCall {
  const { deadlineAtMs: _here, role, ...context } = call.context;
  return {
    context: {
      ...context,
      traceparent: context.traceparent,
      role: roles.toWire<wire.AttemptRole>(role),
      remainingMs: Math.floor(remainingMs),
    },
    chat: chatToWire(call.chat),
  };
}

export function modelCallFromWire(call: wire.ModelCall | undefined, nowMs: number): ModelCall {
  if (!call?.context) throw new Fault('invalid_request', 'The call has no context.');
  const { remainingMs, role, ...rest } = call.context;
  const context: CallContext = {
    ...rest,
    role: roles.fromWire(role),
    deadlineAtMs: nowMs + remainingMs,
  };
  return { context, chat: chatFromWire(call.chat) };
}

export function servedToWire(served: Served): wire.Served {
  return {
    reply: replyToWire(served.reply),
    tier: served.tier,
    attempts: served.attempts.map(attemptToWire),
    droppedParameters: [...served.dropped],
    endpoint: served.endpoint && endpointToWire(served.endpoint),
  };
}

export function servedFromWire(served: wire.Served | undefined): Served {
  if (!served) throw new Fault('internal', 'The reply is empty.');
  return {
    reply: replyFromWire(served.reply),
    tier: served.tier,
    attempts: served.attempts.map(attemptFromWire),
    dropped: served.droppedParameters,
    endpoint: served.endpoint && endpointFromWire(served.endpoint),
  };
}

export function endpointToWire(endpoint: DraftEndpoint): wire.DraftEndpoint {
  return { fingerprint: endpoint.fingerprint, logprobsTrusted: endpoint.logprobsTrusted };
}

export function endpointFromWire(endpoint: wire.DraftEndpoint): DraftEndpoint {
  return { fingerprint: endpoint.fingerprint, logprobsTrusted: endpoint.logprobsTrusted };
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
