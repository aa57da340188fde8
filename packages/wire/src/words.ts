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

/** The same for words that may be absent: zero is unspecified, and so is a number that no word has. */
export class OptionalWords<W extends string> {
  readonly #numbers: Readonly<Record<W, number>>;
  readonly #words: ReadonlyMap<number, W>;

  constructor(numbers: Readonly<Record<W, number>>) {
    this.#numbers = numbers;
    this.#words = new Map((Object.keys(numbers) as W[]).map((word) => [numbers[word], word]));
  }

  toWire<N extends number>(word: W | undefined): N {
    return (word === undefined ? 0 : this.#numbers[word]) as N;
  }

  fromWire(number: number): W | undefined {
    return this.#words.get(number);
  }
}
