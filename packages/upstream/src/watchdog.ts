import { TooSlow } from './call-fault.ts';
import type { ExchangeTimeout } from './transport.ts';

export interface Patience {
  /** Until the first piece of the answer. */
  readonly first: ExchangeTimeout;
  /** Between one piece and the next. */
  readonly idleMs: number;
  /** Until the last one. */
  readonly total: ExchangeTimeout;
}

/**
 * The timers of one attempt: first token, then idle, and total over both, on top of the caller's signal. Whichever
 * comes first aborts `signal`, with its fault as the reason.
 */
export class Watchdog implements Disposable {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #onParentAbort: () => void;
  readonly #idleMs: number;
  readonly #total: NodeJS.Timeout;
  #step: NodeJS.Timeout;
  #begun = false;

  constructor(parent: AbortSignal, { first, idleMs, total }: Patience) {
    this.#parent = parent;
    this.#idleMs = idleMs;
    this.#onParentAbort = () => this.#controller.abort(parent.reason);
    if (parent.aborted) this.#onParentAbort();
    else parent.addEventListener('abort', this.#onParentAbort, { once: true });
    this.#step = this.#timer(first);
    this.#total = this.#timer(total);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** A piece of the answer has come. */
  progress(): void {
    if (this.#begun) {
      this.#step.refresh();
      return;
    }
    this.#begun = true;
    clearTimeout(this.#step);
    this.#step = this.#timer({ afterMs: this.#idleMs, fault: stopped });
  }

  /** Ends the exchange from this side. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  #timer({ afterMs, fault }: ExchangeTimeout): NodeJS.Timeout {
    return setTimeout(() => this.#controller.abort(fault()), afterMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#step);
    clearTimeout(this.#total);
    this.#parent.removeEventListener('abort', this.#onParentAbort);
  }
}

function stopped(): TooSlow {
  return new TooSlow('The provider stopped in the middle of its answer.');
}
