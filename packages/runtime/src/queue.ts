/** Values pushed from callbacks, pulled by one `for await`. Its producer watches `length` to keep it bounded. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  #items: T[] = [];
  #head = 0;
  #done = false;
  #failure: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;
  readonly #onTaken: (() => void) | undefined;

  /** `onTaken` runs after a value was taken: the producer's cue to go on. */
  constructor(onTaken?: () => void) {
    this.#onTaken = onTaken;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(value: T): void {
    if (this.#done) return;
    this.#items.push(value);
    this.#wake?.();
  }

  /** No more values; those queued are still delivered. */
  end(): void {
    this.#done = true;
    this.#wake?.();
  }

  /** Queued values are still delivered, then the failure is thrown. */
  fail(failure: unknown): void {
    if (this.#done) return;
    this.#failure = { reason: failure };
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    while (true) {
      while (this.#head < this.#items.length) {
        const value = this.#items[this.#head++] as T;
        if (this.#head === this.#items.length) {
          this.#items = [];
          this.#head = 0;
        }
        this.#onTaken?.();
        yield value;
      }
      if (this.#done) {
        if (this.#failure) throw this.#failure.reason;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
