import type { IncomingHttpHeaders } from 'node:http';
import {
  type AttemptSettled,
  type ChatDelta,
  type ChatReply,
  type ChatRequest,
  type Clock,
  Fault,
  type Journal,
  type UsageReport,
} from '@weir/core';
import type { PriceBook } from '@weir/pricing';
import { type ProviderCall, parserFor } from '@weir/providers';
import { LATENCY_BUCKETS_MS, type Metrics } from '@weir/runtime';
import { Attempt, type AttemptEnd, type AttemptPlace, type Seen } from './attempt.ts';
import { Breaker, type CallOutcome } from './breaker.ts';
import type { Deployment } from './deployment.ts';
import { checkDropped } from './dropped.ts';
import { StreamState } from './stream-state.ts';
import {
  ExchangeFailed,
  type ExchangeRequest,
  type StreamedAnswer,
  Transport,
} from './transport.ts';
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
  readonly maxEventCharacters: number;
}

interface Endpoint {
  readonly transport: Transport;
  readonly breaker: Breaker;
  /** Of the base URL, without a slash at its end. */
  readonly basePath: string;
}

/** The one place that calls a provider. Everything it does is an attempt: opened, timed, settled. */
export class Upstream implements AsyncDisposable {
  readonly #options: UpstreamOptions;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #attempts;
  readonly #firstToken;
  readonly #breakers;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    const labels = ['deployment', 'outcome'] as const;
    const { metrics } = options;
    this.#attempts = metrics.counter(
      'weir_upstream_attempts_total',
      'Upstream calls by outcome',
      labels,
    );
    this.#firstToken = metrics.histogram(
      'weir_upstream_first_token_ms',
      'Time to the first token, or to the whole answer of calls that do not stream',
      ['deployment'],
      LATENCY_BUCKETS_MS,
    );
    this.#breakers = metrics.gauge(
      'weir_breaker_open',
      '1 while the breaker of a deployment is not closed',
      ['deployment'],
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
    const { adapter } = deployment.dialect;
    let free = false;
    try {
      const answer = await run.endpoint.transport.fetchText(
        await authorized(run, this.#request(run, false), signal),
        {
          // Nothing of it is seen before all of it is, so the first token's time is that of the whole.
          afterMs: this.#timeLeftMs(place, Math.min(timeouts.firstTokenMs, timeouts.totalMs)),
          fault: () => new Fault('deadline_exceeded', 'The provider did not answer in time.'),
        },
        signal,
      );
      if (answer.status !== 200) {
        free = true;
        throw adapter.toFault(answer.status, answer.body, retryAfterMs(answer.headers));
      }
      const { reply, report, model, upstreamId } = adapter.fromBody(answer.body);
      run.attempt.begin();
      run.attempt.identify({ model, upstreamId });
      const attempt = this.#end(run, { type: 'completed', report, seen: seenOf(reply) });
      return { reply, attempt, dropped: run.dropped };
    } catch (error) {
      throw this.#fail(run, error, { free, report: undefined, seen: NOTHING_SEEN });
    }
  }

  /**
   * One attempt, as it is made. Leaving the generator early aborts the call and settles it as cancelled. A stream that
   * ends without finish reason or terminator is a failure, never an end.
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
      ...timeouts,
      totalMs: this.#timeLeftMs(place, timeouts.totalMs),
    });
    const state = new StreamState();
    let free = false;
    let settled = false;
    try {
      const answer = await run.endpoint.transport.fetchStream(
        await authorized(run, this.#request(run, true), watchdog.signal),
        watchdog.signal,
      );
      if (answer.status !== 200) {
        free = true;
        const body = await readText(answer.chunks);
        throw deployment.dialect.adapter.toFault(answer.status, body, retryAfterMs(answer.headers));
      }
      for await (const delta of this.#deltas(deployment, answer, state, run, watchdog)) yield delta;
      const reply = state.reply();
      // A provider that keeps its connection open past the terminator must not keep it from others.
      setTimeout(() => watchdog.abort(LINGERED), LINGER_MS).unref();
      settled = true;
      const end: AttemptEnd = { type: 'completed', report: state.report, seen: state.seen };
      return { reply, attempt: this.#end(run, end), dropped: run.dropped };
    } catch (error) {
      settled = true;
      // Where the answer broke off within itself, its provider may be going on with it.
      watchdog.abort(error);
      throw this.#fail(run, error, { free, report: state.report, seen: state.seen });
    } finally {
      if (!settled) {
        const left = new Fault('cancelled', 'The answer was no longer wanted.');
        watchdog.abort(left);
        this.#fail(run, left, { free: false, report: state.report, seen: state.seen });
      }
    }
  }

  async *#deltas(
    deployment: Deployment,
    answer: StreamedAnswer,
    state: StreamState,
    run: Run,
    watchdog: Watchdog,
  ): AsyncGenerator<ChatDelta, void, undefined> {
    const { maxEventCharacters } = this.#options;
    const parser = parserFor(answer.headers['content-type'], maxEventCharacters);
    const reader = deployment.dialect.adapter.reader();
    const read = function* (texts: readonly string[]): Generator<ChatDelta> {
      for (const text of texts) {
        if (state.done) return;
        for (const event of reader.read(text)) {
          if (event.type === 'identity') run.attempt.identify(event);
          const delta = state.take(event);
          if (!delta) continue;
          run.attempt.begin();
          watchdog.progress();
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

  /** A provider's time, cut short by the request's deadline. */
  #timeLeftMs(place: AttemptPlace, limitMs: number): number {
    const leftMs = place.context.deadlineAtMs - this.#options.clock.monotonicMs();
    return Math.max(0, Math.min(limitMs, leftMs));
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
      const attempt = new Attempt(place, chat, deployment, this.#options);
      await attempt.open();
      const { traceparent } = place.context;
      return { endpoint, attempt, leave, deployment, call, dropped, traceparent };
    } catch (error) {
      leave?.('neutral');
      throw new AttemptFailed(Fault.from(error));
    }
  }

  #endpoint(deployment: Deployment): Endpoint {
    const known = this.#endpoints.get(deployment.name);
    if (known) return known;
    const base = new URL(deployment.baseUrl);
    const gauge = this.#breakers.labels(deployment.name);
    gauge.set(0);
    const endpoint: Endpoint = {
      basePath: base.pathname.replace(/\/$/, ''),
      transport: new Transport(base.origin, {
        connectMs: deployment.timeouts.connectMs,
        maxConnections: deployment.maxConnections,
      }),
      breaker: new Breaker(deployment.breaker, (state) => gauge.set(state === 'closed' ? 0 : 1)),
    };
    this.#endpoints.set(deployment.name, endpoint);
    return endpoint;
  }

  #request(run: Run, stream: boolean): ExchangeRequest {
    const { call, deployment, traceparent } = run;
    return {
      path: `${run.endpoint.basePath}${call.path}`,
      headers: {
        'content-type': 'application/json',
        accept: stream ? 'text/event-stream' : 'application/json',
        'x-client-request-id': run.attempt.opened.attemptId,
        ...deployment.headers,
        ...(traceparent && { traceparent }),
      },
      body: call.body,
      maxReplyBytes: deployment.maxReplyBytes,
    };
  }

  #end(run: Run, end: AttemptEnd): AttemptSettled {
    const attempt = run.attempt.settle(end);
    run.leave(end.type === 'completed' ? 'success' : outcomeFor(end.fault));
    this.#attempts.inc({ deployment: run.deployment.name, outcome: attempt.outcome });
    if (attempt.firstTokenMs !== null) {
      this.#firstToken.observe({ deployment: run.deployment.name }, attempt.firstTokenMs);
    }
    return attempt;
  }

  #fail(
    run: Run,
    error: unknown,
    known: { free: boolean; report: UsageReport | undefined; seen: Seen },
  ): AttemptFailed {
    const fault = toFault(error);
    const free = known.free || (error instanceof ExchangeFailed && !error.sent);
    const attempt = this.#end(run, { type: 'broken', fault, ...known, free });
    return new AttemptFailed(fault, attempt);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { transport, breaker } of this.#endpoints.values()) {
      breaker[Symbol.dispose]();
      await transport[Symbol.asyncDispose]();
    }
  }
}

