/** What a UTF-16 code unit is to a reader of words. Surrogates are symbols: emoji and the rarest scripts. */
export const SYMBOL = 1;
export const SPACE = 2;
/** Ends a sentence when a space or nothing follows; the ideographic ones always do. */
export const STOP = 3;
export const WIDE_STOP = 4;
export const LINE = 5;
/** This and everything after it belongs to words. */
export const DIGIT = 6;
export const LOWER = 7;
export const UPPER = 8;
/** Of scripts that write no space between words: a word of its own. */
export const WORD = 9;

const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** By code unit, filled as they are met; zero is not met yet. */
const kinds = new Uint8Array(0x10000);

/** The code unit at a place in a text; 0 outside of it. Asking `charCodeAt` there would be many times as slow. */
export function codeAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? text.charCodeAt(at) : 0;
}

export function isDecimalDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** The kind of a code unit. */
export function kindOf(code: number): number {
  const known = kinds[code];
  if (known !== 0) return known ?? 0;
  const kind = classify(String.fromCharCode(code));
  kinds[code] = kind;
  return kind;
}

/** Not met yet; no character has this code. */
const UNMET = 0xffff;
const folds = new Uint16Array(0x10000).fill(UNMET);

/** A code unit as words are compared, in lower case; 0 when it belongs to no word. */
export function foldOf(code: number): number {
  const known = folds[code] ?? 0;
  if (known !== UNMET) return known;
  const kind = kindOf(code);
  const fold = kind < DIGIT ? 0 : kind === UPPER ? lowered(code) : code;
  folds[code] = fold;
  return fold;
}

function classify(character: string): number {
  if (character === '\n' || character === '\r') return LINE;
  if (/[.!?…]/.test(character)) return STOP;
  if (/[\u3002\uff01\uff1f\u0964\u061f]/.test(character)) return WIDE_STOP;
  if (/\s/.test(character)) return SPACE;
  if (/\p{N}/u.test(character)) return DIGIT;
  if (SPACELESS.test(character)) return WORD;
  if (/[\p{Lu}\p{Lt}]/u.test(character)) return UPPER;
  return /[\p{L}\p{M}]/u.test(character) ? LOWER : SYMBOL;
}

/** The lower case of an UPPER code unit. */
export function lowered(code: number): number {
  return code < 0x80 ? code | 0x20 : String.fromCharCode(code).toLowerCase().charCodeAt(0);
}
