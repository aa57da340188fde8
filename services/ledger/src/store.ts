import type {
  EventBatch,
  HoldCall,
  LedgerEntry,
  LedgerQuery,
  LedgerRow,
  RequestLookup,
  WatchCall,
} from '@weir/core';

/** A budget as it stands for one hold: what the key may spend, and since when spending counts. */
export interface Limit {
  readonly limitPicoUsd: bigint;
  /** First UTC day of the period, "2026-11-01"; "" counts all time. */
  readonly sinceDay: string;
}

/** Where the ledger is kept. Every method is one transaction; what it returned from is durable. */
export interface LedgerStore extends AsyncDisposable {
  /** Books the events that are not yet booked, in this order, and says how many they were. */
  append(events: EventBatch): Promise<number>;
  /** False when settled + held + amount would pass the limit. Holding twice for one request holds once. */
  hold(call: HoldCall, limit: Limit, nowMs: number): Promise<boolean>;
  query(query: LedgerQuery): Promise<readonly LedgerRow[]>;
  /** The entries of one request, ascending; the first `MAX_REQUEST_ENTRIES` of them. */
  request(call: RequestLookup): Promise<readonly LedgerEntry[]>;
  /** Entries after a sequence, ascending, at most `limit`. */
  read(call: WatchCall, limit: number): Promise<readonly LedgerEntry[]>;
}

/** Far more events than a request can have; what is read of one is bounded all the same. */
export const MAX_REQUEST_ENTRIES = 1000;
