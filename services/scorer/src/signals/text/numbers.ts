import { codeAt, isDecimalDigit } from './characters.ts';
import type { Words } from './words.ts';

const ZERO = 48;
const COMMA = 44;
const POINT = 46;
/** More digits than this are told apart no further. */
const MAX_DIGITS = 15;

/** True of what may stand before `.5`: nothing, a space, a currency sign, an operator. */
function isBare(code: number): boolean {
  return code < 0x41 && code !== POINT && !isDecimalDigit(code);
}

/**
 * Reads numbers out of a text as people write them: `1,234.5`, `1.234,5`, `0.5` and `0,5`. A comma
 * before exactly three digits parts thousands, a lone point is a decimal point.
 */
export class NumberReader {
  readonly #text: string;
  value = 0;
  /** Digits after the decimal separator. */
  decimals = 0;
  end = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads the number that starts at `start`; false when there is none. */
  read(start: number): boolean {
    const text = this.#text;
    if (!isDecimalDigit(codeAt(text, start))) return false;
    this.#read(start);
    if (codeAt(text, start - 1) === POINT && isBare(codeAt(text, start - 2))) this.#scale(start);
    return true;
  }

  /** What was read from `start` on stands behind a decimal point. */
  #scale(start: number): void {
    if (this.decimals > 0) return;
    this.decimals = Math.min(this.end - start, MAX_DIGITS);
    this.value /= 10 ** this.decimals;
  }

  #read(start: number): void {
    const text = this.#text;
    let at = start;
    let value = 0;
    let digits = 0;
    let commas = 0;
    let points = 0;
    let last = 0;
    /** Digits since the last separator, and how many of them are in the value. */
    let run = 0;
    let kept = 0;
    let even = true;
    for (; ; at++) {
      const code = codeAt(text, at);
      if (isDecimalDigit(code)) {
        run++;
        if (digits++ < MAX_DIGITS) {
          value = value * 10 + (code - ZERO);
          kept++;
        }
        continue;
      }
      if ((code !== COMMA && code !== POINT) || !isDecimalDigit(codeAt(text, at + 1))) break;
      if (last !== 0 && run !== 3) even = false;
      if (code === COMMA) commas++;
      else points++;
      last = code;
      run = 0;
      kept = 0;
    }
    const separators = commas + points;
    const isDecimal =
      separators > 0 &&
      (separators === 1 ? last === POINT || run !== 3 : commas > 0 && points > 0 && even);
    this.decimals = isDecimal ? kept : 0;
    this.value = isDecimal ? value / 10 ** kept : value;
    this.end = at;
  }
}

/** The values of a text's numbers in their order, at most `limit` of them. */
export function numbersIn(text: string, { numberStarts }: Words, limit: number): number[] {
  const values: number[] = [];
  if (numberStarts.length === 0) return values;
  const reader = new NumberReader(text);
  for (const start of numberStarts) {
    if (start < reader.end) continue;
    if (values.length === limit) break;
    if (reader.read(start)) values.push(reader.value);
  }
  return values;
}
