import { DIGIT, kindOf } from '../text/characters.ts';
import type { Words } from '../text/words.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;

/**
 * Where an answer says something of its own: [start, end, start, end, ...], ascending. In JSON these are the values, since
 * the keys were asked for and the punctuation is grammar. In prose they are the words that the question does not have: a
 * model is always sure of what it repeats.
 */
export function contentRanges(text: string, words: Words, questionWords: Words): number[] {
  return isJson(text) ? jsonValues(text) : ownWords(words, questionWords);
}

function isJson(text: string): boolean {
  const first = text.trimStart()[0];
  if (first !== '{' && first !== '[') return false;
  return text.trimEnd().at(-1) === (first === '{' ? '}' : ']');
}

/** Strings that no colon follows, and everything else but punctuation and white space. */
function jsonValues(text: string): number[] {
  const ranges: number[] = [];
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code !== QUOTE) {
      if (kindOf(code) >= DIGIT) ranges.push(at, at + 1);
      at++;
      continue;
    }
    const start = ++at;
    while (at < text.length && text.charCodeAt(at) !== QUOTE) {
      at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
    }
    const end = Math.min(at, text.length);
    at = end + 1;
    let next = at;
    while (next < text.length && text.charCodeAt(next) <= 32) next++;
    if (text.charCodeAt(next) !== COLON) ranges.push(start, end);
  }
  return ranges;
}

function ownWords({ hashes, starts, ends }: Words, questionWords: Words): number[] {
  const ranges: number[] = [];
  for (let at = 0; at < hashes.length; at++) {
    if (!questionWords.has(hashes[at] ?? 0)) ranges.push(starts[at] ?? 0, ends[at] ?? 0);
  }
  return ranges;
}
