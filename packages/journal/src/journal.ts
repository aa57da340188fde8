import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttemptOpened,
  type AttemptSettled,
  type Clock,
  EventText,
  Fault,
  formatEvent,
  formatOpened,
  type Journal,
  type LedgerEvent,
  parseOpened,
  settleLost,
} from '@weir/core';
import { ChurnMap, type Log, turnEnd } from '@weir/runtime';
import { parseLines, relayedLine, withdrawLine } from './lines.ts';
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
  /** How long an event may wait for an attempt whose commit takes it along. */
  readonly lingerMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Events for the bus, in order, to be given back to `remove` once the bus has them. */
export interface RelayBatch {
  readonly events: EventText;
  /** The last of the log's batches that they are from. */
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

/** What is said and not yet on its way to the disk. */
interface Gathered {
  readonly number: number;
  /** The journal's own lines, and those of events. */
  readonly control: string;
  readonly events: string;
  readonly eventCount: number;
}

/** A batch on disk whose events the bus does not have. */
interface Kept {
  readonly batch: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** An attempt that is open for more batches than this is written again, so that the log can be trimmed behind it. */
const CARRY_BATCHES = 20_000;
const RETRY_MS = 200;
/** How often a failing batch is still tried once the process wants to end. */
const LAST_TRIES = 5;

/**
 * The durable record of attempts on this machine. Group commit: one batch at a time is on its way to the disk, and what
 * is said meanwhile becomes the next, so that one fsync serves every request that waits. Opened attempts are waited for
 * and are written at once; events are waited for by nobody and go with the next of those, or after `lingerMs`.
 *
 * Settled events are kept in memory as well, for the relay, as the bytes that were written; when the bus is away for
 * long, memory is bounded and the relay reads the rest back from disk (`#spilled`). The log is trimmed up to what both
 * the relay and the oldest open attempt have left behind.
 */
export class DurableJournal implements Journal, AsyncDisposable {
  readonly #options: JournalOptions;
  readonly #file: LogFile;
  #control = '';
  #events = '';
  #eventCount = 0;
  /** The batch being gathered, or the last one that was. */
  #batch = 0;
  #committedBatch = 0;
  #takenBatch = 0;
  #relayedBatch = 0;
  #waitingEvents = 0;
  #waiting: Waiting[] = [];
  /** By id, oldest batch first. */
  readonly #open = new ChurnMap<string, Open>();
  #kept: Kept[] = [];
  #keptEvents = 0;
  /** The disk has events for the relay that memory has not. */
  #spilled = false;
  #failing = false;
  #closed = false;
  /** The last position that the log itself tells. */
  #notedBatch = 0;
  /** Of an earlier process: events that the bus may not have, per batch. */
  readonly #found: { readonly batch: number; readonly events: number }[] = [];
  #writing: Promise<void> | undefined;
  /** Somebody waits for the batch at hand. */
  #urgent = false;
  #lingering: NodeJS.Timeout | undefined;
  #trimming: Promise<void> = Promise.resolve();
  #wakeRelay: (() => void) | undefined;

  private constructor(options: JournalOptions) {
    this.#options = options;
    this.#file = LogFile.open(options.path, options.maxSegmentBytes, (batch) => this.#find(batch));
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
  #find({ number, control, events }: Batch): void {
    this.#batch = number;
    for (const { letter, key, text } of parseLines(control)) {
      if (letter === 'o') this.#open.set(key, { batch: number, text });
      else if (letter === 'w') this.#open.delete(key);
      else if (letter === 'p') this.#relayedBatch = Number(key);
      else throw new Error(`batch ${number} has a line "${letter}" that this version cannot read`);
    }
    const lines = parseLines(events.toString());
    for (const { letter, key } of lines) if (letter === 's') this.#open.delete(key);
    if (lines.length > 0) this.#found.push({ batch: number, events: lines.length });
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
    this.#begin();
    this.#control += `${text}\n`;
    this.#urgent = true;
    this.#writing ??= this.#write();
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
    this.record(attempt);
  }

  record(event: LedgerEvent): void {
    this.#begin();
    this.#events += `${formatEvent(event)}\n`;
    this.#eventCount++;
    this.#waitingEvents++;
    this.#linger();
  }

  /** Before anything is added to the batch at hand. */
  #begin(): void {
    if (this.#control === '' && this.#events === '') this.#batch++;
  }

  #linger(): void {
    if (this.#writing) return;
    this.#lingering ??= setTimeout(() => {
      this.#writing ??= this.#write();
    }, this.#options.lingerMs);
  }

