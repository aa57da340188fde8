export interface DrainLimits {
  /** How long a call is heard out at the most. */
  readonly maxMs: number;
  /** How many at a time: each holds a connection. */
  readonly maxCalls: number;
}

interface Drain {
  readonly exchange: AbortController;
  readonly over: Promise<void>;
}

/**
 * Calls that nobody waits for any more and whose provider bills all of the answer: they are heard out for their usage,
 * within limits. What goes on longer is ended as it would have been without.
 */
export class Drains implements AsyncDisposable {
  readonly #limits: DrainLimits;
  readonly #running = new Set<Drain>();
  #closing = false;

  constructor(limits: DrainLimits) {
    this.#limits = limits;
  }

  get hasRoom(): boolean {
    return !this.#closing && this.#running.size < this.#limits.maxCalls;
  }

  /** `rest` resolves or rejects when the call is over, which aborting `exchange` makes it; then comes `settle`. */
  add(exchange: AbortController, rest: Promise<unknown>, settle: () => void): void {
    const timer = setTimeout(() => exchange.abort(TOO_LONG), this.#limits.maxMs);
    const over = rest.then(
      () => {},
      () => {},
    );
    const drain: Drain = {
      exchange,
      over: over.then(() => {
        clearTimeout(timer);
        this.#running.delete(drain);
        settle();
        // A provider that keeps its connection open past the end must not keep it from others.
        setTimeout(() => exchange.abort(LINGERED), LINGER_MS).unref();
      }),
    };
    this.#running.add(drain);
  }

  /** Takes no more, and resolves when all are settled; what is not over within the time is ended. */
  async finish(withinMs: number): Promise<void> {
    this.#closing = true;
    const running = [...this.#running];
    const timer = setTimeout(() => {
      for (const { exchange } of running) exchange.abort(CLOSING);
    }, withinMs);
    await Promise.all(running.map(({ over }) => over));
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.finish(0);
  }
}

const TOO_LONG = new Error('the rest of the answer took too long');
/** How long a connection may stay open after the answer on it. */
export const LINGER_MS = 1000;
export const LINGERED = new Error('the provider kept the connection open after its answer');
const CLOSING = new Error('the process is ending');
