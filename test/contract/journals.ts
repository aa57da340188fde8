import { join } from 'node:path';
import { type EventBatch, type EventBus, eventsOf, Fault, type LedgerEvent } from '@weir/core';
import { DurableJournal, type JournalOptions, Relay, type RelayOptions } from '@weir/journal';
import { ManualClock, silentLog, type TemporaryDirectory, temporaryDirectory } from '@weir/testkit';
import { afterEach, beforeEach } from 'vitest';

let directory: TemporaryDirectory;

/** Gives each test of a file a directory of its own for journals. */
export function useJournals(): void {
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory[Symbol.asyncDispose]());
}

export function path(name = 'journal.db'): string {
  return join(directory.path, name);
}

export async function start(options: Partial<JournalOptions> = {}) {
  const clock = new ManualClock();
  const journal = await DurableJournal.start({
    path: path(),
    maxWaitingEvents: 10_000,
    maxBufferedEvents: 1000,
    maxSegmentBytes: 4096,
    lingerMs: 1,
    clock,
    log: silentLog,
    ...options,
  });
  return { journal, clock };
}

/** What the next process finds and sends. */
export async function restartAndRelay(
  options: Partial<JournalOptions> = {},
): Promise<{ readonly events: readonly LedgerEvent[] }> {
  const { journal } = await start(options);
  const bus = new FickleBus();
  const relay = new Relay(journal, bus, relaying());
  await relay.drain(10_000);
  await journal[Symbol.asyncDispose]();
  return { events: bus.accepted };
}

export function relaying(options: Partial<RelayOptions> = {}): RelayOptions {
  return {
    batchEvents: 50,
    lingerMs: 0,
    retryMinMs: 1,
    retryMaxMs: 10,
    log: silentLog,
    ...options,
  };
}

/** A bus that is away at times, and sometimes takes events without saying so. */
export class FickleBus implements EventBus {
  readonly accepted: LedgerEvent[] = [];
  away = false;
  forgetful = 0;
  #refusals = 0;
  #wake: (() => void) | undefined;

  async publish(events: EventBatch): Promise<void> {
    try {
      if (this.away) {
        this.#refusals++;
        throw new Fault('unavailable', 'The bus is away.');
      }
      this.accepted.push(...eventsOf(events));
      if (this.forgetful-- > 0) throw new Fault('unavailable', 'The answer was lost.');
    } finally {
      this.#wake?.();
    }
  }

  refused(times: number): Promise<void> {
    return this.#until(() => this.#refusals >= times);
  }

  took(count: number): Promise<void> {
    return this.#until(() => this.accepted.length >= count);
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  consume(): Promise<AsyncDisposable> {
    throw new TypeError('nobody reads this bus');
  }
}
