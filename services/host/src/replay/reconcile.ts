import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptSettled, LedgerTotals } from '@weir/core';
import { costOfAttempt, type PriceBook, PriceError } from '@weir/pricing';
import type { LedgerReading } from '@weir/rpc';
import type { ServedTokens } from '@weir/simulator';
import { isProbe } from '@weir/upstream';

/** What the ledger says of one replay. */
interface Booked {
  readonly attempts: readonly AttemptSettled[];
  /** Attempts of other callers of the same tenant that were booked between this replay's first and last. */
  readonly others: ReadonlySet<string>;
}

const POLL_MS = 200;
/** A process that is killed takes the completion of a request that it has just answered with it; nothing comes then. */
const QUIET_MS = 5000;

/** What a replay knows when its last answer is there. */
export interface Expected {
  readonly runId: string;
  /** Requests that were answered, and the attempts that their answers reported. */
  readonly requests: number;
  readonly attempts: number;
  /** The provider's log of the replay; undefined when there is none to compare with. */
  readonly served: readonly ServedTokens[] | undefined;
  readonly prices: PriceBook;
  readonly patienceMs: number;
}

/**
 * Reads the ledger once it has caught up, and compares. Costs are booked behind the answers, and after a crash also
 * attempts whose answers nobody got, so a short wait is normal: until the ledger has what the answers reported and what
 * the provider served. What is still not there after `patienceMs` is reported as missing.
 */
export async function settleUp(
  ledger: LedgerReading,
  expected: Expected,
): Promise<{ readonly totals: LedgerTotals; readonly found: Reconciliation | undefined }> {
  const tag = { name: 'replay', value: expected.runId };
  const { signal } = new AbortController();
  const giveUpAt = performance.now() + expected.patienceMs;
  let entries = 0n;
  let changedAt = performance.now();
  while (true) {
    const totals = await totalsOf(ledger, tag, signal);
    if (totals.requests + totals.attempts !== entries) changedAt = performance.now();
    entries = totals.requests + totals.attempts;
    const isLate = performance.now() >= giveUpAt;
    const isQuiet = performance.now() - changedAt > QUIET_MS;
    const isShort = totals.requests < expected.requests || totals.attempts < expected.attempts;
    if (!isShort || isQuiet || isLate) {
      const { attempts, first, last } = await attemptsOf(ledger, tag, totals);
      const others = await attemptsBetween(ledger, first, last);
      const { served, prices } = expected;
      const found = served && reconcile({ attempts, others }, served, prices);
      if (isLate || !found?.missing) return { totals, found };
    }
    await sleep(POLL_MS);
  }
}

async function totalsOf(
  ledger: LedgerReading,
  tag: { name: string; value: string },
  signal: AbortSignal,
): Promise<LedgerTotals> {
  const [row] = await ledger.query({ tag, groupBy: [] }, signal);
  if (!row) throw new Error('the ledger gave no totals');
  return row.totals;
}

/** Every attempt that carries the tag, as many as the totals say there are, and where in the ledger they lie. */
async function attemptsOf(
  ledger: LedgerReading,
  tag: { name: string; value: string },
  totals: LedgerTotals,
): Promise<{ attempts: AttemptSettled[]; first: bigint; last: bigint }> {
  const attempts: AttemptSettled[] = [];
  let left = totals.requests + totals.attempts;
  let first = 0n;
  let last = 0n;
  const stop = new AbortController();
  if (left === 0n) return { attempts, first, last };
  for await (const { event, sequence } of ledger.watch({ tag, afterSequence: 0n }, stop.signal)) {
    // What was learnt of an answer carries its tags, and is no part of the bill.
    if (event.type === 'draft.labelled') continue;
    first ||= sequence;
    last = sequence;
    if (event.type === 'attempt.settled') attempts.push(event);
    if (--left === 0n) break;
  }
  return { attempts, first, last };
}

async function attemptsBetween(
  ledger: LedgerReading,
  first: bigint,
  last: bigint,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const stop = new AbortController();
  if (last === 0n) return ids;
  for await (const { event, sequence } of ledger.watch(
    { afterSequence: first - 1n },
    stop.signal,
  )) {
    if (event.type === 'attempt.settled') ids.add(event.attemptId);
    if (sequence >= last) break;
  }
  return ids;
}

/** The two sides of the bill, compared attempt by attempt. */
export interface Reconciliation {
  readonly servedByProvider: number;
  readonly inLedger: number;
  /** Served, and not in the ledger: spend that was lost. */
  readonly missing: number;
  /** In the ledger as completed, and never served. */
  readonly unserved: number;
  /** More than once in the provider's log under one id. */
  readonly repeated: number;
  /** In both, with different tokens or cost. */
  readonly different: number;
  /** Settled without the provider's word, as after a crash; their cost is a lower bound. */
  readonly inexact: number;
  readonly ledgerPicoUsd: bigint;
  /** From the provider's tokens and the price book, attempt by attempt. */
  readonly providerPicoUsd: bigint;
}

/** What the provider served to other callers meanwhile is in the ledger too, and not part of this bill. */
export function reconcile(
  { attempts, others }: Booked,
  log: readonly ServedTokens[],
  prices: PriceBook,
): Reconciliation {
  const byId = new Map(attempts.map((attempt) => [attempt.attemptId, attempt]));
  const seen = new Set<string>();
  let missing = 0;
  let repeated = 0;
  let different = 0;
  let providerPicoUsd = 0n;
  let served = 0;
  for (const entry of log) {
    const attempt = byId.get(entry.id);
    // Weir's own calls are in the ledger under its own name, which no key of a tenant may read.
    if (!attempt && (others.has(entry.id) || isProbe(entry.id))) continue;
    served++;
    if (seen.has(entry.id)) repeated++;
    seen.add(entry.id);
    if (!attempt) {
      missing++;
      continue;
    }
    const cost = costOfEntry(entry, attempt, prices);
    providerPicoUsd += cost;
    const exact = attempt.provenance === 'reported';
    if (exact && cost !== attempt.costPicoUsd) different++;
  }
  let ledgerPicoUsd = 0n;
  let unserved = 0;
  let inexact = 0;
  for (const attempt of attempts) {
    ledgerPicoUsd += attempt.costPicoUsd ?? 0n;
    if (attempt.outcome === 'completed' && !seen.has(attempt.attemptId)) unserved++;
    if (attempt.provenance !== 'reported' && attempt.provenance !== 'computed') inexact++;
  }
  return {
    servedByProvider: served,
    inLedger: attempts.length,
    missing,
    unserved,
    repeated,
    different,
    inexact,
    ledgerPicoUsd,
    providerPicoUsd,
  };
}

/** Nothing where no price is known: the ledger has none then either. */
function costOfEntry(entry: ServedTokens, attempt: AttemptSettled, prices: PriceBook): bigint {
  const usage = {
    ...attempt.usage,
    inputTokens: entry.promptTokens,
    cacheReadTokens: 0,
    outputTokens: entry.completionTokens,
  };
  try {
    return costOfAttempt({ ...attempt, usage }, prices).picoUsd;
  } catch (error) {
    if (error instanceof PriceError) return 0n;
    throw error;
  }
}
