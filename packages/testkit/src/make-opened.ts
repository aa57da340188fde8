import type { AttemptOpened } from '@weir/core';

let made = 0;

/** An attempt about to be sent, of a request of its own unless told otherwise. */
export function makeOpened(overrides: Partial<AttemptOpened> = {}): AttemptOpened {
  const requestId = overrides.requestId ?? `req_${++made}`;
  const role = overrides.role ?? 'draft';
  return {
    attemptId: `${requestId}.${role}.1`,
    requestId,
    tenant: 'acme',
    keyId: 'key-1',
    route: 'support',
    role,
    tier: role,
    provider: 'local',
    model: 'small-1',
    openedAtMs: Date.UTC(2026, 10, 22, 10),
    estimatedInputTokens: 120,
    inputCostPicoUsd: 300_000n,
    priceBookHash: 'book-1',
    tags: {},
    ...overrides,
  };
}
