import * as wire from '@weir/contracts';
import {
  type AttemptOutcome,
  type AttemptRole,
  type AttemptSettled,
  isFaultKind,
  type LedgerEvent,
  type Metering,
  NO_USAGE,
  type Provenance,
  type RequestCompleted,
  type RequestOutcome,
  type Usage,
  type UsagePart,
} from '@weir/core';
import { decisions } from './decisions.ts';
import { judgementFromWire, judgementToWire } from './judgement.ts';
import { labelFromWire, labelToWire } from './labels.ts';
import { Words } from './words.ts';

const roles = new Words<AttemptRole>(
  {
    draft: wire.AttemptRole.DRAFT,
    escalation: wire.AttemptRole.ESCALATION,
    direct: wire.AttemptRole.DIRECT,
    second_draft: wire.AttemptRole.SECOND_DRAFT,
    judge: wire.AttemptRole.JUDGE,
    shadow: wire.AttemptRole.SHADOW,
    probe: wire.AttemptRole.PROBE,
  },
  'direct',
);

const outcomes = new Words<AttemptOutcome>(
  {
    completed: wire.AttemptOutcome.COMPLETED,
    failed: wire.AttemptOutcome.FAILED,
    cancelled: wire.AttemptOutcome.CANCELLED,
    timed_out: wire.AttemptOutcome.TIMED_OUT,
    lost: wire.AttemptOutcome.LOST,
  },
  'failed',
);

const provenances = new Words<Provenance>(
  {
    reported: wire.Provenance.REPORTED,
    computed: wire.Provenance.COMPUTED,
    estimated: wire.Provenance.ESTIMATED,
    lower_bound: wire.Provenance.LOWER_BOUND,
    unknown: wire.Provenance.UNKNOWN,
  },
  'unknown',
);

const requestOutcomes = new Words<RequestOutcome>(
  {
    served: wire.RequestOutcome.SERVED,
    degraded: wire.RequestOutcome.DEGRADED,
    failed: wire.RequestOutcome.FAILED,
    cancelled: wire.RequestOutcome.CANCELLED,
  },
  'failed',
);

export const requestOutcomeWords = requestOutcomes;

export function attemptToWire(attempt: AttemptSettled): wire.AttemptSettled {
  return {
    attemptId: attempt.attemptId,
    requestId: attempt.requestId,
    tenant: attempt.tenant,
    keyId: attempt.keyId,
    route: attempt.route,
    role: roles.toWire<wire.AttemptRole>(attempt.role),
    tier: attempt.tier,
    provider: attempt.provider,
    model: attempt.model,
    openedAtMs: BigInt(attempt.openedAtMs),
    settledAtMs: BigInt(attempt.settledAtMs),
    estimatedInputTokens: attempt.estimatedInputTokens,
    inputCostPicoUsd: attempt.inputCostPicoUsd ?? undefined,
    priceBookHash: attempt.priceBookHash,
    tags: attempt.tags,
    outcome: outcomes.toWire<wire.AttemptOutcome>(attempt.outcome),
    fault: attempt.fault ?? undefined,
    servedModel: attempt.servedModel,
    upstreamId: attempt.upstreamId,
    usage: attempt.usage,
    provenance: provenances.toWire<wire.Provenance>(attempt.provenance),
    costPicoUsd: attempt.costPicoUsd ?? undefined,
    firstTokenMs: attempt.firstTokenMs ?? undefined,
    metering: attempt.metering ? meteringToWire(attempt.metering) : undefined,
  };
}

export function attemptFromWire(attempt: wire.AttemptSettled): AttemptSettled {
  return {
    type: 'attempt.settled',
    attemptId: attempt.attemptId,
    requestId: attempt.requestId,
    tenant: attempt.tenant,
    keyId: attempt.keyId,
    route: attempt.route,
    role: roles.fromWire(attempt.role),
    tier: attempt.tier,
    provider: attempt.provider,
    model: attempt.model,
    openedAtMs: Number(attempt.openedAtMs),
    settledAtMs: Number(attempt.settledAtMs),
    estimatedInputTokens: attempt.estimatedInputTokens,
    inputCostPicoUsd: attempt.inputCostPicoUsd ?? null,
    priceBookHash: attempt.priceBookHash,
    tags: attempt.tags,
    outcome: outcomes.fromWire(attempt.outcome),
    fault: faultKind(attempt.fault),
    servedModel: attempt.servedModel,
    upstreamId: attempt.upstreamId,
    usage: attempt.usage ?? NO_USAGE,
    provenance: provenances.fromWire(attempt.provenance),
    costPicoUsd: attempt.costPicoUsd ?? null,
    firstTokenMs: attempt.firstTokenMs ?? null,
    metering: attempt.metering ? meteringFromWire(attempt.metering) : null,
  };
}

