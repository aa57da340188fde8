import { Fault } from '@weir/core';

/** What may come next outside the elements. */
type Place = 'start' | 'first' | 'element' | 'after' | 'ended';

const QUOTE = 34;
const COMMA = 44;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/**
 * Cuts a JSON array of objects into the texts of its elements, each as soon as its last brace is there, whatever the
 * chunk edges. Only what is outside strings is counted; whether an element is JSON is for its reader to find out.
 */
export class JsonArrayParser {
  readonly #decoder = new TextDecoder('utf-8');
  readonly #maxElementCharacters: number;
  #place: Place = 'start';
  /** The element so far, from its first brace on: kept and not looked at again until it is whole. */
  #rest = '';
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(maxElementCharacters: number) {
    this.#maxElementCharacters = maxElementCharacters;
  }

  /** The text of every element that these bytes complete. */
  push(chunk: Uint8Array): string[] {
    return this.#take(this.#decoder.decode(chunk, { stream: true }));
  }

  /** The stream has ended. Half an element is a fault; a missing bracket is not, since nothing of the answer is in it. */
  end(): string[] {
    const elements = this.#take(this.#decoder.decode());
    if (this.#depth > 0) throw invalid('broke off within an element of its answer');
    return elements;
  }

  #take(text: string): string[] {
    const elements: string[] = [];
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#depth === 0) {
        start = at;
        if (!isSpace(code)) this.#between(code);
      } else if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (code === BACKSLASH) this.#escaped = true;
        else if (code === QUOTE) this.#inString = false;
      } else if (code === QUOTE) this.#inString = true;
      else if (code === OPEN_OBJECT || code === OPEN_ARRAY) this.#depth++;
      else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
        this.#depth--;
        if (this.#depth > 0) continue;
        this.#place = 'after';
        this.#keep(text.slice(start, at + 1));
        elements.push(this.#rest);
        this.#rest = '';
      }
    }
    if (this.#depth > 0) this.#keep(text.slice(start));
    return elements;
  }

  #keep(piece: string): void {
    this.#rest += piece;
    if (this.#rest.length > this.#maxElementCharacters) throw tooLarge();
  }

  /** A character outside the elements: anything but the array's own punctuation means that this is no such array. */
  #between(code: number): void {
    const place = this.#place;
    if (place === 'start' && code === OPEN_ARRAY) this.#place = 'first';
    else if ((place === 'first' || place === 'element') && code === OPEN_OBJECT) this.#depth = 1;
    else if ((place === 'first' || place === 'after') && code === CLOSE_ARRAY)
      this.#place = 'ended';
    else if (place === 'after' && code === COMMA) this.#place = 'element';
    else throw invalid('sent an answer that is not an array of objects');
  }
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

function invalid(what: string): Fault {
  return new Fault('upstream_invalid', `The provider ${what}.`);
}

function tooLarge(): Fault {
  return invalid('sent an element larger than the limit');
}
