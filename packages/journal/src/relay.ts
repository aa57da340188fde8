import { setTimeout as sleep } from 'node:timers/promises';
import type { EventBus } from '@weir/core';
import type { Log } from '@weir/runtime';
import type { DurableJournal, RelayBatch } from './journal.ts';

export interface RelayOptions {
  readonly batchEvents: number;
  /** How long to gather events before a batch is sent; 0 sends at once. */
  readonly lingerMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly log: Log;
}

/**
 * Empties the journal into the bus, in order, for as long as it takes. A batch leaves the journal only after the bus
 * accepted it; one that was accepted but not removed in time is sent again, and its readers know it by its event ids.
 */
export class Relay implements AsyncDisposable {
  readonly #journal: DurableJournal;
  readonly #bus: EventBus;
  readonly #options: RelayOptions;
  readonly #stop = new AbortController();
  readonly #stopNow = new AbortController();
  readonly #running: Promise<void>;

  constructor(journal: DurableJournal, bus: EventBus, options: RelayOptions) {
    this.#journal = journal;
    this.#bus = bus;
    this.#options = options;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted || this.#journal.waitingEvents > 0) {
      const batch = await this.#next();
      if (!batch) {
        if (this.#stopNow.signal.aborted) return;
        continue;
      }
      if (!(await this.#publish(batch))) return;
      this.#journal.remove(batch);
      if (this.#options.lingerMs > 0 && batch.events.length < this.#options.batchEvents) {
        await sleep(this.#options.lingerMs, undefined, { signal: this.#stop.signal }).catch(
          () => {},
        );
      }
    }
  }

  /** While draining, what is already committed is taken and nothing is waited for longer than a commit takes. */
  #next(): Promise<RelayBatch | undefined> {
    const draining = this.#stop.signal.aborted;
    return this.#journal.nextBatch(
      this.#options.batchEvents,
      draining ? this.#stopNow.signal : this.#stop.signal,
    );
  }

  async #publish(batch: RelayBatch): Promise<boolean> {
    let waitMs = this.#options.retryMinMs;
    while (true) {
      try {
        await this.#bus.publish(batch.events);
        return true;
      } catch (error) {
        this.#options.log.warn(
          { cause: String(error), waiting: this.#journal.waitingEvents, retryInMs: waitMs },
          'the bus did not take events; they stay in the journal',
        );
        await sleep(waitMs, undefined, { signal: this.#stopNow.signal }).catch(() => {});
        if (this.#stopNow.signal.aborted) return false;
        waitMs = Math.min(waitMs * 2, this.#options.retryMaxMs);
      }
    }
  }

  /** Sends what there is, for at most so long; what then remains is sent by the next process. */
  async drain(limitMs: number): Promise<void> {
    this.#stop.abort();
    const timer = setTimeout(() => this.#stopNow.abort(), limitMs);
    await this.#running;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopNow.abort();
    this.#stop.abort();
    await this.#running;
  }
}
