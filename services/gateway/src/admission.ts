import { type Clock, Fault } from '@weir/core';
import { mayUse, type VirtualKey } from './authenticator.ts';

/** What a caller is told about its rate limit, in OpenAI's terms. */
export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** A place in the service; disposing gives it back. */
export interface Admitted extends Disposable {
  readonly rate: RateState | undefined;
}

interface Usage {
  tokens: number;
  refilledAtMs: number;
  running: number;
}

const MINUTE_MS = 60_000;

/** Who may start a request now: a global bound on requests in flight, and each key's own rate and concurrency. */
export class Admission {
  readonly #maxInFlight: number;
  readonly #clock: Clock;
  readonly #usage = new Map<string, Usage>();
  #inFlight = 0;

  constructor(options: { readonly maxInFlight: number; readonly clock: Clock }) {
    this.#maxInFlight = options.maxInFlight;
    this.#clock = options.clock;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Throws `permission_denied`, `overloaded` or `rate_limited`. `model` is undefined for what is asked of no model. */
  enter(key: VirtualKey, model: string | undefined): Admitted {
    if (model !== undefined && !mayUse(key, model)) {
      throw new Fault('permission_denied', 'This key may not use this model.', { param: 'model' });
    }
    if (this.#inFlight >= this.#maxInFlight) {
      throw new Fault('overloaded', 'Too many requests are in progress; try again shortly.', {
        retryAfterMs: 1000,
      });
    }
    const usage = this.#usageOf(key);
    if (key.maxConcurrent !== undefined && usage.running >= key.maxConcurrent) {
      throw new Fault('rate_limited', 'This key has too many requests in progress.', {
        retryAfterMs: 1000,
      });
    }
    const rate = this.#take(key, usage);
    usage.running++;
    this.#inFlight++;
    let left = false;
    return {
      rate,
      [Symbol.dispose]: () => {
        if (left) return;
        left = true;
        usage.running--;
        this.#inFlight--;
      },
    };
  }

  #usageOf(key: VirtualKey): Usage {
    const name = `${key.tenant}/${key.keyId}`;
    let usage = this.#usage.get(name);
    if (!usage) {
      usage = {
        tokens: key.requestsPerMinute ?? 0,
        refilledAtMs: this.#clock.monotonicMs(),
        running: 0,
      };
      this.#usage.set(name, usage);
    }
    return usage;
  }

  /** A token bucket that holds one minute's requests and fills evenly. */
  #take(key: VirtualKey, usage: Usage): RateState | undefined {
    const limit = key.requestsPerMinute;
    if (limit === undefined) return undefined;
    const nowMs = this.#clock.monotonicMs();
    const perMs = limit / MINUTE_MS;
    usage.tokens = Math.min(limit, usage.tokens + (nowMs - usage.refilledAtMs) * perMs);
    usage.refilledAtMs = nowMs;
    if (usage.tokens < 1) {
      throw new Fault('rate_limited', 'This key has used up its requests for now.', {
        retryAfterMs: Math.ceil((1 - usage.tokens) / perMs),
      });
    }
    usage.tokens -= 1;
    return {
      limit,
      remaining: Math.floor(usage.tokens),
      resetMs: Math.ceil((limit - usage.tokens) / perMs),
    };
  }
}
