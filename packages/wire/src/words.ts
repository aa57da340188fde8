/**
 * The core says its enumerations in words, the wire in numbers. A table of both, total over the words by its type;
 * a number that no word has (a newer peer's) becomes the fallback.
 */
export class Words<W extends string> {
  readonly #numbers: Readonly<Record<W, number>>;
  readonly #words: ReadonlyMap<number, W>;
  readonly #fallback: W;

  constructor(numbers: Readonly<Record<W, number>>, fallback: W) {
    this.#numbers = numbers;
    this.#words = new Map((Object.keys(numbers) as W[]).map((word) => [numbers[word], word]));
    this.#fallback = fallback;
  }

  toWire<N extends number>(word: W): N {
    return this.#numbers[word] as N;
  }

  fromWire(number: number): W {
    return this.#words.get(number) ?? this.#fallback;
  }
}
