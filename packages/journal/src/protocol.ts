/** What the journal says to its worker thread, and back. Texts are events as `formatEvent` writes them. */

/** One durable step. `open` and `withdraw` take an attempt id; `settle` ends an open attempt; `record` has none. */
export type Step =
  | { readonly kind: 'open'; readonly id: string; readonly text: string }
  | { readonly kind: 'withdraw'; readonly id: string }
  | {
      readonly kind: 'settle';
      readonly id: string;
      readonly sequence: number;
      readonly text: string;
    }
  | { readonly kind: 'record'; readonly sequence: number; readonly text: string };

export type ToWorker =
  | { readonly type: 'commit'; readonly batch: number; readonly steps: readonly Step[] }
  | { readonly type: 'take'; readonly afterSequence: number; readonly limit: number }
  | { readonly type: 'remove'; readonly upToSequence: number }
  | { readonly type: 'close' };

export interface OutboxRow {
  readonly sequence: number;
  readonly text: string;
}

export type FromWorker =
  | {
      readonly type: 'ready';
      /** Attempts that were open when the last process ended. */
      readonly open: readonly string[];
      readonly firstSequence: number;
      readonly lastSequence: number;
    }
  | { readonly type: 'committed'; readonly batch: number }
  /** The batch could not be written and is being tried again; `message` is for the log. */
  | { readonly type: 'failing'; readonly batch: number; readonly message: string }
  | { readonly type: 'taken'; readonly rows: readonly OutboxRow[] }
  | { readonly type: 'broken'; readonly message: string }
  | { readonly type: 'closed' };
