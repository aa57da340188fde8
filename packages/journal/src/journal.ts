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
import { isEvent, openLine, parseLines, recordLine, settleLine, withdrawLine } from './lines.ts';
import type { FromWorker, Row, ToWorker } from './protocol.ts';

export interface JournalOptions {
  readonly path: string;
  /** Events that may wait for the bus; past it no new attempt is opened. */
  readonly maxWaitingEvents: number;
  /** Of those, how many are kept in memory too; the rest is read back from disk. */
  readonly maxBufferedEvents: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Events for the bus, in order, to be given back to `remove` once the bus has them. */
export interface RelayBatch {
  readonly events: readonly LedgerEvent[];
  /** Every event of the log's batches up to this one has been taken. */
  readonly position: number;
}

interface Waiting {
  readonly id: string;
  readonly batch: number;
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
}

interface Open {
  readonly batch: number;
  readonly text: string;
}

/** An attempt that is open for more batches than this is written again, so that the log can be trimmed behind it. */
const CARRY_BATCHES = 20_000;

/**
 * The durable record of attempts on this machine: a log in node:sqlite, written by a worker thread. What is said within
 * one turn of the event loop travels to the thread as one text; `open` resolves when that text is on disk.
 *
 * Settled events are kept in memory as well, for the relay; when the bus is away for long, memory is bounded and the
 * relay reads the rest back from disk (`#spilled`). The log is trimmed up to what both the relay and the oldest open
 * attempt have left behind.
 */
export class DurableJournal implements Journal, AsyncDisposable {
  readonly #options: JournalOptions;
  readonly #worker: Worker;
  #text = '';
  /** The batch being gathered, or the last one sent. */
  #batch: number;
  #sentBatch: number;
  #committedBatch: number;
  #takenBatch = 0;
  #relayedBatch = 0;
  #trimmedBatch = 0;
  #waitingEvents: number;
  #waiting: Waiting[] = [];
  /** By id, oldest batch first. */
  readonly #open = new Map<string, Open>();
  #buffer: { readonly batch: number; readonly event: LedgerEvent }[] = [];
  #spilled: boolean;
  #failing = false;
  #broken: string | undefined;
  #closed = false;
  #wakeRelay: (() => void) | undefined;
  #onTaken: ((rows: readonly Row[]) => void) | undefined;
  #onClosed: (() => void) | undefined;

  private constructor(
    options: JournalOptions,
    worker: Worker,
    found: Extract<FromWorker, { type: 'ready' }>,
  ) {
    this.#options = options;
    this.#worker = worker;
    this.#batch = found.lastBatch;
    this.#sentBatch = found.lastBatch;
    this.#committedBatch = found.lastBatch;
    this.#waitingEvents = found.events;
    this.#spilled = found.events > 0;
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
      const attempts = ready.open.length;
      options.log.warn({ attempts }, 'settled attempts that a dead process left open');
    }
    return journal;
  }

  /** Events on disk that the bus has not accepted yet. */
  get waitingEvents(): number {
    return this.#waitingEvents;
  }

