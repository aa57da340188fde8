import { constants, mkdirSync, readdirSync, readFileSync, rmSync, write } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockDirectory } from './lock.ts';
import { type Batch, formatBatch, isBatchAfter, type Placed, readBatches } from './segment.ts';

interface Segment {
  readonly path: string;
  readonly number: number;
  lastBatch: number;
}

/**
 * A log of batches in files of bounded size, written at its end and trimmed at its start, file by file. A trimmed file
 * is written over rather than removed: where the disk has its blocks already, a commit costs little more than half.
 * Exclusive to one process. An append that failed is simply made again: it goes to the same place.
 */
export class LogFile implements AsyncDisposable {
  readonly #directory: string;
  readonly #maxSegmentBytes: number;
  readonly #lock: Disposable;
  readonly #segments: Segment[] = [];
  #handle: FileHandle | undefined;
  #offset = 0;
  #lastBatch = 0;
  /** A trimmed file that waits to be used again. */
  #spare: string | undefined;
  /** Where reading goes on, so that a long log is read once and not once per call. */
  #cursor = START;

  private constructor(directory: string, maxSegmentBytes: number) {
    this.#directory = directory;
    this.#maxSegmentBytes = maxSegmentBytes;
    mkdirSync(directory, { recursive: true });
    this.#lock = lockDirectory(directory);
  }

  /** Opens the log and tells `onBatch` of every batch in it. Damage is an error, except where a crash leaves it: at the end. */
  static open(
    directory: string,
    maxSegmentBytes: number,
    onBatch: (batch: Batch) => void,
  ): LogFile {
    const log = new LogFile(directory, maxSegmentBytes);
    try {
      log.#readAll(onBatch);
    } catch (error) {
      log.#lock[Symbol.dispose]();
      throw error;
    }
    return log;
  }

