const SPACELESS = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`;
/** A run of letters, marks and digits, or one character of a script that writes without spaces. */
const WORD = new RegExp(`[${SPACELESS}]\\p{M}*|[[\\p{L}\\p{M}\\p{N}]--[${SPACELESS}]]+`, 'gv');
const IS_SPACELESS = new RegExp(`^[${SPACELESS}]`, 'u');
const SENTENCE_END = /(?<=[.!?…])\s+|(?<=[。！？।؟])|\n+/u;
const ACCENTS = /[\u0300-\u036f]+/g;

/** Without accents, width and ligatures: `Café`, `cafe` and `ＣＡＦＥ` fold to one. Keeps capitals. */
export function foldText(text: string): string {
  return text.normalize('NFKD').replace(ACCENTS, '').normalize('NFKC').replaceAll('ß', 'ss');
}

export function foldWord(word: string): string {
  return foldText(word).toLowerCase();
}

/** The words of a folded text, in lower case. */
export function wordsIn(folded: string): string[] {
  return folded.toLowerCase().match(WORD) ?? [];
}

/** The same with their capitals. */
export function namesAndWordsIn(folded: string): string[] {
  return folded.match(WORD) ?? [];
}

export function sentencesIn(folded: string, limit: number): string[] {
  const sentences: string[] = [];
  for (const part of folded.split(SENTENCE_END)) {
    const sentence = part.trim();
    if (sentence !== '') sentences.push(sentence);
  }
  if (sentences.length <= limit) return sentences;
  const half = limit >> 1;
  return [...sentences.slice(0, half), ...sentences.slice(half - limit)];
}

/** How many words of a language with spaces these are about as much as. */
export function sizeOf(words: readonly string[]): number {
  let size = 0;
  for (const word of words) size += IS_SPACELESS.test(word) ? 0.5 : 1;
  return size;
}
