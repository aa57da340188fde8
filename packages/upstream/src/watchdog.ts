import { Fault } from '@weir/core';
import type { Timeouts } from './deployment.ts';

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

  constructor(parent: AbortSignal, timeouts: Timeouts) {
    this.#parent = parent;
    this.#idleMs = timeouts.idleMs;
    this.#onParentAbort = () => this.#controller.abort(parent.reason);
    if (parent.aborted) this.#onParentAbort();
    else parent.addEventListener('abort', this.#onParentAbort, { once: true });
    this.#step = this.#timer(
      timeouts.firstTokenMs,
      'The provider did not begin its answer in time.',
    );
    this.#total = this.#timer(timeouts.totalMs, 'The provider did not finish its answer in time.');
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
    this.#step = this.#timer(this.#idleMs, 'The provider stopped in the middle of its answer.');
  }

  /** Ends the exchange from this side. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  #timer(afterMs: number, message: string): NodeJS.Timeout {
    return setTimeout(
      () => this.#controller.abort(new Fault('deadline_exceeded', message)),
      afterMs,
    );
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#step);
    clearTimeout(this.#total);
    this.#parent.removeEventListener('abort', this.#onParentAbort);
  }
}