function meteringToWire(metering: Metering): wire.Metering {
  return {
    slices: counted(metering.slices),
    parts: (metering.parts ?? []).map(({ model, usage }) => ({ model: model ?? '', usage })),
    fees: counted(metering.fees),
    serviceTier: metering.serviceTier ?? '',
    conditions: { ...metering.conditions },
    reportedPicoUsd: metering.reportedPicoUsd,
    incomplete: [...(metering.incomplete ?? [])],
    gpuTime: metering.gpuTime && {
      micros: BigInt(metering.gpuTime.micros),
      beforeMicros: BigInt(metering.gpuTime.beforeMicros),
    },
  };
}

/** What is empty on the wire was absent; nothing in it says more empty than absent. */
function meteringFromWire(metering: wire.Metering): Metering {
  const { slices, parts, fees, serviceTier, conditions, reportedPicoUsd, incomplete } = metering;
  const { gpuTime } = metering;
  return {
    ...(hasAny(slices) && { slices }),
    ...(parts.length > 0 && { parts: parts.map(partFromWire) }),
    ...(hasAny(fees) && { fees }),
    ...(serviceTier !== '' && { serviceTier }),
    ...(hasAny(conditions) && { conditions }),
    ...(reportedPicoUsd !== undefined && { reportedPicoUsd }),
    ...(incomplete.length > 0 && { incomplete: incomplete as (keyof Usage)[] }),
    ...(gpuTime && {
      gpuTime: { micros: Number(gpuTime.micros), beforeMicros: Number(gpuTime.beforeMicros) },
    }),
  };
}

function counted(
  counts: Readonly<Record<string, number | undefined>> = {},
): Record<string, number> {
  const told: Record<string, number> = {};
  for (const [name, count] of Object.entries(counts)) {
    if (typeof count === 'number') told[name] = count;
  }
  return told;
}

function partFromWire({ model, usage }: wire.UsagePart): UsagePart {
  return { ...(model !== '' && { model }), usage: usage ?? NO_USAGE };
}

function hasAny(record: object): boolean {
  return Object.keys(record).length > 0;
}

function requestToWire(request: RequestCompleted): wire.RequestCompleted {
  return {
    requestId: request.requestId,
    tenant: request.tenant,
    keyId: request.keyId,
    route: request.route,
    completedAtMs: BigInt(request.completedAtMs),
    durationMs: request.durationMs,
    outcome: requestOutcomes.toWire<wire.RequestOutcome>(request.outcome),
    fault: request.fault ?? undefined,
    decision: decisions.toWire<wire.Decision>(request.decision),
    confidence: request.confidence ?? undefined,
    servedBy: request.servedBy,
    attempts: request.attempts,
    counterfactualPicoUsd: request.counterfactualPicoUsd ?? undefined,
    tags: request.tags,
    judgement: request.judgement ? judgementToWire(request.judgement) : undefined,
  };
}

function requestFromWire(request: wire.RequestCompleted): RequestCompleted {
  return {
    type: 'request.completed',
    requestId: request.requestId,
    tenant: request.tenant,
    keyId: request.keyId,
    route: request.route,
    completedAtMs: Number(request.completedAtMs),
    durationMs: request.durationMs,
    outcome: requestOutcomes.fromWire(request.outcome),
    fault: faultKind(request.fault),
    decision: decisions.fromWire(request.decision),
    confidence: request.confidence ?? null,
    servedBy: request.servedBy,
    attempts: request.attempts,
    counterfactualPicoUsd: request.counterfactualPicoUsd ?? null,
    tags: request.tags,
    judgement: request.judgement ? judgementFromWire(request.judgement) : null,
  };
}

export function eventToWire(event: LedgerEvent): wire.LedgerEvent {
  switch (event.type) {
    case 'attempt.settled':
      return { event: { $case: 'attemptSettled', value: attemptToWire(event) } };
    case 'request.completed':
      return { event: { $case: 'requestCompleted', value: requestToWire(event) } };
    case 'draft.labelled':
      return { event: { $case: 'draftLabelled', value: labelToWire(event) } };
  }
}

/** Undefined for a kind of event that a newer peer invented. */
export function eventFromWire(event: wire.LedgerEvent): LedgerEvent | undefined {
  switch (event.event?.$case) {
    case 'attemptSettled':
      return attemptFromWire(event.event.value);
    case 'requestCompleted':
      return requestFromWire(event.event.value);
    case 'draftLabelled':
      return labelFromWire(event.event.value);
    default:
      return undefined;
  }
}

export function encodeEvent(event: LedgerEvent): Uint8Array {
  return wire.LedgerEvent.encode(eventToWire(event)).finish();
}

export function decodeEvent(bytes: Uint8Array): LedgerEvent | undefined {
  return eventFromWire(wire.LedgerEvent.decode(bytes));
}

function faultKind(text: string | undefined): AttemptSettled['fault'] {
  if (text === undefined) return null;
  return isFaultKind(text) ? text : 'internal';
}
