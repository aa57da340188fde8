import {
  type AttemptRole,
  type AttemptSettled,
  type ChatDelta,
  type Clock,
  FailedCall,
  Fault,
  type ModelCall,
  type Served,
  type ServedEvent,
} from '@weir/core';
import type { Deployment } from './deployment.ts';
import { type Answered, AttemptFailed, type Upstream } from './upstream.ts';

/** One step: a deployment, and how often it may be asked before the next step is. */
export interface Rung {
  readonly tier: string;
  readonly deployment: Deployment;
  readonly maxAttempts: number;
}

export interface LadderOptions {
  readonly upstream: Upstream;
  readonly clock: Clock;
  /** In [0, 1): full jitter needs chance, and tests need to choose it. */
  readonly random: () => number;
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
}

/**
 * Asks one deployment after another until one answers. A stream moves on only before its first piece was given out
 * (the commit point); after that, what one model began no other finishes.
 *
 * Every attempt counts against the request's bound, whoever made it. What failed is in the result, or in the
 * `FailedCall`, because it may have cost money.
 */
export class Ladder {
  readonly #options: LadderOptions;

  constructor(options: LadderOptions) {
    this.#options = options;
  }

  async generate(
    rungs: readonly Rung[],
    role: AttemptRole,
    call: ModelCall,
    signal: AbortSignal,
  ): Promise<Served> {
    const climb = new Climb(rungs, role, call, this.#options);
    for (let step = climb.next(); step; step = climb.next()) {
      await climb.pause(signal);
      try {
        const { upstream } = this.#options;
        const answered = await upstream.call(step.rung.deployment, call.chat, step.place, signal);
        return climb.served(step.rung, answered);
      } catch (error) {
        climb.failed(error, signal);
      }
    }
    throw climb.exhausted();
  }

  async *stream(
    rungs: readonly Rung[],
    role: AttemptRole,
    call: ModelCall,
    signal: AbortSignal,
  ): AsyncGenerator<ServedEvent, void, undefined> {
    const climb = new Climb(rungs, role, call, this.#options);
    for (let step = climb.next(); step; step = climb.next()) {
      await climb.pause(signal);
      let committed = false;
      const { upstream } = this.#options;
      const deltas = upstream.stream(step.rung.deployment, call.chat, step.place, signal);
      try {
        while (true) {
          const result: IteratorResult<ChatDelta, Answered> = await deltas.next();
          if (result.done) {
            yield { type: 'end', served: climb.served(step.rung, result.value) };
            return;
          }
          committed = true;
          yield result.value;
        }
      } catch (error) {
        climb.failed(error, signal);
        if (committed) throw climb.exhausted();
      } finally {
        await deltas.return(undefined as never);
      }
    }
    throw climb.exhausted();
  }
}

/** Where one call stands on its ladder. */
class Climb {
  readonly #rungs: readonly Rung[];
  readonly #role: AttemptRole;
  readonly #call: ModelCall;
  readonly #options: LadderOptions;
  readonly #attempts: AttemptSettled[] = [];
  #position = 0;
  #asked = 0;
  #fault: Fault | undefined;
  #number = 0;

  constructor(rungs: readonly Rung[], role: AttemptRole, call: ModelCall, options: LadderOptions) {
    this.#rungs = rungs;
    this.#role = role;
    this.#call = call;
    this.#options = options;
  }

  next() {
    const rung = this.#rungs[this.#position];
    if (!rung) return undefined;
    if (this.#attempts.length >= this.#call.context.attemptsLeft) {
      this.#fault ??= new Fault('attempts_exhausted', 'The request used up its upstream calls.');
      return undefined;
    }
    this.#asked++;
    this.#number++;
    const { context } = this.#call;
    return { rung, place: { context, role: this.#role, tier: rung.tier, number: this.#number } };
  }

  /** Full jitter before asking the same deployment again; the provider's own word on when goes first. */
  async pause(signal: AbortSignal): Promise<void> {
    if (this.#asked <= 1) return;
    const { retryBaseMs, retryMaxMs, random } = this.#options;
    const cap = Math.min(retryMaxMs, retryBaseMs * 2 ** (this.#asked - 2));
    await delay(this.#fault?.retryAfterMs ?? random() * cap, signal);
  }

  served(rung: Rung, answered: Answered): Served {
    return {
      reply: answered.reply,
      tier: rung.tier,
      attempts: [...this.#attempts, answered.attempt],
      dropped: answered.dropped,
    };
  }

  /** Notes a failure and where to go from it; throws when there is nowhere. */
  failed(error: unknown, signal: AbortSignal): void {
    if (!(error instanceof AttemptFailed)) throw error;
    if (error.attempt) this.#attempts.push(error.attempt);
    this.#fault = error.fault;
    if (signal.aborted) throw new FailedCall(Fault.from(signal.reason), this.#attempts);
    if (error.fault.row.retry === 'never') throw this.exhausted();
    const rung = this.#rungs[this.#position];
    if (!rung || !this.#mayRetry(error.fault, rung)) {
      this.#position++;
      this.#asked = 0;
    }
  }

  /** The same deployment again: only for faults that pass, and only if its wait fits into the deadline. */
  #mayRetry(fault: Fault, rung: Rung): boolean {
    if (this.#asked >= rung.maxAttempts) return false;
    if (fault.kind !== 'upstream_unavailable' && fault.kind !== 'upstream_rate_limited')
      return false;
    const { clock, retryMaxMs } = this.#options;
    const waitMs = fault.retryAfterMs ?? retryMaxMs;
    return waitMs <= retryMaxMs && clock.monotonicMs() + waitMs < this.#call.context.deadlineAtMs;
  }

  exhausted(): FailedCall {
    const fault =
      this.#fault ?? new Fault('unavailable', 'No model is configured to answer this request.');
    return new FailedCall(fault, this.#attempts);
  }
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
