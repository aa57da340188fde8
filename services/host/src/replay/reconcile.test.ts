import type {
  AttemptSettled,
  DraftLabelled,
  LedgerEvent,
  LedgerTotals,
  RequestCompleted,
} from '@weir/core';
import { PriceBook } from '@weir/pricing';
import type { LedgerReading } from '@weir/rpc';
import { expect, test } from 'vitest';
import { settleUp } from './reconcile.ts';

test('what was learnt of the answers is no part of their bill, wherever it stands in the ledger', async () => {
  const events = [LABEL, attempt('1'), LABEL, COMPLETED, LABEL, attempt('2'), LABEL];
  const { found } = await settleUp(ledgerOf(events, { requests: 1n, attempts: 2n }), {
    runId: 'run-1',
    requests: 1,
    attempts: 2,
    served: [],
    prices: new PriceBook(new Map(), 'h'),
    patienceMs: 0,
  });
  expect(found).toMatchObject({ inLedger: 2, missing: 0, unserved: 2 });
  expect(found?.ledgerPicoUsd).toBe(1_400_000n);
});

/** As much of each event as a bill looks at. */
const LABEL = { type: 'draft.labelled' } as DraftLabelled;
const COMPLETED = { type: 'request.completed' } as RequestCompleted;

function attempt(attemptId: string): AttemptSettled {
  const how = { outcome: 'completed', provenance: 'reported', costPicoUsd: 700_000n } as const;
  return { type: 'attempt.settled', attemptId, ...how } as AttemptSettled;
}

function ledgerOf(events: readonly LedgerEvent[], totals: Partial<LedgerTotals>): LedgerReading {
  return {
    query: async () => [{ group: {}, totals: { ...NOTHING, ...totals } }],
    request: () => Promise.reject(new TypeError('not expected to be asked')),
    async *watch({ afterSequence }) {
      for (const [index, event] of events.entries()) {
        const sequence = BigInt(index + 1);
        if (sequence > afterSequence) yield { sequence, event };
      }
    },
  };
}

const NOTHING: LedgerTotals = {
  requests: 0n,
  attempts: 0n,
  inputTokens: 0n,
  outputTokens: 0n,
  costPicoUsd: 0n,
  inexactAttempts: 0n,
  counterfactualPicoUsd: 0n,
  escalated: 0n,
};
