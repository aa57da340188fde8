import { createHash } from 'node:crypto';

/** Hex digits of a boundary: nobody meets one by chance, and nobody who writes a part of the text can foresee it. */
const BOUNDARY_DIGITS = 24;

/** Directions, widths and tags that nobody sees; joiners stay, which some scripts need. */
const INVISIBLE = /[[\p{Cc}\p{Cf}]--[\t\n\u200c\u200d]]/gv;
/** Where engines read the beginning of another turn, even within a text. */
const TURN_TAG =
  /<(?=[|｜]|\/?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|im_start|im_end|think|tool_call|tool_response|system|user|assistant|human)>|<\/?SYS>>)/giu;
const TURN_BRACKET =
  /\[(?=\/?(?:INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])/gi;
/** What looks like one of our own lines. */
const FAKE_LINE = /^[ \t]*\p{Pd}{3}.*\b(?:begins|ends)\b.*$/gimu;
/** How a verdict is spelled: one that is copied from here can then not be read as one. */
const VERDICT_QUOTE = /"(?=\s*(?:verdict|score))/gi;

/**
 * A text as it may be shown to a judge: what could pass for the end of the quotation, for another turn, or for a verdict is
 * written otherwise. Never longer than the text.
 */
export function disarmed(text: string): string {
  return text
    .toWellFormed()
    .replace(INVISIBLE, '')
    .replace(TURN_TAG, '‹')
    .replace(TURN_BRACKET, '(')
    .replace(FAKE_LINE, (line) => line.replace(/\p{Pd}/gu, '·'))
    .replace(VERDICT_QUOTE, '”');
}

/** The head and the tail of a text that is longer than `limit` characters, with a mark between them that says so. */
export function cutMiddle(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.max(0, Math.floor((limit - MARK_CHARACTERS) / 2));
  const left = text.length - 2 * half;
  return `${text.slice(0, half)}\n[... ${left} characters left out here ...]\n${text.slice(text.length - half)}`;
}

const MARK_CHARACTERS = 56;

/** A code made from the texts that none of them contains, not even in other letters of the same look. */
export function boundaryFor(texts: readonly string[]): string {
  const plain = texts.map(hexDigitsOf);
  for (let attempt = 0; ; attempt++) {
    const hash = createHash('sha256').update(String(attempt));
    for (const text of texts) hash.update(`${text.length}:`).update(text);
    const boundary = hash.digest('hex').slice(0, BOUNDARY_DIGITS);
    if (!plain.some((digits) => digits.includes(boundary))) return boundary;
  }
}

/** All that could be read as hexadecimal digits, with nothing between them. */
function hexDigitsOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[асеԁ]/g, (letter) => LOOK_ALIKES[letter] ?? letter)
    .replace(/[^0-9a-f]/g, '');
}

/** Cyrillic for Latin. */
const LOOK_ALIKES: Readonly<Record<string, string>> = { а: 'a', с: 'c', е: 'e', ԁ: 'd' };
