import type { Signal } from '../signal.ts';
import { codeAt, DIGIT, kindOf, LINE, LOWER, SPACE, STOP } from './characters.ts';

/** Whether the answer breaks off (1): within a bracket, a code block or a sentence. */
export const CUT_OFF: Signal = {
  name: 'cut_off',
  cost: 'text',
  read: ({ text, words, reply }) => {
    if (words.count === 0) return undefined;
    return reply.finish === 'length' || hasOpenBlock(text) || hasOpenBracket(text) || endsOpen(text)
      ? 1
      : 0;
  },
};

/** How long its last line is: the logarithm of its characters, plus one. Conclusions are short. */
export const LAST_LINE: Signal = {
  name: 'last_line',
  cost: 'text',
  read: ({ text }) => {
    const end = lastVisible(text);
    if (end < 0) return undefined;
    return Math.log(1 + end - text.lastIndexOf('\n', end));
  },
};

/** Characters after which something has to come. */
const JOINING = ',:;-–—=+*/\\<&([{';

/** After what needs more, or in a last line of prose without a full stop, where others end with one. */
function endsOpen(text: string): boolean {
  const end = lastVisible(text);
  if (JOINING.includes(text.charAt(end))) return true;
  if (kindOf(codeAt(text, end)) < DIGIT) return false;
  const start = text.lastIndexOf('\n', end) + 1;
  let first = start;
  while (kindOf(text.charCodeAt(first)) === SPACE) first++;
  if (kindOf(text.charCodeAt(first)) < LOWER) return false;
  let spaces = 0;
  for (let at = first; at < end; at++) if (text.charCodeAt(at) === 0x20) spaces++;
  let before = start - 1;
  while (before >= 0 && isBlank(codeAt(text, before))) before--;
  return spaces >= 2 && kindOf(codeAt(text, before)) === STOP;
}

function hasOpenBlock(text: string): boolean {
  let fences = 0;
  for (let at = text.indexOf('```'); at !== -1; at = text.indexOf('```', at + 3)) fences++;
  return fences % 2 === 1;
}

/** No bracket closes after the last that opens. */
function hasOpenBracket(text: string): boolean {
  return (
    text.lastIndexOf('(') > text.lastIndexOf(')') ||
    text.lastIndexOf('[') > text.lastIndexOf(']') ||
    text.lastIndexOf('{') > text.lastIndexOf('}')
  );
}

/** Where the last character is that is not white space; -1 when there is none. */
function lastVisible(text: string): number {
  let at = text.length - 1;
  while (at >= 0 && isBlank(text.charCodeAt(at))) at--;
  return at;
}

function isBlank(code: number): boolean {
  const kind = kindOf(code);
  return kind === SPACE || kind === LINE;
}