  #readAll(onBatch: (batch: Batch) => void): void {
    const all = readdirSync(this.#directory).sort();
    for (const name of all.filter((one) => one.startsWith(SPARE))) {
      const path = join(this.#directory, name);
      if (this.#spare) rmSync(path);
      else this.#spare = path;
    }
    const names = all.filter((name) => /^\d+\.log$/.test(name));
    let end: { readonly path: string; readonly offset: number } | undefined;
    for (const name of names) {
      const path = join(this.#directory, name);
      const segment: Segment = { path, number: Number.parseInt(name, 10), lastBatch: 0 };
      const bytes = readFileSync(path);
      let offset = 0;
      for (const placed of readBatches(bytes, 0, this.#lastBatch)) {
        const { number, previous } = placed.batch;
        if (end && previous !== this.#lastBatch) throw damaged(end.path, end.offset);
        onBatch(placed.batch);
        this.#lastBatch = number;
        segment.lastBatch = number;
        offset = placed.end;
        end = { path, offset };
      }
      end ??= { path, offset };
      this.#segments.push(segment);
      // Only the very end may be torn: nothing after it was ever said to be durable.
      if (isBatchAfter(bytes, offset, this.#lastBatch)) throw damaged(path, offset);
    }
  }

  /** Resolves when the batch is on disk, to the bytes that its events are there. */
  async append(number: number, control: string, events: string): Promise<Buffer> {
    if (!this.#handle || this.#offset >= this.#maxSegmentBytes) await this.#nextSegment();
    const handle = this.#handle as FileHandle;
    const batch = formatBatch(number, this.#lastBatch, control, events);
    await writeAll(handle.fd, batch.bytes, this.#offset);
    if (WRITES_THROUGH === 0) await handle.datasync();
    this.#offset += batch.bytes.length;
    this.#lastBatch = number;
    const segment = this.#segments.at(-1);
    if (segment) segment.lastBatch = number;
    return batch.events;
  }

  /** Another file; its name is made durable too, or a crash could lose the file with all that is in it. */
  async #nextSegment(): Promise<void> {
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const path = join(this.#directory, `${String(number).padStart(12, '0')}.log`);
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare) await rename(spare, path);
    const handle = await open(path, O_WRONLY | O_CREAT | WRITES_THROUGH);
    const folder = await open(this.#directory, 'r');
    await folder.sync();
    await folder.close();
    await this.#handle?.close();
    this.#handle = handle;
    this.#offset = 0;
    this.#segments.push({ path, number, lastBatch: 0 });
  }

  /** Batches after a number in order, until `enough` says so; at least one when there is any. */
  async take(afterBatch: number, enough: (batch: Batch) => boolean): Promise<Batch[]> {
    const taken: Batch[] = [];
    for (const segment of [...this.#segments]) {
      while (segment.lastBatch > Math.max(afterBatch, taken.at(-1)?.number ?? 0)) {
        const cursor = this.#cursor.segment === segment.number ? this.#cursor : START;
        const found = await readSome(segment, cursor);
        for (const { batch, end } of found) {
          this.#cursor = { segment: segment.number, offset: end, batch: batch.number };
          if (batch.number <= afterBatch) continue;
          taken.push(batch);
          if (enough(batch)) return taken;
        }
        if (found.length === 0) throw damaged(segment.path, cursor.offset);
      }
    }
    return taken;
  }

  /**
   * Gives up the files whose batches all lie at or below this one; never the last that has any, which says where the
   * numbers stand.
   */
  async trim(upToBatch: number): Promise<void> {
    for (;;) {
      const [first, ...later] = this.#segments;
      if (!first || first.lastBatch > upToBatch) return;
      if (!later.some(({ lastBatch }) => lastBatch > 0)) return;
      this.#segments.shift();
      if (this.#spare) await rm(first.path, { force: true });
      else {
        const spare = join(this.#directory, `${SPARE}${first.number}.log`);
        await rename(first.path, spare);
        this.#spare = spare;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle?.close();
    this.#lock[Symbol.dispose]();
  }
}

const SPARE = 'spare-';
const { O_WRONLY, O_CREAT } = constants;

/**
 * A write to a file opened so is on disk when it returns: one visit to a file thread instead of two, and that is half
 * of what a commit costs. 0 where the system has no such flag.
 */
const WRITES_THROUGH: number = constants.O_DSYNC ?? 0;

/** By callback: the promises of a file handle cost as much as the write. */
function writeAll(fd: number, bytes: Buffer, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (written: number) => {
      const rest = bytes.length - written;
      write(fd, bytes, written, rest, position + written, (error, count) => {
        if (error) reject(error);
        else if (count < rest) next(written + count);
        else resolve();
      });
    };
    next(0);
  });
}

function damaged(path: string, offset: number): Error {
  return new Error(`${path} is damaged at byte ${offset}`);
}

interface Cursor {
  readonly segment: number;
  readonly offset: number;
  /** The last batch before the offset. */
  readonly batch: number;
}

const START: Cursor = { segment: 0, offset: 0, batch: 0 };
const READ_BYTES = 1024 * 1024;

/** The batches from a place on, as many as are found in a bounded read; more than that only if one needs it. */
async function readSome(segment: Segment, { offset, batch }: Cursor): Promise<Placed[]> {
  const handle = await open(segment.path, 'r');
  try {
    const { size } = await handle.stat();
    for (let length = READ_BYTES; ; length *= 2) {
      const bytes = Buffer.alloc(Math.min(length, size - offset));
      await handle.read(bytes, 0, bytes.length, offset);
      const found: Placed[] = [];
      for (const placed of readBatches(bytes, 0, batch)) {
        // What is still being written may be there already; it is not durable, so it is not there.
        if (placed.batch.number > segment.lastBatch) break;
        found.push({ batch: placed.batch, end: offset + placed.end });
      }
      if (found.length > 0 || offset + length >= size) return found;
    }
  } finally {
    await handle.close();
  }
}
