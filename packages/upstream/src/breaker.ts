import { Fault } from '@weir/core';
import CircuitBreaker from 'opossum';

export interface BreakerOptions {
  /** Opens when at least this share of calls failed ... */
  readonly failurePercentage: number;
  /** ... of at least this many that ended ... */
  readonly minCalls: number;
  /** ... within this window, which should outlast the longest call. */
  readonly windowMs: number;
  /** How long it stays open before one call may probe. */
  readonly resetAfterMs: number;
}

/** `neutral` is the caller's doing (a bad request, a cancellation): it says nothing about the endpoint. */
export type CallOutcome = 'success' | 'failure' | 'neutral';
export type BreakerState = 'closed' | 'half_open' | 'open';

/**
 * An opossum breaker told about calls only when they have ended. That keeps calls in flight out of its rate, lets a
 * whole stream count as what it was, and makes neutral outcomes invisible to it; opossum alone would take a filtered
 * error or a late success in half-open for a recovery.
 */
export class Breaker implements Disposable {
  readonly #circuit: CircuitBreaker<[CallOutcome]>;
  #probing = false;

  constructor(options: BreakerOptions, onChange: (state: BreakerState) => void) {
    this.#circuit = new CircuitBreaker(
      (outcome: CallOutcome) =>
        outcome === 'success' ? Promise.resolve() : Promise.reject(new Error('call failed')),
      {
        timeout: false,
        errorThresholdPercentage: options.failurePercentage,
        volumeThreshold: options.minCalls,
        rollingCountTimeout: options.windowMs,
        rollingCountBuckets: 10,
        resetTimeout: options.resetAfterMs,
      },
    );
    this.#circuit.on('open', () => onChange('open'));
    this.#circuit.on('halfOpen', () => onChange('half_open'));
    this.#circuit.on('close', () => onChange('closed'));
  }

  /** Lets a call through, or throws `circuit_open`. Whoever got in must say how it ended, once. */
  enter(): (outcome: CallOutcome) => void {
    const probe = !this.#circuit.closed;
    if (probe) {
      if (!this.#circuit.halfOpen || this.#probing) {
        throw new Fault('circuit_open', 'The provider has been failing and is not being called.');
      }
      this.#probing = true;
    }
    return (outcome) => {
      if (probe) this.#probing = false;
      if (outcome === 'neutral') return;
      // What began before the breaker opened says nothing about now.
      if (!probe && !this.#circuit.closed) return;
      this.#circuit.fire(outcome).catch(() => {});
    };
  }

  [Symbol.dispose](): void {
    this.#circuit.shutdown();
  }
}
