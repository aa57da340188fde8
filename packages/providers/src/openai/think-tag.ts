import type { Said } from './wire.ts';

const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * Takes the thoughts out of a text that begins with them, in whatever pieces it comes. A tag that stands anywhere but at
 * the very beginning is the answer's own. Blanks beside a tag belong to neither side.
 */
export class ThinkTag {
  #phase: 'opening' | 'thinking' | 'answering' = 'opening';
  /** What may yet turn out to be a part of a tag. */
  #held = '';
  /** Nothing but blanks has come since the last tag. */
  #isBlank = true;

  push(piece: string): Said {
    let rest = this.#held + piece;
    this.#held = '';
    if (this.#phase === 'opening') {
      const start = rest.trimStart();
      if (start.length < OPEN.length && OPEN.startsWith(start)) {
        this.#held = rest;
        return NOTHING;
      }
      if (!start.startsWith(OPEN)) {
        this.#phase = 'answering';
        this.#isBlank = false;
        return { thought: '', text: rest };
      }
      this.#phase = 'thinking';
      rest = start.slice(OPEN.length);
    }
    return this.#phase === 'thinking'
      ? this.#think(rest)
      : { thought: '', text: this.#begun(rest) };
  }

  /** What was held back when the answer ended. */
  end(): Said {
    const held = this.#held;
    this.#held = '';
    return this.#phase === 'thinking' ? { thought: held, text: '' } : { thought: '', text: held };
  }

  #think(piece: string): Said {
    const close = piece.indexOf(CLOSE);
    const until = close === -1 ? piece.length - overlap(piece, CLOSE) : close;
    const thought = this.#begun(piece.slice(0, until));
    if (close === -1) {
      this.#held = piece.slice(until);
      return { thought, text: '' };
    }
    this.#phase = 'answering';
    this.#isBlank = true;
    return { thought, text: this.#begun(piece.slice(close + CLOSE.length)) };
  }

  #begun(piece: string): string {
    if (!this.#isBlank) return piece;
    const begun = piece.trimStart();
    this.#isBlank = begun === '';
    return begun;
  }
}

const NOTHING: Said = { thought: '', text: '' };

/** How many characters at the end of a text could begin the tag. */
function overlap(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length--) {
    if (tag.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
