import { type EventBatch, type EventBus, Fault } from '@weir/core';

type Handle = (events: EventBatch) => Promise<void>;

/** The bus of a single process: publishing is handing over, and returns when every reader is done. */
export class MemoryBus implements EventBus {
  readonly #readers = new Set<Handle>();

  async publish(events: EventBatch): Promise<void> {
    if (this.#readers.size === 0) throw new Fault('unavailable', 'Nobody reads the bus yet.');
    for (const handle of this.#readers) await handle(events);
  }

  async consume(handle: Handle): Promise<AsyncDisposable> {
    this.#readers.add(handle);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#readers.delete(handle);
      },
    };
  }
}
