import {
  type AttemptRole,
  type AttemptSettled,
  type ChatDelta,
  type Clock,
  FailedCall,
  Fault,
  isRetired,
  type ModelCall,
  retiredFault,
  type Served,
  type ServedEvent,
} from '@weir/core';
import type { Metrics } from '@weir/runtime';
import type { Deployment } from './deployment.ts';
import { type Answered, AttemptFailed, type Upstream } from './upstream.ts';

/** One step: a deployment, and how often it may be asked before the next step is. */
export interface Rung {
  readonly tier: string;
  readonly deployment: Deployment;
  readonly maxAttempts: number;
}

export interface LadderOptions {
  readonly upstream: Pick<Upstream, 'call' | 'stream'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** In [0, 1): full jitter needs chance, and tests need to choose it. */
  readonly random: () => number;
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
}

/**
 * Asks one deployment after another until one answers; models that are retired by now are passed over. A stream moves on only before its first piece was given out
 * (the commit point); after that, what one model began no other finishes.
 *
 * Every attempt counts against the request's bound, whoever made it. What failed is in the result, or in the
 * `FailedCall`, because it may have cost money.
 */
export class Ladder {
  readonly #options: ClimbOptions;

  constructor(options: LadderOptions) {
    const skipped = options.metrics.counter(
      'weir_retired_model_skips_total',
      'Times that a retired model was passed over',
      ['deployment'],
    );
    this.#options = { ...options, onSkip: (deployment) => skipped.inc({ deployment }) };
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

interface ClimbOptions extends LadderOptions {
  readonly onSkip: (deployment: string) => void;
}

/** Where one call stands on its ladder. */
class Climb {
  readonly #rungs: readonly Rung[];
  readonly #role: AttemptRole;
  readonly #call: ModelCall;
  readonly #options: ClimbOptions;
  readonly #attempts: AttemptSettled[] = [];
  #position = 0;
  #asked = 0;
  #fault: Fault | undefined;
  /** What is to be said when there was nobody left to ask. */
  #gone: Fault | undefined;
  #number = 0;

  constructor(rungs: readonly Rung[], role: AttemptRole, call: ModelCall, options: ClimbOptions) {
    this.#rungs = rungs;
    this.#role = role;
    this.#call = call;
    this.#options = options;
  }

  next() {
    const rung = this.#present();
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

  /** The rung where this call stands, or the next one whose model is still there. */
  #present(): Rung | undefined {
    const { clock, onSkip } = this.#options;
    for (;;) {
      const rung = this.#rungs[this.#position];
      const retirement = rung?.deployment.retirement;
      if (!rung || !retirement || !isRetired(retirement, clock.nowMs())) return rung;
      onSkip(rung.deployment.name);
      this.#gone = retiredFault(rung.deployment.name, retirement);
      this.#position++;
      this.#asked = 0;
    }
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
      this.#fault ??
      this.#gone ??
      new Fault('unavailable', 'No model is configured to answer this request.');
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
