import { crc32 } from 'node:zlib';

/** What is written together and becomes durable together. */
export interface Batch {
  readonly number: number;
  readonly text: string;
}

/** `#number bytes checksum`, then the text. The checksum covers the text; a batch that does not match is none. */
export function formatBatch({ number, text }: Batch): Buffer {
  const bytes = Buffer.from(text);
  const head = `#${number} ${bytes.length} ${crc32(bytes).toString(16)}\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** The longest head that `formatBatch` can write. */
const MAX_HEAD_BYTES = 64;
const LINE_FEED = 10;

export type Read =
  | { readonly type: 'batch'; readonly batch: Batch; readonly end: number }
  | { readonly type: 'end' }
  /** The bytes from here on are no whole batch. */
  | { readonly type: 'broken' };

/** The batch that begins at an offset of a segment's bytes. */
export function readBatch(bytes: Buffer, offset: number): Read {
  if (offset >= bytes.length) return { type: 'end' };
  const headEnd = bytes.indexOf(LINE_FEED, offset);
  if (headEnd < 0 || headEnd - offset > MAX_HEAD_BYTES) return { type: 'broken' };
  const head = /^#(\d+) (\d+) ([0-9a-f]+)$/.exec(bytes.toString('latin1', offset, headEnd));
  if (!head) return { type: 'broken' };
  const end = headEnd + 1 + Number(head[2]);
  if (end > bytes.length) return { type: 'broken' };
  const text = bytes.subarray(headEnd + 1, end);
  if (crc32(text).toString(16) !== head[3]) return { type: 'broken' };
  return { type: 'batch', batch: { number: Number(head[1]), text: text.toString() }, end };
}

/** Whether a whole batch follows a broken one: then no crash tore it, since each waits for the one before. */
export function isBatchAfter(bytes: Buffer, broken: number): boolean {
  // No line inside a batch begins with "#".
  for (let at = bytes.indexOf('\n#', broken); at >= 0; at = bytes.indexOf('\n#', at + 1)) {
    if (readBatch(bytes, at + 1).type === 'batch') return true;
  }
  return false;
}