  open(attempt: AttemptOpened): Promise<void> {
    const refusal = this.#refusal();
    if (refusal) return Promise.reject(refusal);
    const id = attempt.attemptId;
    const text = formatEvent(attempt);
    this.#add(openLine(id, text));
    this.#open.set(id, { batch: this.#batch, text });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, batch: this.#batch, resolve, reject });
    });
  }

  #refusal(): Fault | undefined {
    if (this.#broken) return unavailable(this.#broken);
    if (this.#closed) return unavailable('the journal is closed');
    if (this.#failing) return unavailable('the journal cannot write to its disk');
    if (this.#waitingEvents >= this.#options.maxWaitingEvents) {
      return unavailable('the journal is full: the bus or the ledger has been away for too long');
    }
    return undefined;
  }

  settle(attempt: AttemptSettled): void {
    this.#open.delete(attempt.attemptId);
    this.#keep(settleLine(attempt.attemptId, formatEvent(attempt)), attempt);
  }

  record(event: LedgerEvent): void {
    this.#keep(recordLine(formatEvent(event)), event);
  }

  #keep(line: string, event: LedgerEvent): void {
    if (!this.#spilled && this.#buffer.length >= this.#options.maxBufferedEvents) {
      // Between two batches, so that every batch is either in memory as a whole or not at all.
      this.#send();
      this.#spilled = true;
    }
    this.#add(line);
    this.#waitingEvents++;
    if (!this.#spilled) this.#buffer.push({ batch: this.#batch, event });
  }

  /** Adds to the batch of this turn of the event loop. */
  #add(line: string): void {
    if (this.#text === '') {
      this.#batch++;
      setImmediate(() => this.#flush());
    }
    this.#text += line;
  }

  /** One batch at a time is on its way to the disk: what comes meanwhile becomes the next, and shares its fsync. */
  #flush(): void {
    if (this.#sentBatch === this.#committedBatch || this.#failing) this.#send();
  }

  #send(): void {
    if (this.#text === '') return;
    this.#carry();
    this.#sentBatch = this.#batch;
    this.#tell({ type: 'commit', batch: this.#batch, text: this.#text });
    this.#text = '';
  }

  /** Writes long-open attempts again, into the batch at hand. */
  #carry(): void {
    for (const [id, { batch, text }] of this.#open) {
      if (batch > this.#batch - CARRY_BATCHES) return;
      this.#text += openLine(id, text);
      this.#open.delete(id);
      this.#open.set(id, { batch: this.#batch, text });
    }
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
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
    this.#committedBatch = batch;
    this.#flush();
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
      this.#open.delete(waiting.id);
      this.#add(withdrawLine(waiting.id));
      waiting.reject(unavailable(message));
    }
  }

  #break(message: string): void {
    this.#broken = message;
    this.#options.log.fatal({ cause: message }, 'the journal has stopped');
    for (const waiting of this.#waiting.splice(0)) waiting.reject(unavailable(message));
    this.#onClosed?.();
    this.#onTaken?.([]);
    this.#wakeRelay?.();
  }

  /** The next committed events in order, once there are any; undefined when `signal` aborts first. */
  async nextBatch(limit: number, signal: AbortSignal): Promise<RelayBatch | undefined> {
    while (!signal.aborted) {
      const batch = this.#takeFromBuffer(limit) ?? (await this.#takeFromDisk(limit));
      if (batch) return batch;
      await this.#nextCommit(signal);
    }
    return undefined;
  }

  #takeFromBuffer(limit: number): RelayBatch | undefined {
    let count = 0;
    while (count < limit) {
      const next = this.#buffer[count];
      if (!next || next.batch > this.#committedBatch) break;
      count++;
    }
    const last = this.#buffer[count - 1];
    if (!last) return undefined;
    const whole = this.#buffer[count]?.batch !== last.batch;
    const taken = this.#buffer.splice(0, count);
    const position = whole ? last.batch : last.batch - 1;
    this.#takenBatch = position;
    return { events: taken.map(({ event }) => event), position };
  }

  /** What memory still holds is older than anything that was spilled, so it goes first. */
  async #takeFromDisk(limit: number): Promise<RelayBatch | undefined> {
    if (!this.#spilled || this.#buffer.length > 0) return undefined;
    // Its thread has ended and answers no more.
    if (this.#broken || this.#closed) return undefined;
    const { promise, resolve } = Promise.withResolvers<readonly Row[]>();
    this.#onTaken = resolve;
    this.#tell({ type: 'take', afterBatch: this.#takenBatch, limit });
    const rows = await promise;
    this.#takenBatch = rows.at(-1)?.batch ?? this.#takenBatch;
    // Caught up with everything there is, so memory can follow on from here.
    if (this.#takenBatch >= this.#batch) this.#spilled = false;
    const events = rows.flatMap(({ text }) =>
      [...parseLines(text)].filter(isEvent).map((line) => parseEvent(line.text)),
    );
    if (events.length > 0) return { events, position: this.#takenBatch };
    if (this.#committedBatch >= this.#batch) this.#spilled = false;
    return rows.length > 0 ? this.#takeFromDisk(limit) : undefined;
  }

  #nextCommit(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        signal.removeEventListener('abort', done);
        this.#wakeRelay = undefined;
        resolve();
      };
      this.#wakeRelay = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** The bus has accepted this batch, and with it everything before. */
  remove({ events, position }: RelayBatch): void {
    this.#waitingEvents -= events.length;
    this.#relayedBatch = position;
    const [oldest] = this.#open.values();
    const floor = Math.min(this.#relayedBatch, (oldest?.batch ?? Number.POSITIVE_INFINITY) - 1);
    if (floor <= this.#trimmedBatch) return;
    this.#trimmedBatch = floor;
    this.#tell({ type: 'trim', upToBatch: floor });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#send();
    this.#closed = true;
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
