import { StringDecoder } from 'node:string_decoder';
import { Fault } from '@weir/core';

const CR = 13;
const LF = 10;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Reads server-sent events from bytes, whatever the chunk edges: LF, CR and CRLF, comments, several `data:` lines in
 * an event, `data:` without a space, a last event without its blank line, UTF-8 split between chunks.
 * Only data is kept; event names carry nothing in the protocols read here that the data does not.
 */
export class SseParser {
  readonly #decoder = new StringDecoder('utf8');
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
    return this.#take(this.#decoder.write(chunk));
  }

  /** The stream has ended: what a missing last newline held back. */
  end(): string[] {
    const events = this.#take(`${this.#decoder.end()}\n\n`);
    this.#rest = '';
    return events;
  }

  #take(text: string): string[] {
    const events: string[] = [];
    let fresh = text;
    if (this.#first && text !== '') {
      if (text.charCodeAt(0) === BYTE_ORDER_MARK) fresh = text.slice(1);
      this.#first = false;
    }
    this.#rest += fresh;
    // Only what is new can end a line: to look for that in a long one anew with each piece of it would take its square.
    if (!fresh.includes('\n') && !fresh.includes('\r')) {
      this.#searched = this.#rest.length;
      this.#check();
      return events;
    }
    // Nearly everybody ends lines with LF alone, and those are found ten times as fast.
    const start =
      this.#skipLineFeed || fresh.includes('\r') ? this.#anyLines(events) : this.#lines(events);
    this.#rest = this.#rest.slice(start);
    this.#searched = this.#rest.length;
    this.#check();
    return events;
  }

  #check(): void {
    if (this.#rest.length + (this.#data?.length ?? 0) > this.#maxEventCharacters) throw tooLarge();
  }

  /** Takes the lines that end in LF; where the last of them ended. */
  #lines(events: string[]): number {
    const text = this.#rest;
    let start = 0;
    for (let at = text.indexOf('\n', this.#searched); at !== -1; at = text.indexOf('\n', start)) {
      this.#line(text.slice(start, at), events);
      start = at + 1;
    }
    return start;
  }

  /** The same where lines may end in LF, CR or both. */
  #anyLines(events: string[]): number {
    const text = this.#rest;
    let start = 0;
    for (let at = this.#searched; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code !== LF && code !== CR) continue;
      if (code === LF && this.#skipLineFeed && at === start) {
        this.#skipLineFeed = false;
        start = at + 1;
        continue;
      }
      this.#skipLineFeed = code === CR;
      this.#line(text.slice(start, at), events);
      start = at + 1;
    }
    return start;
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
