import { HashSet } from './hash-set.ts';
import { hashOf } from './words.ts';

/** Something known of words, by their hashes. */
export class Lexicon<T> {
  readonly #words: HashSet;
  /** By place in `#words`. */
  readonly #known: (T | undefined)[];

  /** What two entries say of one word is put together by `join`. */
  constructor(entries: readonly (readonly [word: string, known: T])[], join: (a: T, b: T) => T) {
    this.#words = new HashSet(entries.length);
    for (const [word] of entries) this.#words.add(hashOf(word));
    this.#known = new Array<T | undefined>(this.#words.places).fill(undefined);
    for (const [word, known] of entries) {
      const place = this.#words.find(hashOf(word));
      const before = this.#known[place];
      this.#known[place] = before === undefined ? known : join(before, known);
    }
  }

  get(hash: number): T | undefined {
    const place = this.#words.find(hash);
    return place === -1 ? undefined : this.#known[place];
  }
}
