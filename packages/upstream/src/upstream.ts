import {
  type AttemptSettled,
  type ChatDelta,
  type ChatReply,
  type ChatRequest,
  type Clock,
  Fault,
  type Journal,
} from '@weir/core';
import type { PriceBook } from '@weir/pricing';
import { BrokenReply, type ProviderReply, parserFor } from '@weir/providers';
import { type Log, type Metrics, withDeadline } from '@weir/runtime';
import {
  Attempt,
  type AttemptDependencies,
  type AttemptPlace,
  type Identity,
  type Seen,
} from './attempt.ts';
import { Breaker } from './breaker.ts';
import { callFault, isFree, outcomeFor, retryAfterMs, TooSlow } from './call-fault.ts';
import type { Deployment } from './deployment.ts';
import { type DrainLimits, Drains, LINGER_MS, LINGERED } from './drains.ts';
import { checkDropped } from './dropped.ts';
import { EngineTime } from './engine-time.ts';
import { exchangeRequest } from './exchange-request.ts';
import { MoneyAlarms } from './money-alarms.ts';
import { Refusals } from './refusals.ts';
import { type Endpoint, endOf, NOTHING_SEEN, type Run } from './run.ts';
import { StreamState } from './stream-state.ts';
import { type ExchangeTimeout, Transport } from './transport.ts';
import { unlessAborted } from './unless-aborted.ts';
import { upstreamMetrics } from './upstream-metrics.ts';
import { Watchdog } from './watchdog.ts';

/** One attempt that ended well. */
export interface Answered {
  readonly reply: ChatReply;
  readonly attempt: AttemptSettled;
  /** Parameters that the provider could not take. */
  readonly dropped: readonly string[];
}

/** One attempt that did not; it is settled all the same. */
export class AttemptFailed extends Error {
  override readonly name = 'AttemptFailed';
  readonly fault: Fault;
  /** Absent when the call was refused before it became an attempt. */
  readonly attempt: AttemptSettled | undefined;

  constructor(fault: Fault, attempt?: AttemptSettled) {
    super(fault.message, { cause: fault });
    this.fault = fault;
    this.attempt = attempt;
  }
}

export interface UpstreamOptions {
  readonly journal: Journal;
  readonly prices: PriceBook;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly maxEventCharacters: number;
  readonly drains: DrainLimits;
  /** Hears who gave each answer. */
  readonly onAnswered?: ((deployment: string, identity: Identity) => void) | undefined;
}

