import { type AttemptSettled, type ChatReply, type InferenceEnd, NO_USAGE } from '@weir/core';

/** A finished request as tests of the gateway need one: a draft that was accepted, unless told otherwise. */

export function makeAttempt(fields: Partial<AttemptSettled> = {}): AttemptSettled {
  return {
    type: 'attempt.settled',
    attemptId: 'req_1.draft.1',
    requestId: 'req_1',
    tenant: 'acme',
    keyId: 'k1',
    route: 'support',
    role: 'draft',
    tier: 'draft',
    provider: 'local',
    model: 'small',
    openedAtMs: 1_785_000_000_000,
    settledAtMs: 1_785_000_000_500,
    estimatedInputTokens: 10,
    inputCostPicoUsd: 1000n,
    priceBookHash: 'h',
    tags: {},
    outcome: 'completed',
    fault: null,
    servedModel: 'small',
    upstreamId: 'chatcmpl-1',
    usage: { ...NO_USAGE, inputTokens: 8, cacheReadTokens: 4, outputTokens: 5, reasoningTokens: 2 },
    provenance: 'reported',
    costPicoUsd: 2500n,
    firstTokenMs: 40,
    metering: null,
    ...fields,
  };
}

export function makeReply(fields: Partial<ChatReply> = {}): ChatReply {
  return { text: 'Paris.', toolCalls: [], finish: 'stop', ...fields };
}

export function makeEnd(fields: Partial<InferenceEnd> = {}): InferenceEnd {
  return {
    requestId: 'req_1',
    route: 'support',
    reply: makeReply(),
    outcome: 'served',
    servedBy: 'draft',
    verdict: {
      decision: 'accept',
      confidence: 0.97531,
      threshold: 0.9,
      evidence: 'logprobs',
      reasons: ['at_or_above_threshold'],
    },
    attempts: [makeAttempt()],
    costPicoUsd: 2500n,
    costIsLowerBound: false,
    counterfactualPicoUsd: 40_000n,
    dropped: [],
    ...fields,
  };
}
