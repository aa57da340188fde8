import { type EventBatch, eventIdOf, eventsOf, type LedgerEvent } from '@weir/core';

/** A reader of the bus that remembers, and can be waited for. */
export class Reader {
  readonly events: LedgerEvent[] = [];
  readonly #bodies = new Map<string, LedgerEvent>();
  #wake: (() => void) | undefined;

  readonly handle = async (events: EventBatch): Promise<void> => {
    for (const event of eventsOf(events)) {
      this.events.push(event);
      this.#bodies.set(eventIdOf(event), event);
    }
    this.#wake?.();
  };

  bodyOf(event: LedgerEvent): LedgerEvent | undefined {
    return this.#bodies.get(eventIdOf(event));
  }

  /** Resolves when all of these events have come. */
  async has(ids: readonly string[]): Promise<void> {
    while (!ids.every((id) => this.#bodies.has(id))) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
