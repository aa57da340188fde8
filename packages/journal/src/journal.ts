import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  type AttemptOpened,
  type AttemptSettled,
  type Clock,
  Fault,
  formatEvent,
  type Journal,
  type LedgerEvent,
  parseEvent,
  parseOpened,
  settleLost,
} from '@weir/core';
import type { Log } from '@weir/runtime';
import type { FromWorker, OutboxRow, Step, ToWorker } from './protocol.ts';

export interface JournalOptions {
  readonly path: string;
  /** Events that may wait for the bus; past it no new attempt is opened. */
  readonly maxWaitingEvents: number;
  /** Of those, how many are kept in memory too; the rest is read back from disk. */
  readonly maxBufferedEvents: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RelayBatch {
  readonly events: readonly LedgerEvent[];
  readonly lastSequence: number;
}

/** The sequences in the file when it was opened; first is last + 1 when it held none. */
interface OutboxRange {
  readonly firstSequence: number;
  readonly lastSequence: number;
}

interface Waiting {
  readonly id: string;
  readonly batch: number;
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
}

/**
 * The durable record of attempts on this machine: node:sqlite in a worker thread. Steps of one turn of the event loop
 * travel to the thread together; `open` resolves when its batch is on disk.
 *
 * Settled events are kept in memory as well, for the relay; when the bus is away for long, memory is bounded and the
 * relay reads the rest back from disk (`#spilled`).
 */
export class DurableJournal implements Journal, AsyncDisposable {
  readonly #options: JournalOptions;
  readonly #worker: Worker;
  #steps: Step[] = [];
  #batch = 0;
  #waiting: Waiting[] = [];
  #lastSequence: number;
  #committedSequence: number;
  #removedSequence: number;
  readonly #sequenceOfBatch: { batch: number; sequence: number }[] = [];
  #buffer: { sequence: number; event: LedgerEvent }[] = [];
  #spilled: boolean;
  #takenSequence = 0;
  #failing = false;
  #broken: string | undefined;
  #wakeRelay: (() => void) | undefined;
  #onTaken: ((rows: readonly OutboxRow[]) => void) | undefined;
  #onClosed: (() => void) | undefined;

  private constructor(options: JournalOptions, worker: Worker, range: OutboxRange) {
    const { firstSequence, lastSequence } = range;
    this.#options = options;
    this.#worker = worker;
    this.#lastSequence = lastSequence;
    this.#committedSequence = lastSequence;
    this.#removedSequence = firstSequence - 1;
    this.#spilled = lastSequence >= firstSequence;
    worker.on('message', (message: FromWorker) => this.#hear(message));
    worker.on('error', (error) => this.#break(String(error)));
  }

  /** Opens the file, and settles whatever a process that died left open. */
  static async start(options: JournalOptions): Promise<DurableJournal> {
    mkdirSync(dirname(options.path), { recursive: true });
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { path: options.path },
    });
    const ready = await new Promise<FromWorker>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if (ready.type !== 'ready') {
      await worker.terminate();
      const reason = ready.type === 'broken' ? ready.message : ready.type;
      throw new Error(
        `The journal ${options.path} cannot be opened: ${reason}. ` +
          'If another Weir uses this directory, stop it or set WEIR_DATA_DIR to another one.',
      );
    }
    const journal = new DurableJournal(options, worker, ready);
    for (const text of ready.open) {
      journal.settle(settleLost(parseOpened(text), options.clock.nowMs()));
    }
    if (ready.open.length > 0) {
      options.log.warn(
        { attempts: ready.open.length },
        'settled attempts that a dead process left open',
      );
    }
    return journal;
  }

  /** Events on disk that the bus has not accepted yet. */
  get waitingEvents(): number {
    return this.#lastSequence - this.#removedSequence;
  }

  open(attempt: AttemptOpened): Promise<void> {
    const refusal = this.#refusal();
    if (refusal) return Promise.reject(refusal);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const batch = this.#add({ kind: 'open', id: attempt.attemptId, text: formatEvent(attempt) });
    this.#waiting.push({ id: attempt.attemptId, batch, resolve, reject });
    return promise;
  }

