import { DIGIT, foldOf, kindOf, LINE, STOP, UPPER, WIDE_STOP, WORD } from './characters.ts';
import { HashSet } from './hash-set.ts';

/** What is known of a word beside its hash. */
export const STARTS_SENTENCE = 1;
export const CAPITALISED = 2;
/** Of one letter or digit only. */
export const SINGLE = 4;
/** Of three at most: in most scripts it says little of what a text is about. */
export const SHORT = 8;

const SHORT_CHARACTERS = 3;
const FNV_BASIS = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

/** What a word in lower case is known by. Two words in four thousand million share one. */
export function hashOf(word: string): number {
  let hash = FNV_BASIS;
  for (let at = 0; at < word.length; at++) {
    hash = Math.imul(hash ^ word.charCodeAt(at), FNV_PRIME);
  }
  return hash;
}

/** Filled by one text at a time and then copied, since growing costs more. */
const hashScratch: number[] = [];
const flagScratch: number[] = [];
const startScratch: number[] = [];
const endScratch: number[] = [];

/**
 * The words of a text in order, from one pass over its characters: runs of letters, marks and digits whatever their
 * case, and each character of a script that writes without spaces.
 */
export class Words {
  readonly hashes: readonly number[];
  readonly flags: readonly number[];
  /** Where in the text each word starts, and where it has ended. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Where in the text those words start that begin with a digit. */
  readonly numberStarts: readonly number[];
  /** Runs of words up to a full stop or the end of a line. */
  readonly sentences: number;
  /** Characters within words. */
  readonly letters: number;
  /** No code unit within words is higher. */
  readonly highest: number;
  #index: HashSet | undefined;
  #distinct: readonly number[] | undefined;

  constructor(text: string) {
    const { length } = text;
    const hashes = hashScratch;
    const flags = flagScratch;
    const numberStarts: number[] = [];
    let count = 0;
    let sentences = 0;
    let letters = 0;
    let bits = 0;
    let first = STARTS_SENTENCE;
    let at = 0;
    while (at < length) {
      let code = text.charCodeAt(at);
      let fold = foldOf(code);
      if (fold === 0) {
        at++;
        if (code !== SPACE_CODE && endsSentence(text, at, code)) first = STARTS_SENTENCE;
        continue;
      }
      const start = at;
      const kind = kindOf(code);
      let hash = FNV_BASIS;
      do {
        hash = Math.imul(hash ^ fold, FNV_PRIME);
        bits |= code;
        if (++at === length || kind === WORD) break;
        code = text.charCodeAt(at);
        fold = foldOf(code);
      } while (fold !== 0 && (code < 0x80 || kindOf(code) !== WORD));
      const size = at - start;
      let flag = kind === UPPER ? first | CAPITALISED : first;
      if (size <= SHORT_CHARACTERS && kind !== WORD) flag |= size === 1 ? SINGLE | SHORT : SHORT;
      if (kind === DIGIT) numberStarts.push(start);
      hashes[count] = hash;
      flags[count] = flag;
      startScratch[count] = start;
      endScratch[count] = at;
      count++;
      sentences += first;
      letters += size;
      first = 0;
    }
    this.hashes = hashes.slice(0, count);
    this.flags = flags.slice(0, count);
    this.starts = startScratch.slice(0, count);
    this.ends = endScratch.slice(0, count);
    this.numberStarts = numberStarts;
    this.sentences = sentences;
    this.letters = letters;
    this.highest = bits;
  }

  get count(): number {
    return this.hashes.length;
  }

  /** Each word once, by hash, in the order of their first use. */
  get distinct(): readonly number[] {
    this.#distinct ??= this.#collect();
    return this.#distinct;
  }

  has(hash: number): boolean {
    if (this.#index === undefined) this.#distinct = this.#collect();
    return this.#index?.has(hash) === true;
  }

  #collect(): readonly number[] {
    const index = new HashSet(this.hashes.length);
    const distinct: number[] = [];
    for (const hash of this.hashes) if (index.add(hash)) distinct.push(hash);
    this.#index = index;
    return distinct;
  }
}

const SPACE_CODE = 0x20;

/** Of what stands before `at`. A decimal point or the dot within a name ends no sentence. */
function endsSentence(text: string, at: number, code: number): boolean {
  const kind = kindOf(code);
  if (kind === LINE || kind === WIDE_STOP) return true;
  return kind === STOP && (at === text.length || foldOf(text.charCodeAt(at)) === 0);
}
