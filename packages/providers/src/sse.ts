import { Fault } from '@weir/core';

const CR = 13;
const LF = 10;

/**
 * Reads server-sent events from bytes, whatever the chunk edges: LF, CR and CRLF, comments, several `data:` lines in
 * an event, `data:` without a space, a last event without its blank line, UTF-8 split between chunks.
 * Only data is kept; event names carry nothing in the protocols read here that the data does not.
 */
export class SseParser {
  readonly #decoder = new TextDecoder('utf-8');
  readonly #maxEventCharacters: number;
  #rest = '';
  /** Where in `#rest` the search for a line end goes on, so that a long line is not scanned twice. */
  #searched = 0;
  #data: string | undefined;
  #skipLineFeed = false;
  #first = true;

  constructor(maxEventCharacters: number) {
    this.#maxEventCharacters = maxEventCharacters;
  }

  /** The data of every event that these bytes complete. */
  push(chunk: Uint8Array): string[] {
    return this.#take(this.#decoder.decode(chunk, { stream: true }));
  }

  /** The stream has ended: what a missing last newline held back. */
  end(): string[] {
    const events = this.#take(`${this.#decoder.decode()}\n\n`);
    this.#rest = '';
    return events;
  }

  #take(text: string): string[] {
    const events: string[] = [];
    this.#rest += text;
    if (this.#first && this.#rest.length > 0) {
      if (this.#rest.charCodeAt(0) === 0xfeff) this.#rest = this.#rest.slice(1);
      this.#first = false;
    }
    let start = 0;
    let at = this.#searched;
    for (; at < this.#rest.length; at++) {
      const code = this.#rest.charCodeAt(at);
      if (code !== LF && code !== CR) continue;
      if (code === LF && this.#skipLineFeed && at === start) {
        this.#skipLineFeed = false;
        start = at + 1;
        continue;
      }
      this.#skipLineFeed = code === CR;
      this.#line(this.#rest.slice(start, at), events);
      start = at + 1;
    }
    this.#rest = this.#rest.slice(start);
    this.#searched = this.#rest.length;
    if (this.#rest.length + (this.#data?.length ?? 0) > this.#maxEventCharacters) throw tooLarge();
    return events;
  }

  #line(line: string, events: string[]): void {
    if (line === '') {
      if (this.#data !== undefined) events.push(this.#data);
      this.#data = undefined;
      return;
    }
    if (!line.startsWith('data')) return;
    const value = line === 'data' ? '' : line.startsWith('data:') ? line.slice(5) : undefined;
    if (value === undefined) return;
    const data = value.startsWith(' ') ? value.slice(1) : value;
    this.#data = this.#data === undefined ? data : `${this.#data}\n${data}`;
    if (this.#data.length > this.#maxEventCharacters) throw tooLarge();
  }
}

function tooLarge(): Fault {
  return new Fault('upstream_invalid', 'The provider sent an event larger than the limit.');
}
