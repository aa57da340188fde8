import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttemptOpened,
  type AttemptSettled,
  type Clock,
  Fault,
  formatEvent,
  formatOpened,
  type Journal,
  type LedgerEvent,
  parseEvent,
  parseOpened,
  settleLost,
} from '@weir/core';
import type { Log } from '@weir/runtime';
import {
  isEvent,
  openLine,
  parseLines,
  recordLine,
  relayedLine,
  settleLine,
  withdrawLine,
} from './lines.ts';
import { LogFile } from './log-file.ts';
import type { Batch } from './segment.ts';

export interface JournalOptions {
  /** A directory of its own. */
  readonly path: string;
  /** Events that may wait for the bus; past it no new attempt is opened. */
  readonly maxWaitingEvents: number;
  /** Of those, how many are kept in memory too; the rest is read back from disk. */
  readonly maxBufferedEvents: number;
  readonly maxSegmentBytes: number;
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
const RETRY_MS = 200;
/** How often a failing batch is still tried once the process wants to end. */
const LAST_TRIES = 5;

/**
 * The durable record of attempts on this machine. Group commit: one batch at a time is on its way to the disk, and what
 * is said meanwhile becomes the next, so that one fsync serves every request that waits.
 *
 * Settled events are kept in memory as well, for the relay; when the bus is away for long, memory is bounded and the
 * relay reads the rest back from disk (`#spilled`). The log is trimmed up to what both the relay and the oldest open
 * attempt have left behind.
 */
export class DurableJournal implements Journal, AsyncDisposable {
  readonly #options: JournalOptions;
  readonly #file: LogFile;
  #text = '';
  /** The batch being gathered, or the last one that was. */
  #batch = 0;
  #committedBatch = 0;
  #takenBatch = 0;
  #relayedBatch = 0;
  #waitingEvents = 0;
  #waiting: Waiting[] = [];
  /** By id, oldest batch first. */
  readonly #open = new Map<string, Open>();
  #buffer: { readonly batch: number; readonly event: LedgerEvent }[] = [];
  #spilled = false;
  #failing = false;
  #closed = false;
  /** Batches that were ended before their time. */
  readonly #sealed: Batch[] = [];
  /** The last position that the log itself tells. */
  #notedBatch = 0;
  /** Of an earlier process: events that the bus may not have, per batch. */
  readonly #found: { readonly batch: number; readonly events: number }[] = [];
  #writing: Promise<void> | undefined;
  #trimming: Promise<void> = Promise.resolve();
  #wakeRelay: (() => void) | undefined;

