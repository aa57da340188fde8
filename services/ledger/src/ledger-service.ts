import {
  type Clock,
  type EventBatch,
  Fault,
  type HoldCall,
  type Ledger,
  type LedgerEntry,
  type LedgerQuery,
  type LedgerRow,
  type RequestLookup,
  type WatchCall,
} from '@weir/core';
import { dayOf } from './booking.ts';
import type { LedgerStore } from './store.ts';

export interface Budget {
  readonly limitPicoUsd: bigint;
  readonly period: 'day' | 'month' | 'total';
}

export interface LedgerOptions {
  readonly store: LedgerStore;
  readonly clock: Clock;
  /** By `tenant/keyId`; a key that is not here has no limit. */
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly watchBatch: number;
  /** How often a watcher looks by itself, for entries that another replica booked. */
  readonly watchPollMs: number;
}

/** The truth about money: books events, answers for totals, keeps holds within budgets. */
export class LedgerService implements Ledger {
  readonly #options: LedgerOptions;
  readonly #watchers = new Set<() => void>();

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  async hold(call: HoldCall): Promise<void> {
    const { store, clock, budgets } = this.#options;
    const budget = budgets.get(`${call.tenant}/${call.keyId}`);
    if (!budget) return;
    const nowMs = clock.nowMs();
    const limit = { limitPicoUsd: budget.limitPicoUsd, sinceDay: firstDay(budget.period, nowMs) };
    if (await store.hold(call, limit, nowMs)) return;
    throw new Fault(
      'budget_exhausted',
      `The budget of this key for the ${budget.period} is used up.`,
    );
  }

  async settle(events: EventBatch): Promise<void> {
    const booked = await this.#options.store.append(events);
    if (booked > 0) for (const wake of [...this.#watchers]) wake();
  }

  query(query: LedgerQuery): Promise<readonly LedgerRow[]> {
    return this.#options.store.query(query);
  }

  request(call: RequestLookup): Promise<readonly LedgerEntry[]> {
    return this.#options.store.request(call);
  }

  async *watch(call: WatchCall, signal: AbortSignal): AsyncGenerator<LedgerEntry, void, undefined> {
    let afterSequence = call.afterSequence;
    while (!signal.aborted) {
      using change = this.#change(signal);
      const entries = await this.#options.store.read(
        { ...call, afterSequence },
        this.#options.watchBatch,
      );
      for (const entry of entries) {
        yield entry;
        afterSequence = entry.sequence;
      }
      if (entries.length === 0) await change.happened;
    }
  }

  /** Happens at the next booking, the next poll or the signal. Asked for before reading, so that none is missed. */
  #change(signal: AbortSignal): { readonly happened: Promise<void> } & Disposable {
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = () => {
      clearTimeout(timer);
      this.#watchers.delete(done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, this.#options.watchPollMs);
    this.#watchers.add(done);
    signal.addEventListener('abort', done, { once: true });
    return { happened: promise, [Symbol.dispose]: done };
  }
}

function firstDay(period: Budget['period'], nowMs: number): string {
  const today = dayOf(nowMs);
  if (period === 'day') return today;
  return period === 'month' ? `${today.slice(0, 7)}-01` : '';
}
