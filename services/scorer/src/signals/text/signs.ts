/** What a character means in arithmetic. */
export const ADDS = 1;
export const SUBTRACTS = 2;
export const MULTIPLIES = 3;
export const DIVIDES = 4;
export const STAR = 5;
export const SLASH = 6;
export const EQUALS = 7;
export const OPENS = 8;
export const CLOSES = 9;
export const PERCENT = 10;
export const POWER = 11;
export const BACKSLASH = 12;
export const CURRENCY = 13;
export const POINT = 14;
/** Something else begins. */
export const ENDS = 15;
export const DIGIT = 16;
export const LETTER = 17;

const SIGNS: readonly (readonly [sign: number, characters: string])[] = [
  [ADDS, '+'],
  [SUBTRACTS, '-\u2013\u2212'],
  [MULTIPLIES, '\u00d7\u00b7\u22c5'],
  [DIVIDES, '\u00f7'],
  [STAR, '*'],
  [SLASH, '/'],
  [EQUALS, '='],
  [OPENS, '('],
  [CLOSES, ')'],
  [PERCENT, '%'],
  [POWER, '^'],
  [BACKSLASH, '\\'],
  [CURRENCY, '$£¥€'],
  [POINT, '.'],
  [ENDS, ',:;!?<>[]|\u2248'],
  [DIGIT, '0123456789'],
];

/** By code unit; those beyond mean nothing. */
const table = new Uint8Array(0x2300);
for (let code = 0x41; code < 0x250; code++) {
  if (/\p{L}/u.test(String.fromCharCode(code))) table[code] = LETTER;
}
for (const [sign, characters] of SIGNS) {
  for (const character of characters) table[character.charCodeAt(0)] = sign;
}

/** What stands at a place in a text; 0 for what means nothing, and outside of it. */
export function signAt(text: string, at: number): number {
  if (at < 0 || at >= text.length) return 0;
  const code = text.charCodeAt(at);
  return code < table.length ? (table[code] ?? 0) : 0;
}