/** The one place that calls a provider. Everything it does is an attempt: opened, timed, settled. */
export class Upstream implements AsyncDisposable {
  readonly #options: UpstreamOptions;
  readonly #endpoints = new Map<string, Endpoint>();
  /** By provider: one engine, whichever of its models is asked. */
  readonly #engines = new Map<string, EngineTime>();
  readonly #drains: Drains;
  readonly #money: AttemptDependencies;
  readonly #refusals: Refusals;
  readonly #metrics;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    const { metrics, journal, prices, clock } = options;
    this.#drains = new Drains(options.drains);
    this.#money = { journal, prices, clock, alarms: new MoneyAlarms(metrics, options.log) };
    this.#refusals = new Refusals(options.log);
    this.#metrics = upstreamMetrics(metrics);
    const busy = metrics.counter(
      'weir_provider_busy_seconds_total',
      'Seconds during which at least one call to the provider was in flight',
      ['provider'],
      () => {
        for (const [provider, engine] of this.#engines) {
          busy.inc({ provider }, engine.takeBusyMicros() / 1_000_000);
        }
      },
    );
  }

  /** One attempt, whole answer. Streams underneath where the engine would otherwise not notice a cancellation. */
  call(
    deployment: Deployment,
    chat: ChatRequest,
    place: AttemptPlace,
    signal: AbortSignal,
  ): Promise<Answered> {
    if (!deployment.dialect.freesSlotOnlyOnStreams) {
      return this.#callWhole(deployment, chat, place, signal);
    }
    return lastOf(this.stream(deployment, chat, place, signal));
  }

  async #callWhole(
    deployment: Deployment,
    chat: ChatRequest,
    place: AttemptPlace,
    signal: AbortSignal,
  ): Promise<Answered> {
    const run = await this.#begin(deployment, chat, place, false);
    const { timeouts } = deployment;
    // Nothing of it is seen before all of it is, so the first token's time is that of the whole.
    const limit = this.#limitOf(place, Math.min(timeouts.firstTokenMs, timeouts.totalMs), TOO_SLOW);
    if (run.exchange) return this.#callHeardOut(run, run.exchange, limit, signal);
    try {
      const reply = await this.#fetchWhole(run, limit, signal);
      return this.#answered(run, reply);
    } catch (error) {
      throw this.#fail(run, error);
    }
  }

  /** The same where the answer is paid for, whoever waits for it. */
  async #callHeardOut(
    run: Run,
    exchange: AbortController,
    { afterMs, fault }: ExchangeTimeout,
    signal: AbortSignal,
  ): Promise<Answered> {
    using patience = withDeadline(signal, afterMs);
    const limit = { afterMs: afterMs + this.#options.drains.maxMs, fault };
    const fetched = this.#fetchWhole(run, limit, exchange.signal);
    try {
      return this.#answered(run, await unlessAborted(fetched, patience.signal));
    } catch (error) {
      const isLate = error === patience.signal.reason && !signal.aborted;
      const rest = patience.signal.aborted ? () => fetched : undefined;
      throw this.#leave(run, isLate ? fault() : error, rest);
    }
  }

  async #fetchWhole(run: Run, limit: ExchangeTimeout, signal: AbortSignal): Promise<ChatReply> {
    const { adapter } = run.deployment.dialect;
    const request = await exchangeRequest(run, false, signal);
    const answer = await run.endpoint.transport.fetchText(request, limit, signal);
    if (answer.status !== 200) {
      const fault = adapter.toFault(answer.status, answer.body, retryAfterMs(answer.headers));
      run.free = isFree(fault, run.deployment);
      throw fault;
    }
    const { reply, ...told } = wholeReply(run, answer.body);
    run.attempt.begin();
    hear(run, told, seenOf(reply));
    return reply;
  }

  /**
   * One attempt, as it is made. Leaving the generator early aborts the call and settles it as cancelled; or, where that
   * saves nothing, hears it out behind the caller's back. A stream that ends without finish reason or terminator is a
   * failure, never an end.
   */
  async *stream(
    deployment: Deployment,
    chat: ChatRequest,
    place: AttemptPlace,
    signal: AbortSignal,
  ): AsyncGenerator<ChatDelta, Answered, undefined> {
    const run = await this.#begin(deployment, chat, place, true);
    const { timeouts } = deployment;
    using watchdog = new Watchdog(signal, {
      first: this.#limitOf(place, timeouts.firstTokenMs, TOO_LATE),
      idleMs: timeouts.idleMs,
      total: this.#limitOf(place, timeouts.totalMs, TOO_LONG),
    });
    const state = new StreamState();
    run.heard = state;
    const deltas = this.#deltas(run, state, watchdog);
    const rest = () => heardOut(deltas);
    let settled = false;
    try {
      while (true) {
        const next = deltas.next();
        const step = await (run.exchange ? unlessAborted(next, watchdog.signal) : next);
        if (step.done) break;
        yield step.value;
      }
      const reply = state.reply();
      // A provider that keeps its connection open past the terminator must not keep it from others.
      setTimeout(() => (run.exchange ?? watchdog).abort(LINGERED), LINGER_MS).unref();
      settled = true;
      return this.#answered(run, reply);
    } catch (error) {
      settled = true;
      const isLeft = watchdog.signal.aborted;
      // Where the answer broke off within itself, its provider may be going on with it.
      watchdog.abort(error);
      throw this.#leave(run, error, isLeft ? rest : undefined);
    } finally {
      if (!settled) {
        const left = new Fault('cancelled', 'The answer was no longer wanted.');
        watchdog.abort(left);
        this.#leave(run, left, rest);
      }
    }
  }

  /** What the provider says, as it says it; all that it tells beside its answer goes into `state` and `run`. */
  async *#deltas(
    run: Run,
    state: StreamState,
    watchdog: Watchdog,
  ): AsyncGenerator<ChatDelta, void, undefined> {
    const { adapter } = run.deployment.dialect;
    const { signal } = run.exchange ?? watchdog;
    const request = await exchangeRequest(run, true, signal);
    const answer = await run.endpoint.transport.fetchStream(request, signal);
    if (answer.status !== 200) {
      run.free = true;
      const body = await readText(answer.chunks);
      const fault = adapter.toFault(answer.status, body, retryAfterMs(answer.headers));
      run.free = isFree(fault, run.deployment);
      throw fault;
    }
    const parser = parserFor(answer.headers['content-type'], this.#options.maxEventCharacters);
    const reader = adapter.reader();
    const read = function* (texts: readonly string[]): Generator<ChatDelta> {
      for (const text of texts) {
        if (state.done) return;
        for (const event of reader.read(text)) {
          if (event.type === 'identity') run.attempt.identify(event);
          const delta = state.take(event);
          if (!delta) continue;
          run.attempt.begin();
          if (!watchdog.signal.aborted) watchdog.progress();
          yield delta;
        }
      }
    };
    for await (const chunk of answer.chunks) {
      yield* read(parser.push(chunk));
      if (state.done) return;
    }
    yield* read(parser.end());
  }

  /**
   * A provider's time, cut short by the request's deadline. `message` blames the provider, where it had half of its time
   * at least: how much a request has is for its caller to say, and one in a hurry must not close a provider to others.
   */
  #limitOf(place: AttemptPlace, limitMs: number, message: string): ExchangeTimeout {
    const leftMs = Math.max(0, place.context.deadlineAtMs - this.#options.clock.monotonicMs());
    const isFair = leftMs >= limitMs / 2;
    const fault = isFair ? () => new TooSlow(message) : outOfTime;
    return { afterMs: Math.min(limitMs, leftMs), fault };
  }

  async #begin(
    deployment: Deployment,
    chat: ChatRequest,
    place: AttemptPlace,
    stream: boolean,
  ): Promise<Run> {
    const endpoint = this.#endpoint(deployment);
    let leave: Run['leave'] | undefined;
    try {
      // What cannot be said is no attempt: nothing is sent and nothing can cost.
      const call = deployment.dialect.adapter.toCall(limited(chat, deployment), deployment, stream);
      const dropped = checkDropped(call.dropped, deployment.unsupportedParameters);
      leave = endpoint.breaker.enter();
      const attempt = new Attempt(place, chat, deployment, this.#money);
      await attempt.open();
      const { traceparent } = place.context;
      const exchange = deployment.onCancel === 'drain' ? new AbortController() : undefined;
      const heard = { report: undefined, refused: undefined, seen: NOTHING_SEEN };
      return {
        endpoint,
        attempt,
        leave,
        deployment,
        call,
        dropped,
        traceparent,
        exchange,
        heard,
        free: false,
        entered: undefined,
      };
    } catch (error) {
      leave?.('neutral');
      throw new AttemptFailed(Fault.from(error));
    }
  }

  #endpoint(deployment: Deployment): Endpoint {
    const known = this.#endpoints.get(deployment.name);
    if (known) return known;
    const base = new URL(deployment.baseUrl);
    const gauge = this.#metrics.breakers.labels(deployment.name);
    gauge.set(0);
    const endpoint: Endpoint = {
      basePath: base.pathname.replace(/\/$/, ''),
      transport: new Transport(base.origin, {
        connectMs: deployment.timeouts.connectMs,
        maxConnections: deployment.maxConnections,
      }),
      breaker: new Breaker(deployment.breaker, (state) => gauge.set(state === 'closed' ? 0 : 1)),
      engine: this.#engine(deployment.provider),
    };
    this.#endpoints.set(deployment.name, endpoint);
    return endpoint;
  }

  #engine(provider: string): EngineTime {
    const known = this.#engines.get(provider);
    if (known) return known;
    const engine = new EngineTime(this.#options.clock);
    this.#engines.set(provider, engine);
    return engine;
  }

  #answered(run: Run, reply: ChatReply): Answered {
    run.leave('success');
    this.#options.onAnswered?.(run.deployment.name, run.attempt.identity);
    return { reply, attempt: this.#settle(run, undefined), dropped: run.dropped };
  }

  #fail(run: Run, error: unknown): AttemptFailed {
    const fault = callFault(error);
    run.leave(outcomeFor(fault));
    return new AttemptFailed(fault, this.#settle(run, fault));
  }

  /**
   * The end of a call that did not end well. `rest` is there where the provider may still be at it: it is heard out, if
   * that is this deployment's way, and the attempt settled after it; the breaker and the caller are told now.
   */
  #leave(run: Run, error: unknown, rest: (() => Promise<unknown>) | undefined): AttemptFailed {
    const { exchange, deployment } = run;
    const mayDrain = exchange && rest && run.entered !== undefined;
    if (!mayDrain || !this.#drains.hasRoom) {
      exchange?.abort(error);
      if (mayDrain) this.#metrics.drained.inc({ deployment: deployment.name, outcome: 'refused' });
      return this.#fail(run, error);
    }
    const fault = callFault(error);
    run.leave(outcomeFor(fault));
    this.#drains.add(exchange, rest(), () => {
      const { provenance } = this.#settle(run, fault);
      const outcome = provenance === 'lower_bound' ? 'cut' : 'reported';
      this.#metrics.drained.inc({ deployment: deployment.name, outcome });
    });
    return new AttemptFailed(fault, run.attempt.foresee(endOf(run, fault)));
  }

  #settle(run: Run, fault: Fault | undefined): AttemptSettled {
    const deployment = run.deployment.name;
    const gpuTime = run.endpoint.engine.leave(run.entered, deployment);
    const attempt = run.attempt.settle(endOf(run, fault), gpuTime);
    if (fault) this.#refusals.tell(deployment, fault);
    this.#metrics.attempts.inc({ deployment, outcome: attempt.outcome });
    if (attempt.firstTokenMs !== null) {
      this.#metrics.firstToken.observe({ deployment }, attempt.firstTokenMs);
    }
    const speculation = run.heard.report?.speculation;
    if (speculation) {
      const { speculated } = this.#metrics;
      speculated.inc({ deployment, outcome: 'guessed' }, speculation.guessed);
      speculated.inc({ deployment, outcome: 'accepted' }, speculation.accepted);
    }
    return attempt;
  }

  /** Hears out what it has begun to, for so long, and takes no more. For the end of a process. */
  finishDrains(withinMs: number): Promise<void> {
    return this.#drains.finish(withinMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#drains[Symbol.asyncDispose]();
    for (const { transport, breaker } of this.#endpoints.values()) {
      breaker[Symbol.dispose]();
      await transport[Symbol.asyncDispose]();
    }
  }
}

