/** What the journal says to its worker thread, and back. Texts are lines as `lines.ts` writes them. */

export type ToWorker =
  | { readonly type: 'commit'; readonly batch: number; readonly text: string }
  | { readonly type: 'take'; readonly afterBatch: number; readonly limit: number }
  /** Batches up to this one are needed by nobody any more. */
  | { readonly type: 'trim'; readonly upToBatch: number }
  | { readonly type: 'close' };

export interface Row {
  readonly batch: number;
  readonly text: string;
}

export type FromWorker =
  | {
      readonly type: 'ready';
      /** Attempts that were open when the last process ended. */
      readonly open: readonly string[];
      readonly lastBatch: number;
      /** Events in the file, some of which the bus may already have. */
      readonly events: number;
    }
  | { readonly type: 'committed'; readonly batch: number }
  /** The batch could not be written and is being tried again; `message` is for the log. */
  | { readonly type: 'failing'; readonly batch: number; readonly message: string }
  | { readonly type: 'taken'; readonly rows: readonly Row[] }
  | { readonly type: 'broken'; readonly message: string }
  | { readonly type: 'closed' };
