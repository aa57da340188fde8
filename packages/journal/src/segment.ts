import { crc32 } from 'node:zlib';

/** What is written together and becomes durable together. */
export interface Batch {
  /** Ascending. Numbers are skipped when batches had to be written as one. */
  readonly number: number;
  /** The number of the batch before it in the log: what tells an end from a gap. */
  readonly previous: number;
  /** The journal's own lines. */
  readonly control: string;
  /** The lines of events in UTF-8, as the bus gets them. */
  readonly events: Buffer;
}

/** A batch as the bytes that it is in a file, and the part of them that its events are. */
export interface Formatted {
  readonly bytes: Buffer;
  readonly events: Buffer;
}

/** `#number previous controlBytes eventBytes checksum`, the control lines, the events. The checksum covers all else. */
export function formatBatch(
  number: number,
  previous: number,
  control: string,
  events: string,
): Formatted {
  const body = Buffer.from(control + events);
  const controlBytes = Buffer.byteLength(control);
  const sizes = `#${number} ${previous} ${controlBytes} ${body.length - controlBytes}`;
  const head = Buffer.from(`${sizes} ${checksum(sizes, body)}\n`);
  const bytes = Buffer.concat([head, body]);
  return { bytes, events: bytes.subarray(head.length + controlBytes) };
}

function checksum(sizes: string, body: Buffer): string {
  return crc32(body, crc32(sizes)).toString(16);
}

/** The longest head that `formatBatch` can write. */
const MAX_HEAD_BYTES = 96;
const LINE_FEED = 10;

/** A batch in a file, and where in the file it ends. */
export interface Placed {
  readonly batch: Batch;
  readonly end: number;
}

/**
 * The batch that begins at an offset of a segment's bytes. Undefined where none does, which is so at the end of a log,
 * where a crash tore one, and where what follows is left from an earlier use of the file: its numbers are not after
 * `after`.
 */
export function readBatch(bytes: Buffer, offset: number, after: number): Placed | undefined {
  const headEnd = bytes.indexOf(LINE_FEED, offset);
  if (headEnd < 0 || headEnd - offset > MAX_HEAD_BYTES) return undefined;
  const text = bytes.toString('latin1', offset, headEnd);
  const head = /^(#(\d+) (\d+) (\d+) (\d+)) ([0-9a-f]+)$/.exec(text);
  if (!head) return undefined;
  const [number, previous, controlBytes, eventBytes] = head.slice(2, 6).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const begin = headEnd + 1;
  const controlEnd = begin + controlBytes;
  const end = controlEnd + eventBytes;
  if (number <= after || end > bytes.length) return undefined;
  if (checksum(head[1] ?? '', bytes.subarray(begin, end)) !== head[6]) return undefined;
  const control = bytes.toString('utf8', begin, controlEnd);
  return { batch: { number, previous, control, events: bytes.subarray(controlEnd, end) }, end };
}

/** All batches from an offset on, up to the first place where there is none. */
export function* readBatches(bytes: Buffer, offset: number, after: number): Generator<Placed> {
  let placed = readBatch(bytes, offset, after);
  while (placed) {
    yield placed;
    placed = readBatch(bytes, placed.end, placed.batch.number);
  }
}

/**
 * Whether a later batch stands anywhere behind an offset: then no crash tore what is there, since each waits for the one
 * before.
 */
export function isBatchAfter(bytes: Buffer, offset: number, after: number): boolean {
  // No line inside a batch begins with "#".
  for (let at = bytes.indexOf('\n#', offset); at >= 0; at = bytes.indexOf('\n#', at + 1)) {
    if (readBatch(bytes, at + 1, after)) return true;
  }
  return false;
}
