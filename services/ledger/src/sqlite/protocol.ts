import type {
  HoldCall,
  LedgerEntry,
  LedgerQuery,
  LedgerRow,
  RequestLookup,
  WatchCall,
} from '@weir/core';
import type { Limit } from '../store.ts';

/**
 * What the store asks of its thread. Events travel as the bytes of an `EventText`: handing over objects costs ten times
 * as much.
 */
export type Question =
  | { readonly type: 'append'; readonly text: Uint8Array }
  | {
      readonly type: 'hold';
      readonly call: HoldCall;
      readonly limit: Limit;
      readonly nowMs: number;
    }
  | { readonly type: 'query'; readonly query: LedgerQuery }
  | { readonly type: 'request'; readonly call: RequestLookup }
  | { readonly type: 'read'; readonly call: WatchCall; readonly limit: number }
  | { readonly type: 'close' };

export type Answer =
  | { readonly type: 'append'; readonly booked: number }
  | { readonly type: 'hold'; readonly granted: boolean }
  | { readonly type: 'query'; readonly rows: readonly LedgerRow[] }
  | { readonly type: 'request'; readonly entries: readonly LedgerEntry[] }
  | { readonly type: 'read'; readonly entries: readonly LedgerEntry[] }
  | { readonly type: 'close' };

export type AnswerTo<Q extends Question> = Extract<Answer, { type: Q['type'] }>;

export type ToWorker = { readonly id: number; readonly question: Question };
export type FromWorker =
  | { readonly id: number; readonly answer: Answer }
  | {
      readonly id: number;
      readonly failure: string;
      /** The question itself is to blame, and would fail again. */
      readonly lasting: boolean;
    };
