import type { AttemptSettled, DraftLabelled, Judgement, RequestCompleted } from '@weir/core';

const AT_MS = Date.UTC(2026, 10, 22, 10);

/** An attempt that went well. */
export function attempt(changes: Partial<AttemptSettled> = {}): AttemptSettled {
  const { requestId = 'req_0', role = 'draft' } = changes;
  return {
    type: 'attempt.settled',
    attemptId: `${requestId}.${role}.1`,
    requestId,
    tenant: 'acme',
    keyId: 'bot',
    route: 'support',
    role,
    tier: 'draft',
    provider: 'lab',
    model: 'small',
    openedAtMs: AT_MS,
    estimatedInputTokens: 100,
    inputCostPicoUsd: 6_000_000n,
    priceBookHash: 'book',
    tags: {},
    settledAtMs: AT_MS + 1000,
    outcome: 'completed',
    fault: null,
    servedModel: 'small',
    upstreamId: 'u-1',
    usage: {
      inputTokens: 100,
      cacheReadTokens: 20,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      cacheWriteOtherTokens: 0,
      outputTokens: 40,
      reasoningTokens: 0,
    },
    provenance: 'reported',
    costPicoUsd: 9_000_000n,
    firstTokenMs: 80,
    metering: null,
    ...changes,
  };
}

/** A request whose draft was accepted. */
export function completed(changes: Partial<RequestCompleted> = {}): RequestCompleted {
  return {
    type: 'request.completed',
    requestId: 'req_0',
    tenant: 'acme',
    keyId: 'bot',
    route: 'support',
    completedAtMs: AT_MS + 2000,
    durationMs: 1500,
    outcome: 'served',
    fault: null,
    decision: 'accept',
    confidence: 0.93,
    servedBy: 'draft',
    attempts: 1,
    counterfactualPicoUsd: 90_000_000n,
    tags: {},
    judgement: null,
    ...changes,
  };
}

/** Of a draft that a certified scorer model would serve. */
export function judgementOf(changes: Partial<Judgement> = {}): Judgement {
  return {
    model: 'abcdef012345',
    benefit: 0.04,
    relativeCost: 1.2,
    shadowPrice: 0.1,
    certificate: { id: 'c-1', alpha: 0.01, delta: 0.1, rows: 800, issuedAtMs: AT_MS },
    signals: { set: 'set-1', values: [-0.11, 0.5, Number.NaN] },
    reasons: [],
    ...changes,
  };
}

let labels = 0;

/** What a shadow call showed: the draft was right, and so was the frontier. */
export function labelled(changes: Partial<DraftLabelled> = {}): DraftLabelled {
  const { requestId = `req_l${++labels}`, source = 'shadow' } = changes;
  return {
    type: 'draft.labelled',
    labelId: `${requestId}.label.${source}`,
    requestId,
    tenant: 'acme',
    keyId: 'bot',
    route: 'support',
    labelledAtMs: AT_MS + 3000,
    source,
    draftRight: 1,
    frontierRight: 1,
    propensity: 1,
    sampled: true,
    decision: 'accept',
    model: 'abcdef012345',
    confidence: 0.93,
    example: {
      endpoint: 'endpoint-1',
      signals: { set: 'set-1', values: [-0.11, 0.5, Number.NaN] },
      ngrams: [17, 4_011],
      relativeCost: 1.2,
    },
    tags: {},
    ...changes,
  };
}
