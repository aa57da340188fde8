import type { AttemptSettled } from '@weir/core';
import { makeOpened } from './make-opened.ts';

/** An attempt that went well and whose cost the provider's own figures give. */
export function makeAttempt(overrides: Partial<AttemptSettled> = {}): AttemptSettled {
  return {
    ...makeOpened(overrides),
    type: 'attempt.settled',
    settledAtMs: Date.UTC(2026, 10, 22, 10, 0, 1),
    outcome: 'completed',
    fault: null,
    servedModel: 'small-1-2026-10',
    upstreamId: 'chatcmpl-1',
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
    costPicoUsd: 700_000n,
    firstTokenMs: 80,
    metering: null,
    ...overrides,
  };
}
