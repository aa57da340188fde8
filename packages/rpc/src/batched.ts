/** Collects what is pushed within one turn of the event loop and hands it over together, in pieces of so many bytes. */
export class Batched<T> {
  readonly #flush: (items: T[]) => void;
  readonly #bytesOf: (item: T) => number;
  readonly #maxBytes: number;
  #items: T[] = [];

  constructor(flush: (items: T[]) => void, bytesOf: (item: T) => number, maxBytes: number) {
    this.#flush = flush;
    this.#bytesOf = bytesOf;
    this.#maxBytes = maxBytes;
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length > 1) return;
    setImmediate(() => {
      const items = this.#items;
      this.#items = [];
      this.#flushInPieces(items);
    });
  }

  #flushInPieces(items: T[]): void {
    let piece: T[] = [];
    let bytes = 0;
    for (const item of items) {
      const more = this.#bytesOf(item);
      if (piece.length > 0 && bytes + more > this.#maxBytes) {
        this.#flush(piece);
        piece = [];
        bytes = 0;
      }
      piece.push(item);
      bytes += more;
    }
    this.#flush(piece);
  }
}

/**
 * Gathers the values of an iterable that arrive within one turn of the event loop. Nothing waits for a later turn: a
 * value that comes alone goes alone. The source is read ahead by at most `maxAhead` values.
 */
export async function* gathered<T>(
  source: AsyncIterable<T>,
  maxAhead: number,
): AsyncGenerator<T[], void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let ready: T[] = [];
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;
  let resume: (() => void) | undefined;

  const pump = async () => {
    try {
      while (!ended) {
        const step = await iterator.next();
        if (step.done) break;
        ready.push(step.value);
        wake?.();
        if (ready.length >= maxAhead) {
          await new Promise<void>((resolve) => {
            resume = resolve;
          });
        }
      }
    } catch (error) {
      failure = { error };
    }
    ended = true;
    wake?.();
  };
  const pumping = pump();
  try {
    while (true) {
      if (ready.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (ready.length > 0) {
        const values = ready;
        ready = [];
        resume?.();
        yield values;
      } else if (ended) break;
    }
    if (failure) throw failure.error;
  } finally {
    ended = true;
    resume?.();
    await iterator.return?.();
    await pumping;
  }
}
