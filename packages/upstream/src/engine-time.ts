import type { Clock, GpuTime } from '@weir/core';

/**
 * The time of one provider, shared out among the calls in flight there: each moment belongs to them in equal parts. The
 * shares of all calls add up, to the microsecond, to the time during which there was any: what does not divide waits for
 * the next moment, and in the end goes to the last one that leaves. Time in which nothing was asked belongs to nobody.
 */
export class EngineTime {
  readonly #clock: Clock;
  #inFlight = 0;
  #atMicros: number;
  /** The share of a call that had been there from the first. */
  #eachMicros = 0;
  #undividedMicros = 0;
  #busyMicros = 0;
  /** What has been shared out so far, by deployment. */
  readonly #shared = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#atMicros = micros(clock);
  }

  /** A call has been sent. Gives what `leave` wants back, once. */
  enter(): number {
    this.#advance();
    this.#inFlight++;
    return this.#eachMicros;
  }

  /** It is over: its share. One that was never sent (undefined) has none. */
  leave(entered: number | undefined, deployment: string): GpuTime {
    const beforeMicros = this.#shared.get(deployment) ?? 0;
    if (entered === undefined) return { micros: 0, beforeMicros };
    this.#advance();
    let share = this.#eachMicros - entered;
    this.#inFlight--;
    if (this.#inFlight === 0) {
      share += this.#undividedMicros;
      this.#undividedMicros = 0;
    }
    this.#shared.set(deployment, beforeMicros + share);
    return { micros: share, beforeMicros };
  }

  /** The time during which anything was in flight, since this was last asked. */
  takeBusyMicros(): number {
    this.#advance();
    const busy = this.#busyMicros;
    this.#busyMicros = 0;
    return busy;
  }

  #advance(): void {
    const now = micros(this.#clock);
    const passed = now - this.#atMicros;
    this.#atMicros = now;
    if (this.#inFlight === 0) return;
    this.#busyMicros += passed;
    const divisible = passed + this.#undividedMicros;
    const each = Math.floor(divisible / this.#inFlight);
    this.#eachMicros += each;
    this.#undividedMicros = divisible - each * this.#inFlight;
  }
}

function micros(clock: Clock): number {
  return Math.round(clock.monotonicMs() * 1000);
}
