import { type DraftLabelled, LABEL_TAG, type LedgerEntry, type WatchCall } from '@weir/core';

/** A ledger of labels in memory, which can be made to fail, and tells when it has been read. */
export class LabelLedger {
  readonly entries: LedgerEntry[] = [];
  /** How often it was asked, and from where. */
  readonly watches: bigint[] = [];
  failing = false;
  readonly #waiting = new Set<() => void>();
  readonly #readers = new Set<{ at: number }>();

  record(label: DraftLabelled): void {
    this.entries.push({ sequence: BigInt(this.entries.length + 1), event: label });
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when whoever reads has read everything. */
  async drained(): Promise<void> {
    for (let turn = 0; turn < 10_000; turn++) {
      const isRead = [...this.#readers].every(({ at }) => at === this.entries.length);
      if (isRead && this.#readers.size > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    throw new Error('nobody reads the labels');
  }

  async *watch(
    { tag, afterSequence }: WatchCall,
    signal: AbortSignal,
  ): AsyncGenerator<LedgerEntry, void, undefined> {
    this.watches.push(afterSequence);
    if (this.failing) throw new Error('the ledger is away');
    const reader = { at: Number(afterSequence) };
    this.#readers.add(reader);
    try {
      while (!signal.aborted) {
        const entry = this.entries[reader.at];
        if (entry) {
          const { event } = entry;
          const isAsked = tag?.name === LABEL_TAG && tag.value === event.route;
          if (isAsked) yield entry;
          reader.at++;
          if (this.failing) throw new Error('the ledger went away');
        } else await this.#news(signal);
      }
    } finally {
      this.#readers.delete(reader);
    }
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  /** Ends every reading, as a connection that breaks does. */
  break(): void {
    this.failing = true;
    for (const wake of [...this.#waiting]) wake();
  }
}
