import type { ChatReply, TokenLogprob } from '@weir/core';

/** Which of a reply's tokens spell its text: those from the first on and before the second. */
export interface Spelling {
  readonly from: number;
  readonly to: number;
}

/**
 * The tokens of the answer among those of the reply; undefined where part of the text has none. Left out is what was
 * said before it (thoughts) and what comes after: end-of-text, which engines print as nothing or by its name, and the
 * stop word. Engines trim what they say, and print pieces of one character in their own ways; both are looked through.
 */
export function spellingOf(
  { text, reasoning }: ChatReply,
  tokens: readonly TokenLogprob[],
): Spelling | undefined {
  const to = plainEnd(text, tokens);
  if (to > 0) return { from: 0, to };
  let said = '';
  for (const { token } of tokens) said += token;
  const at = positionOf(text, said, reasoning !== undefined);
  return at < 0 ? walk(text, tokens) : cut(tokens, at, said.length - at - text.length);
}

/** Where the text ends, if the tokens simply spell it from the first on, as nearly all do; 0 if not. */
function plainEnd(text: string, tokens: readonly TokenLogprob[]): number {
  let at = 0;
  for (let index = 0; index < tokens.length; index++) {
    const { token } = tokens[index] as TokenLogprob;
    if (!text.startsWith(token, at)) return 0;
    at += token.length;
    if (at === text.length) return index + 1;
  }
  return 0;
}

/** Where the text begins in all that was said; negative where it is not there in one piece. */
function positionOf(text: string, said: string, isThoughtFirst: boolean): number {
  if (isThoughtFirst) return said.lastIndexOf(text);
  if (said.startsWith(text)) return 0;
  const at = said.indexOf(text);
  return said.slice(0, Math.max(0, at)).trim() === '' ? at : -1;
}

/** Takes whole tokens off both ends, of so many characters in all; one that is partly in the text stays. */
function cut(tokens: readonly TokenLogprob[], before: number, after: number): Spelling {
  let from = 0;
  let to = tokens.length;
  for (let left = after; to > 0; to--) {
    const length = tokens[to - 1]?.token.length ?? 0;
    if (length > left) break;
    left -= length;
  }
  for (let left = before; left > 0 && from < to; from++) {
    const length = tokens[from]?.token.length ?? 0;
    if (length > left) break;
    left -= length;
  }
  return { from, to };
}

/** How a token is printed that is no text by itself: bytes of a character that others complete. */
const PIECES = /(?:bytes:)?(?:\\x[0-9a-f]{2})+|<0x[0-9a-f]{2}>|\ufffd+/gi;

/** Token by token, where the tokens do not simply spell the text. */
function walk(text: string, tokens: readonly TokenLogprob[]): Spelling | undefined {
  const place = new Place(text);
  let to = 0;
  for (const { token } of tokens) {
    if (place.isPast || !place.take(token)) break;
    to++;
  }
  if (!place.isAtEnd) return undefined;
  while (to > 0 && tokens[to - 1]?.token === '') to--;
  return { from: 0, to };
}

/** How far into a text its tokens have come. Every step is linear: texts and tokens may be anything. */
class Place {
  readonly #text: string;
  /** Without the blanks at its end. */
  readonly #end: number;
  #at = 0;
  /** Tokens since then that were pieces of characters. */
  #pieces = 0;

  constructor(text: string) {
    this.#text = text;
    this.#end = text.trimEnd().length;
  }

  get isPast(): boolean {
    return this.#pieces === 0 && this.#at >= this.#end;
  }

  get isAtEnd(): boolean {
    return this.isPast || (this.#pieces > 0 && this.#behindCut('', this.#end) === this.#end);
  }

  /** False where it is not what comes next. */
  take(token: string): boolean {
    if (this.#pieces === 0 && this.#text.startsWith(token, this.#at)) {
      this.#at += token.length;
      return true;
    }
    const [head = '', ...rest] = token.split(PIECES);
    if (!this.#say(head)) return false;
    for (const plain of rest) {
      this.#pieces++;
      if (!this.#say(plain)) return false;
    }
    return true;
  }

  #say(plain: string): boolean {
    const bare = plain.trim();
    if (bare === '') return true;
    const start = pastBlanks(this.#text, this.#at);
    const at = this.#pieces === 0 ? start : this.#behindCut(bare, this.#text.length);
    if (!this.#text.startsWith(bare, at)) return false;
    this.#pieces = 0;
    this.#at = at + bare.length;
    return true;
  }

  /**
   * Where `next` is found, or the limit, behind characters that the pieces can have made: who cuts n characters makes
   * more than n pieces, so that one piece alone is a gap. Past the end where there is no such place.
   */
  #behindCut(next: string, limit: number): number {
    let at = pastBlanks(this.#text, this.#at);
    for (let cut = 1; cut < this.#pieces && at < limit; cut++) {
      const point = this.#text.codePointAt(at) ?? 0;
      if (point < 0x80) break;
      at += point > 0xffff ? 2 : 1;
      if (next === '' ? at === limit : this.#text.startsWith(next, at)) return at;
    }
    return this.#text.length + 1;
  }
}

function pastBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && (text[at] ?? '').trim() === '') at++;
  return at;
}
