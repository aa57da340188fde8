import {
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  write,
} from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockDirectory } from './lock.ts';
import { type Batch, formatBatch, isBatchAfter, readBatch } from './segment.ts';

interface Segment {
  readonly path: string;
  readonly number: number;
  lastBatch: number;
}

/**
 * A log of batches in files of bounded size, written at its end and trimmed at its start, file by file. Exclusive to one
 * process. An append that failed is simply made again: it goes to the same place.
 */
export class LogFile implements AsyncDisposable {
  readonly #directory: string;
  readonly #maxSegmentBytes: number;
  readonly #lock: Disposable;
  readonly #segments: Segment[] = [];
  #handle: FileHandle | undefined;
  #offset = 0;
  /** Where reading goes on, so that a long log is read once and not once per call. */
  #cursor: { readonly segment: number; readonly offset: number } = { segment: 0, offset: 0 };

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
    const names = readdirSync(this.#directory).filter((name) => /^\d+\.log$/.test(name));
    for (const [index, name] of names.sort().entries()) {
      const path = join(this.#directory, name);
      const segment: Segment = { path, number: Number.parseInt(name, 10), lastBatch: 0 };
      const bytes = readFileSync(path);
      let offset = 0;
      let read = readBatch(bytes, offset);
      while (read.type === 'batch') {
        segment.lastBatch = read.batch.number;
        onBatch(read.batch);
        offset = read.end;
        read = readBatch(bytes, offset);
      }
      if (read.type === 'broken') {
        // Only the very end may be torn: nothing after it was ever said to be durable.
        if (index < names.length - 1 || isBatchAfter(bytes, offset))
          throw new Error(`${path} is damaged at byte ${offset}`);
        truncate(path, offset);
      }
      this.#segments.push(segment);
    }
  }

  /** Resolves when the batch is on disk. */
  async append(batch: Batch): Promise<void> {
    if (!this.#handle || this.#offset >= this.#maxSegmentBytes) await this.#nextSegment();
    const handle = this.#handle as FileHandle;
    const bytes = formatBatch(batch);
    await writeAll(handle.fd, bytes, this.#offset);
    if (WRITES_THROUGH === 0) await handle.datasync();
    this.#offset += bytes.length;
    const segment = this.#segments.at(-1);
    if (segment) segment.lastBatch = batch.number;
  }

  /** A new file; its name is made durable too, or a crash could lose the file with all that is in it. */
  async #nextSegment(): Promise<void> {
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const path = join(this.#directory, `${String(number).padStart(12, '0')}.log`);
    const handle = await open(path, O_WRONLY | O_CREAT | O_TRUNC | WRITES_THROUGH);
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
        const known = this.#cursor.segment === segment.number ? this.#cursor.offset : 0;
        const batches = await readSome(segment, known);
        for (const { batch, end } of batches) {
          this.#cursor = { segment: segment.number, offset: end };
          if (batch.number <= afterBatch) continue;
          taken.push(batch);
          if (enough(batch)) return taken;
        }
        if (batches.length === 0) throw new Error(`${segment.path} is damaged at byte ${known}`);
      }
    }
    return taken;
  }

  /** Removes the files whose batches all lie at or below this one; never the one being written. */
  async trim(upToBatch: number): Promise<void> {
    while (this.#segments.length > 1) {
      const [first] = this.#segments;
      if (!first || first.lastBatch > upToBatch) return;
      this.#segments.shift();
      await rm(first.path, { force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle?.close();
    this.#lock[Symbol.dispose]();
  }
}

const { O_WRONLY, O_CREAT, O_TRUNC } = constants;

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

/** Durable at once: what is cut off must not come back after a power loss, behind newer files. */
function truncate(path: string, bytes: number): void {
  const fd = openSync(path, 'r+');
  try {
    ftruncateSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

const READ_BYTES = 1024 * 1024;

/** The batches from an offset on, as many as are found in a bounded read; more than that only if one needs it. */
async function readSome(
  segment: Segment,
  offset: number,
): Promise<{ readonly batch: Batch; readonly end: number }[]> {
  const handle = await open(segment.path, 'r');
  try {
    const { size } = await handle.stat();
    for (let length = READ_BYTES; ; length *= 2) {
      const bytes = Buffer.alloc(Math.min(length, size - offset));
      await handle.read(bytes, 0, bytes.length, offset);
      const batches: { batch: Batch; end: number }[] = [];
      let read = readBatch(bytes, 0);
      // What is still being written may be there already; it is not durable, so it is not there.
      while (read.type === 'batch' && read.batch.number <= segment.lastBatch) {
        batches.push({ batch: read.batch, end: offset + read.end });
        read = readBatch(bytes, read.end);
      }
      if (batches.length > 0 || offset + length >= size) return batches;
    }
  } finally {
    await handle.close();
  }
}
