import type { RequestCompleted } from '@weir/core';

let made = 0;

/** A request whose draft was accepted. */
export function makeRequestCompleted(overrides: Partial<RequestCompleted> = {}): RequestCompleted {
  return {
    type: 'request.completed',
    requestId: `done_${++made}`,
    tenant: 'acme',
    keyId: 'key-1',
    route: 'support',
    completedAtMs: Date.UTC(2026, 10, 22, 10, 0, 2),
    durationMs: 1500,
    outcome: 'served',
    fault: null,
    decision: 'accept',
    confidence: 0.93,
    servedBy: 'draft',
    attempts: 1,
    counterfactualPicoUsd: 9_000_000n,
    tags: {},
    judgement: null,
    ...overrides,
  };
}