  private constructor(options: JournalOptions) {
    this.#options = options;
    this.#file = LogFile.open(options.path, options.maxSegmentBytes, ({ number, text }) => {
      this.#find(number, text);
    });
    this.#committedBatch = this.#batch;
    this.#takenBatch = this.#relayedBatch;
    this.#notedBatch = this.#relayedBatch;
    this.#waitingEvents = this.#found.splice(0).reduce((sum, { events }) => sum + events, 0);
    this.#spilled = this.#waitingEvents > 0;
  }

  /** Opens the log, and settles whatever a process that died left open. */
  static async start(options: JournalOptions): Promise<DurableJournal> {
    let journal: DurableJournal;
    try {
      journal = new DurableJournal(options);
    } catch (cause) {
      throw new Error(
        `The journal ${options.path} cannot be opened: ${(cause as Error).message}. ` +
          'If another Weir uses this directory, stop it or set WEIR_DATA_DIR to another one.',
        { cause },
      );
    }
    const lost = [...journal.#open.values()];
    for (const { text } of lost) {
      journal.settle(settleLost(parseOpened(text), options.clock.nowMs()));
    }
    if (lost.length > 0) {
      options.log.warn({ attempts: lost.length }, 'settled attempts that a dead process left open');
    }
    return journal;
  }

  /** Takes in one batch of an earlier process. */
  #find(number: number, text: string): void {
    this.#batch = number;
    let events = 0;
    for (const line of parseLines(text)) {
      if (line.kind === 'o') this.#open.set(line.id, { batch: number, text: line.text });
      else if (line.kind === 'p') this.#relayedBatch = Number(line.id);
      else this.#open.delete(line.id);
      if (isEvent(line)) events++;
    }
    if (events > 0) this.#found.push({ batch: number, events });
    while ((this.#found[0]?.batch ?? Number.POSITIVE_INFINITY) <= this.#relayedBatch) {
      this.#found.shift();
    }
  }

  /** Events on disk that the bus has not accepted yet. */
  get waitingEvents(): number {
    return this.#waitingEvents;
  }

  open(attempt: AttemptOpened): Promise<void> {
    const refusal = this.#refusal();
    if (refusal) return Promise.reject(refusal);
    const id = attempt.attemptId;
    const text = formatOpened(attempt);
    this.#add(openLine(id, text));
    this.#open.set(id, { batch: this.#batch, text });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, batch: this.#batch, resolve, reject });
    });
  }

  #refusal(): Fault | undefined {
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
      this.#seal();
      this.#spilled = true;
    }
    this.#add(line);
    this.#waitingEvents++;
    if (!this.#spilled) this.#buffer.push({ batch: this.#batch, event });
  }

  #add(line: string): void {
    if (this.#text === '') this.#batch++;
    this.#text += line;
    if (this.#writing) return;
    this.#writing = this.#write();
  }

  /** Ends the batch at hand before its time; it is written before the one that follows it. */
  #seal(): void {
    if (this.#text === '') return;
    this.#sealed.push({ number: this.#batch, text: this.#text });
    this.#text = '';
  }

  /** Writes batch after batch until there is nothing left to write. */
  async #write(): Promise<void> {
    // What is said within one turn of the event loop goes together: also what those say whom the last batch set free.
    await turn();
    for (let batch = this.#nextBatch(); batch; batch = this.#nextBatch()) {
      if (!(await this.#writeOne(batch))) break;
      await turn();
    }
    this.#writing = undefined;
  }

  #nextBatch(): Batch | undefined {
    const sealed = this.#sealed.shift();
    if (sealed) return sealed;
    if (this.#text === '') return undefined;
    this.#carry();
    if (this.#relayedBatch > this.#notedBatch) {
      this.#notedBatch = this.#relayedBatch;
      this.#text += relayedLine(this.#relayedBatch);
    }
    const batch = { number: this.#batch, text: this.#text };
    this.#text = '';
    return batch;
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

  /**
   * A batch that cannot be written (disk full) is kept and tried again: its events exist nowhere else. What was said
   * meanwhile, refusals above all, goes with it. False when the process is ending and the disk still refuses.
   */
  async #writeOne(batch: Batch): Promise<boolean> {
    let { number, text } = batch;
    for (let failures = 0; ; ) {
      try {
        await this.#file.append({ number, text });
        this.#committed(number);
        return true;
      } catch (error) {
        this.#fail(String(error));
        if (++failures >= LAST_TRIES && this.#closed) return false;
        await sleep(RETRY_MS);
        for (let more = this.#nextBatch(); more; more = this.#nextBatch()) {
          number = more.number;
          text += more.text;
        }
      }
    }
  }

  #committed(batch: number): void {
    this.#failing = false;
    this.#committedBatch = batch;
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
    while (this.#spilled && this.#buffer.length === 0) {
      const events: LedgerEvent[] = [];
      const batches = await this.#file.take(this.#takenBatch, ({ text }) => {
        for (const line of parseLines(text)) if (isEvent(line)) events.push(parseEvent(line.text));
        return events.length >= limit;
      });
      this.#takenBatch = batches.at(-1)?.number ?? this.#takenBatch;
      // Caught up with everything there is, so memory can follow on from here.
      if (this.#takenBatch >= this.#batch) this.#spilled = false;
      if (events.length > 0) return { events, position: this.#takenBatch };
      if (batches.length === 0) return undefined;
    }
    return undefined;
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
    const floor = Math.min(position, (oldest?.batch ?? Number.POSITIVE_INFINITY) - 1);
    this.#trimming = this.#trimming.then(() => this.#file.trim(floor)).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // So that the next process does not send again what the bus has.
    if (this.#relayedBatch > this.#notedBatch) this.#add(relayedLine(this.#relayedBatch));
    this.#notedBatch = this.#relayedBatch;
    this.#closed = true;
    while (this.#writing) await this.#writing;
    await this.#trimming;
    await this.#file[Symbol.asyncDispose]();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function unavailable(reason: string): Fault {
  return new Fault('ledger_unavailable', 'The service cannot record costs at present.', {
    cause: reason,
  });
}
