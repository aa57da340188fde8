import { crc32 } from 'node:zlib';
import { Fault } from '@weir/core';
import type { StreamParser } from './adapter.ts';

/** Every frame begins with its own length, then that of its headers, then a sum over both. */
const LENGTH_BYTES = 4;
const LENGTHS_BYTES = 8;
const PRELUDE_BYTES = 12;
const SUM_BYTES = 4;
/** Of a frame without headers and without a payload. */
const MIN_FRAME_BYTES = PRELUDE_BYTES + SUM_BYTES;

/**
 * Cuts `application/vnd.amazon.eventstream` into one text a frame, whatever the chunk edges: `{"<event type>":<payload>}`,
 * which is how AWS' own documents write events down. An exception has its type in that place; an error that is none of
 * the service's own is `{"error":{"code":...}}`. Its sums are checked.
 */
export class AwsFrameParser implements StreamParser {
  readonly #maxFrameBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** How much must be there before something can be done with it: a length, its sum, or the frame that it announced. */
  #wanted = LENGTH_BYTES;
  /** Most frames of a stream are of the kind of the one before, and have the same headers to the byte. */
  #last: Kind | undefined;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  push(chunk: Buffer): string[] {
    const texts: string[] = [];
    const data = this.#withRest(chunk);
    if (!data) return texts;
    let at = 0;
    while (this.#fits(data, at)) {
      const end = at + this.#wanted;
      texts.push(this.#textOf(data, at, end));
      at = end;
    }
    if (at < data.length) this.#keep(data.subarray(at));
    return texts;
  }

  /** The stream has ended, and what was left of it is no frame. */
  end(): string[] {
    if (this.#bytes > 0) throw invalid('broke off within an event of its answer');
    return [];
  }

  /** What is there by now; undefined while that is too little. */
  #withRest(chunk: Buffer): Buffer | undefined {
    if (this.#bytes === 0) return chunk;
    this.#keep(chunk);
    if (this.#bytes < this.#wanted) return undefined;
    const data = Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    this.#bytes = 0;
    return data;
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }

  /**
   * Whether a whole frame begins here. A length that cannot be is refused before any more of the frame is kept, and so
   * is one that its own sum does not confirm; of a frame that is whole, the sum over all of it covers its length too.
   */
  #fits(data: Buffer, at: number): boolean {
    const left = data.length - at;
    this.#wanted = LENGTH_BYTES;
    if (left < LENGTH_BYTES) return false;
    const length = lengthAt(data, at, this.#maxFrameBytes);
    this.#wanted = left < PRELUDE_BYTES ? PRELUDE_BYTES : length;
    if (left < PRELUDE_BYTES || left >= length) return left >= length;
    if (!isSum(data, at, at + LENGTHS_BYTES)) throw damaged();
    return false;
  }

  #textOf(data: Buffer, start: number, end: number): string {
    const bodyEnd = end - SUM_BYTES;
    const headersStart = start + PRELUDE_BYTES;
    const bodyStart = headersStart + data.readUInt32BE(start + LENGTH_BYTES);
    if (bodyStart > bodyEnd || !isSum(data, start, bodyEnd)) throw damaged();
    const { before, hasBody } = this.#kindOf(data, headersStart, bodyStart);
    if (!hasBody) return before;
    return `${before}${data.toString('utf8', bodyStart, bodyEnd) || '{}'}}`;
  }

  #kindOf(data: Buffer, start: number, end: number): Kind {
    if (this.#last && isAt(data, start, end, this.#last.headers)) return this.#last;
    // A copy, so that it does not keep the whole chunk.
    const headers = Buffer.from(data.subarray(start, end));
    this.#last = kindFrom(headers);
    return this.#last;
  }
}

/** In JavaScript, since a call into Node costs more than these few bytes. */
function isAt(data: Buffer, start: number, end: number, expected: Buffer): boolean {
  if (expected.length !== end - start) return false;
  for (let at = 0; at < expected.length; at++) if (data[start + at] !== expected[at]) return false;
  return true;
}

function lengthAt(data: Buffer, at: number, maxBytes: number): number {
  const length = data.readUInt32BE(at);
  if (length > maxBytes) throw invalid('sent an event larger than the limit');
  if (length < MIN_FRAME_BYTES) throw invalid('sent an event too short to be one');
  return length;
}

/** Whether the sum over these bytes stands behind them. */
function isSum(data: Buffer, start: number, end: number): boolean {
  return crc32(data.subarray(start, end)) === data.readUInt32BE(end);
}

/** What frames with the same headers begin with, and whether their payload follows. */
interface Kind {
  readonly headers: Buffer;
  readonly before: string;
  readonly hasBody: boolean;
}

function kindFrom(headers: Buffer): Kind {
  const words = wordsIn(headers);
  switch (words.get(':message-type')) {
    case 'event':
      return member(headers, words.get(':event-type'));
    case 'exception':
      return member(headers, words.get(':exception-type'));
    // Its message is prose, which nobody reads.
    case 'error': {
      const code = words.get(':error-code');
      return { headers, before: JSON.stringify({ error: { code } }), hasBody: false };
    }
    default:
      throw invalid('sent an event of no kind');
  }
}

function member(headers: Buffer, name: string | undefined): Kind {
  if (name === undefined) throw invalid('sent an event without a name');
  return { headers, before: `{${JSON.stringify(name)}:`, hasBody: true };
}

/** A header's value by its type: bytes of a fixed size, or a text or bytes after their length. */
const FIXED_BYTES: ReadonlyMap<number, number> = new Map([
  [0, 0], // true
  [1, 0], // false
  [2, 1],
  [3, 2],
  [4, 4],
  [5, 8],
  [8, 8], // a time
  [9, 16], // a UUID
]);
const BYTES = 6;
const TEXT = 7;

/** The headers that are texts. A length that reaches past the headers is a fault, and nothing beyond them is read. */
function wordsIn(headers: Buffer): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  let at = 0;
  const take = (bytes: number): Buffer => {
    const taken = headers.subarray(at, at + bytes);
    if (taken.length < bytes) throw damaged();
    at += bytes;
    return taken;
  };
  while (at < headers.length) {
    const name = take(take(1).readUInt8()).toString('utf8');
    const type = take(1).readUInt8();
    if (type === TEXT) words.set(name, take(take(2).readUInt16BE()).toString('utf8'));
    else if (type === BYTES) take(take(2).readUInt16BE());
    else {
      const bytes = FIXED_BYTES.get(type);
      if (bytes === undefined) throw damaged();
      take(bytes);
    }
  }
  return words;
}

function damaged(): Fault {
  return invalid('sent an event that is damaged');
}

function invalid(what: string): Fault {
  return new Fault('upstream_invalid', `The provider ${what}.`);
}