  #refusal(): Fault | undefined {
    if (this.#broken) return unavailable(this.#broken);
    if (this.#failing) return unavailable('the journal cannot write to its disk');
    if (this.waitingEvents >= this.#options.maxWaitingEvents) {
      return unavailable('the journal is full: the bus or the ledger has been away for too long');
    }
    return undefined;
  }

  settle(attempt: AttemptSettled): void {
    const sequence = ++this.#lastSequence;
    this.#add({ kind: 'settle', id: attempt.attemptId, sequence, text: formatEvent(attempt) });
    this.#keep(sequence, attempt);
  }

  record(event: LedgerEvent): void {
    const sequence = ++this.#lastSequence;
    this.#add({ kind: 'record', sequence, text: formatEvent(event) });
    this.#keep(sequence, event);
  }

  /** Adds to the batch of this turn of the event loop and returns its number. */
  #add(step: Step): number {
    if (this.#steps.length === 0) {
      this.#batch++;
      setImmediate(() => this.#flush());
    }
    this.#steps.push(step);
    return this.#batch;
  }

  #flush(): void {
    if (this.#steps.length === 0) return;
    this.#sequenceOfBatch.push({ batch: this.#batch, sequence: this.#lastSequence });
    this.#tell({ type: 'commit', batch: this.#batch, steps: this.#steps });
    this.#steps = [];
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #keep(sequence: number, event: LedgerEvent): void {
    if (this.#spilled) return;
    if (this.#buffer.length < this.#options.maxBufferedEvents)
      this.#buffer.push({ sequence, event });
    else this.#spilled = true;
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case 'committed':
        this.#committed(message.batch);
        return;
      case 'failing':
        this.#fail(message.message);
        return;
      case 'taken':
        this.#onTaken?.(message.rows);
        return;
      case 'broken':
        this.#break(message.message);
        return;
      case 'closed':
        this.#onClosed?.();
        return;
      case 'ready':
        return;
    }
  }

  #committed(batch: number): void {
    this.#failing = false;
    while ((this.#sequenceOfBatch[0]?.batch ?? Number.POSITIVE_INFINITY) <= batch) {
      this.#committedSequence = this.#sequenceOfBatch.shift()?.sequence ?? this.#committedSequence;
    }
    let done = 0;
    while (done < this.#waiting.length && (this.#waiting[done]?.batch ?? 0) <= batch) {
      this.#waiting[done++]?.resolve();
    }
    this.#waiting.splice(0, done);
    this.#wakeRelay?.();
  }

  /** The disk refuses: those who wait are told now, and their attempts are taken back so that none stays open. */
  #fail(message: string): void {
    if (!this.#failing) this.#options.log.error({ cause: message }, 'the journal cannot write');
    this.#failing = true;
    for (const waiting of this.#waiting.splice(0)) {
      this.#add({ kind: 'withdraw', id: waiting.id });
      waiting.reject(unavailable(message));
    }
  }

  #break(message: string): void {
    this.#broken = message;
    this.#options.log.fatal({ cause: message }, 'the journal has stopped');
    for (const waiting of this.#waiting.splice(0)) waiting.reject(unavailable(message));
    this.#onClosed?.();
    this.#wakeRelay?.();
  }

  /** The next committed events in order, once there are any; undefined when `signal` aborts first. */
  async nextBatch(limit: number, signal: AbortSignal): Promise<RelayBatch | undefined> {
    while (!signal.aborted) {
      const batch = this.#spilled ? await this.#takeFromDisk(limit) : this.#takeFromBuffer(limit);
      if (batch) {
        this.#takenSequence = batch.lastSequence;
        return batch;
      }
      await this.#nextCommit(signal);
    }
    return undefined;
  }

  #takeFromBuffer(limit: number): RelayBatch | undefined {
    let count = 0;
    while (
      count < limit &&
      (this.#buffer[count]?.sequence ?? Number.POSITIVE_INFINITY) <= this.#committedSequence
    ) {
      count++;
    }
    if (count === 0) return undefined;
    const taken = this.#buffer.splice(0, count);
    return {
      events: taken.map(({ event }) => event),
      lastSequence: taken.at(-1)?.sequence ?? this.#takenSequence,
    };
  }

  async #takeFromDisk(limit: number): Promise<RelayBatch | undefined> {
    // What memory still holds is older than anything that was spilled.
    const buffered = this.#takeFromBuffer(limit);
    if (buffered) return buffered;
    if (this.#buffer.length > 0) return undefined;
    const { promise, resolve } = Promise.withResolvers<readonly OutboxRow[]>();
    this.#onTaken = resolve;
    this.#tell({ type: 'take', afterSequence: this.#takenSequence, limit });
    const rows = await promise;
    const last = rows.at(-1);
    // Caught up: everything numbered so far was taken, so memory can follow on from here.
    if ((last?.sequence ?? this.#takenSequence) >= this.#lastSequence) this.#spilled = false;
    if (!last) {
      if (this.#committedSequence >= this.#lastSequence) this.#spilled = false;
      return undefined;
    }
    return { events: rows.map((row) => parseEvent(row.text)), lastSequence: last.sequence };
  }

  #nextCommit(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        this.#wakeRelay = undefined;
        resolve();
      };
      this.#wakeRelay = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** The bus has accepted everything up to here. */
  remove(upToSequence: number): void {
    this.#removedSequence = upToSequence;
    this.#tell({ type: 'remove', upToSequence });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#flush();
    if (!this.#broken) {
      const closed = new Promise<void>((resolve) => {
        this.#onClosed = resolve;
      });
      this.#tell({ type: 'close' });
      await closed;
    }
    await this.#worker.terminate();
  }
}

function unavailable(reason: string): Fault {
  return new Fault('ledger_unavailable', 'The service cannot record costs at present.', {
    cause: reason,
  });
}
