import { EventStreamCodec } from '@smithy/eventstream-codec';
import { Fault } from '@weir/core';
import type { StreamParser } from './adapter.ts';

const decoder = new TextDecoder('utf-8');
const encoder = new TextEncoder();
/** Checks both sums of a frame and takes it apart. It keeps nothing between two frames. */
const CODEC = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : decoder.decode(bytes)),
  (text) => encoder.encode(text),
);

type Headers = ReturnType<typeof CODEC.decode>['headers'];

/** Every frame begins with its own length. */
const LENGTH_BYTES = 4;
/** Of a frame without headers and without a payload. */
const MIN_FRAME_BYTES = 16;

/**
 * Cuts `application/vnd.amazon.eventstream` into one text a frame, whatever the chunk edges: `{"<event type>":<payload>}`,
 * which is how AWS' own documents write events down. An exception has its type in that place; an error that is none of
 * the service's own is `{"error":{"code":...}}`.
 */
export class AwsFrameParser implements StreamParser {
  readonly #maxFrameBytes: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Of the frame that is coming; undefined until it has been told. */
  #length: number | undefined;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  push(chunk: Uint8Array): string[] {
    const texts: string[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      const wanted = (this.#length ?? LENGTH_BYTES) - this.#bytes;
      const piece = rest.subarray(0, wanted);
      this.#pieces.push(piece);
      this.#bytes += piece.length;
      rest = rest.subarray(piece.length);
      if (piece.length < wanted) break;
      if (this.#length === undefined) this.#length = this.#checkedLength();
      else texts.push(this.#take());
    }
    return texts;
  }

  /** The stream has ended, and what was left of it is no frame. */
  end(): string[] {
    if (this.#bytes > 0) throw invalid('broke off within an event of its answer');
    return [];
  }

  /** A length that cannot be is refused before anything of the frame is kept. */
  #checkedLength(): number {
    const prefix = joined(this.#pieces, LENGTH_BYTES);
    const length = new DataView(prefix.buffer).getUint32(0);
    if (length > this.#maxFrameBytes) throw invalid('sent an event larger than the limit');
    if (length < MIN_FRAME_BYTES) throw invalid('sent an event too short to be one');
    return length;
  }

  #take(): string {
    const frame = joined(this.#pieces, this.#bytes);
    this.#pieces = [];
    this.#bytes = 0;
    this.#length = undefined;
    return textOf(frame);
  }
}

/** In a buffer of its own, so that no length within a frame can reach past it. */
function joined(pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function textOf(frame: Uint8Array): string {
  const { headers, body } = decoded(frame);
  switch (wordIn(headers, ':message-type')) {
    case 'event':
      return member(wordIn(headers, ':event-type'), body);
    case 'exception':
      return member(wordIn(headers, ':exception-type'), body);
    // Its message is prose, which nobody reads.
    case 'error':
      return JSON.stringify({ error: { code: wordIn(headers, ':error-code') } });
    default:
      throw invalid('sent an event of no kind');
  }
}

function decoded(frame: Uint8Array): ReturnType<typeof CODEC.decode> {
  try {
    return CODEC.decode(frame);
  } catch (cause) {
    throw invalid('sent an event that is damaged', cause);
  }
}

function member(name: string | undefined, body: Uint8Array): string {
  if (name === undefined) throw invalid('sent an event without a name');
  return `{${JSON.stringify(name)}:${decoder.decode(body) || '{}'}}`;
}

function wordIn(headers: Headers, name: string): string | undefined {
  const header = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return header?.type === 'string' ? header.value : undefined;
}

function invalid(what: string, cause?: unknown): Fault {
  return new Fault('upstream_invalid', `The provider ${what}.`, { cause });
}