interface Run {
  readonly endpoint: Endpoint;
  readonly attempt: Attempt;
  readonly deployment: Deployment;
  readonly call: ProviderCall;
  readonly dropped: readonly string[];
  readonly traceparent: string | undefined;
  readonly leave: (outcome: CallOutcome) => void;
}

/** Nothing is sent to a provider that would not know who asks. */
function authorized(
  { deployment }: Run,
  request: ExchangeRequest,
  signal: AbortSignal,
): ExchangeRequest | Promise<ExchangeRequest> {
  const { authorize } = deployment;
  if (!authorize) return request;
  const { path, headers, body } = request;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(deployment.timeouts.firstTokenMs)]);
  return authorize({ url: new URL(path, deployment.baseUrl), headers, body }, limit).then(
    (added) => ({ ...request, headers: { ...headers, ...added } }),
    (cause) => {
      if (signal.aborted) throw new ExchangeFailed(false, signal.reason);
      const fault = new Fault('upstream_auth', 'No credentials for the provider could be had.', {
        cause,
      });
      throw new ExchangeFailed(false, fault);
    },
  );
}

async function lastOf(stream: AsyncGenerator<ChatDelta, Answered>): Promise<Answered> {
  while (true) {
    const step = await stream.next();
    if (step.done) return step.value;
  }
}

const NOTHING_SEEN: Seen = { tokens: 0, characters: 0 };
const LINGER_MS = 1000;
const LINGERED = new Error('the provider kept the connection open after its answer');
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

/** Milliseconds first, as OpenAI sends them; then seconds or a date, as HTTP has them. */
function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const ms = Number.parseFloat(String(headers['retry-after-ms'] ?? ''));
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const text = String(headers['retry-after'] ?? '');
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  const served = Date.parse(String(headers.date ?? ''));
  return Number.isFinite(date - served) ? Math.max(0, date - served) : undefined;
}

function toFault(error: unknown): Fault {
  const cause = error instanceof ExchangeFailed ? error.cause : error;
  if (cause instanceof Fault) return cause;
  const classified = Fault.from(cause);
  // A socket error is the provider's failure; an abort or a bug is what it says it is.
  if (error instanceof ExchangeFailed && classified.kind === 'internal') {
    return new Fault('upstream_unavailable', 'The connection to the provider failed.', { cause });
  }
  return classified;
}

/** Whose fault it was, for the breaker. */
function outcomeFor(fault: Fault): CallOutcome {
  switch (fault.kind) {
    case 'cancelled':
    case 'invalid_request':
    case 'context_overflow':
    case 'internal':
      return 'neutral';
    default:
      return 'failure';
  }
}