  /** Writes batch after batch for as long as somebody waits for the next. */
  async #write(): Promise<void> {
    // What is said within one turn of the event loop goes together: also what those say whom the last batch set free.
    await turnEnd();
    do {
      const batch = this.#gathered();
      if (!batch || !(await this.#writeOne(batch))) break;
      await turnEnd();
    } while (this.#urgent);
    this.#writing = undefined;
    if (this.#events !== '') this.#linger();
  }

  #gathered(): Gathered | undefined {
    this.#urgent = false;
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    if (this.#control === '' && this.#events === '') return undefined;
    this.#carry();
    if (this.#relayedBatch > this.#notedBatch) {
      this.#notedBatch = this.#relayedBatch;
      this.#control += relayedLine(this.#relayedBatch);
    }
    const gathered = {
      number: this.#batch,
      control: this.#control,
      events: this.#events,
      eventCount: this.#eventCount,
    };
    this.#control = '';
    this.#events = '';
    this.#eventCount = 0;
    return gathered;
  }

  /** Writes long-open attempts again, into the batch at hand. */
  #carry(): void {
    for (const [id, { batch, text }] of this.#open) {
      if (batch > this.#batch - CARRY_BATCHES) return;
      this.#control += `${text}\n`;
      this.#open.delete(id);
      this.#open.set(id, { batch: this.#batch, text });
    }
  }

  /**
   * A batch that cannot be written (disk full) is kept and tried again: its events exist nowhere else. What was said
   * meanwhile, refusals above all, goes with it. False when the process is ending and the disk still refuses.
   */
  async #writeOne(first: Gathered): Promise<boolean> {
    let { number, control, events, eventCount } = first;
    for (let failures = 0; ; ) {
      try {
        const bytes = await this.#file.append(number, control, events);
        this.#committed({ batch: number, count: eventCount, bytes });
        return true;
      } catch (error) {
        this.#fail(String(error));
        if (++failures >= LAST_TRIES && this.#closed) return false;
        await sleep(RETRY_MS);
        for (let more = this.#gathered(); more; more = this.#gathered()) {
          number = more.number;
          control += more.control;
          events += more.events;
          eventCount += more.eventCount;
        }
      }
    }
  }

  #committed(written: Kept): void {
    this.#failing = false;
    this.#committedBatch = written.batch;
    this.#keep(written);
    let done = 0;
    while (done < this.#waiting.length && (this.#waiting[done]?.batch ?? 0) <= written.batch) {
      this.#waiting[done++]?.resolve();
    }
    this.#waiting.splice(0, done);
    this.#wakeRelay?.();
  }

  /** In memory, unless there is too much in it or the relay, reading the disk, has been here already. */
  #keep(written: Kept): void {
    if (written.count === 0 || written.batch <= this.#takenBatch) return;
    this.#spilled ||= this.#keptEvents + written.count > this.#options.maxBufferedEvents;
    if (this.#spilled) return;
    this.#kept.push(written);
    this.#keptEvents += written.count;
  }

  /** The disk refuses: those who wait are told now, and their attempts are taken back so that none stays open. */
  #fail(message: string): void {
    if (!this.#failing) this.#options.log.error({ cause: message }, 'the journal cannot write');
    this.#failing = true;
    for (const waiting of this.#waiting.splice(0)) {
      this.#open.delete(waiting.id);
      this.#begin();
      this.#control += withdrawLine(waiting.id);
      waiting.reject(unavailable(message));
    }
  }

  /**
   * The next committed events in order, once there are any: whole batches of the log, until there are at least so many
   * events. Undefined when `signal` aborts first.
   */
  async nextBatch(limit: number, signal: AbortSignal): Promise<RelayBatch | undefined> {
    while (!signal.aborted) {
      const batch = this.#takeFromMemory(limit) ?? (await this.#takeFromDisk(limit));
      if (batch) return batch;
      await this.#nextCommit(signal);
    }
    return undefined;
  }

  #takeFromMemory(enough: number): RelayBatch | undefined {
    let batches = 0;
    let count = 0;
    while (batches < this.#kept.length && count < enough)
      count += this.#kept[batches++]?.count ?? 0;
    const taken = this.#kept.splice(0, batches);
    const last = taken.at(-1);
    if (!last) return undefined;
    this.#keptEvents -= count;
    this.#takenBatch = last.batch;
    const [only] = taken;
    const bytes = only === last ? only.bytes : Buffer.concat(taken.map(({ bytes: part }) => part));
    return { events: new EventText(bytes, count), position: last.batch };
  }

  /** What memory still holds is older than anything that was spilled, so it goes first. */
  async #takeFromDisk(enough: number): Promise<RelayBatch | undefined> {
    while (this.#spilled) {
      let count = 0;
      const batches = await this.#file.take(this.#takenBatch, ({ events }) => {
        count += linesIn(events);
        return count >= enough;
      });
      this.#takenBatch = batches.at(-1)?.number ?? this.#takenBatch;
      // Caught up with everything there is, so memory can follow on from here.
      if (this.#takenBatch >= this.#committedBatch) this.#spilled = false;
      if (count > 0) {
        const bytes = Buffer.concat(batches.map(({ events }) => events));
        return { events: new EventText(bytes, count), position: this.#takenBatch };
      }
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
    if (this.#relayedBatch > this.#notedBatch) {
      this.#begin();
      this.#control += relayedLine(this.#relayedBatch);
    }
    this.#notedBatch = this.#relayedBatch;
    this.#closed = true;
    await this.#writing;
    if (this.#control !== '' || this.#events !== '') await this.#write();
    clearTimeout(this.#lingering);
    await this.#trimming;
    await this.#file[Symbol.asyncDispose]();
  }
}

const LINE_FEED = 10;

function linesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}

function unavailable(reason: string): Fault {
  return new Fault('ledger_unavailable', 'The service cannot record costs at present.', {
    cause: reason,
  });
}