const TOO_SLOW = 'The provider did not answer in time.';
const TOO_LATE = 'The provider did not begin its answer in time.';
const TOO_LONG = 'The provider did not finish its answer in time.';

function outOfTime(): Fault {
  return new Fault('deadline_exceeded', 'The request ran out of time.');
}

async function heardOut(deltas: AsyncGenerator<ChatDelta, void, undefined>): Promise<void> {
  for await (const _delta of deltas);
}

async function lastOf(stream: AsyncGenerator<ChatDelta, Answered>): Promise<Answered> {
  while (true) {
    const step = await stream.next();
    if (step.done) return step.value;
  }
}

function wholeReply(run: Run, body: string): ProviderReply {
  try {
    return run.deployment.dialect.adapter.fromBody(body);
  } catch (error) {
    if (error instanceof BrokenReply) hear(run, error.told, NOTHING_SEEN);
    throw error;
  }
}

function hear(run: Run, told: BrokenReply['told'], seen: Seen): void {
  const { report, refusedUsage: refused } = told;
  run.attempt.identify(told);
  run.heard = { report, refused, seen };
}

/** Error bodies are read for their machine words only. */
const MAX_ERROR_BYTES = 64 * 1024;

function seenOf(reply: ChatReply): Seen {
  let characters =
    reply.text.length + (reply.refusal?.length ?? 0) + (reply.reasoning?.length ?? 0);
  for (const call of reply.toolCalls) characters += call.arguments.length;
  return { tokens: reply.tokens?.length ?? 0, characters };
}

/** Every call is finite: the caller's limit, or the deployment's, whichever is smaller. */
function limited(chat: ChatRequest, deployment: Deployment): ChatRequest {
  const limit = deployment.maxOutputTokens;
  const asked = chat.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  return asked <= limit ? chat : { ...chat, maxOutputTokens: limit };
}

async function readText(chunks: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(parts).toString();
}
