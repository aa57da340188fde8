import {
  deltasOf,
  Fault,
  type InferenceCall,
  type InferenceEnd,
  type InferenceEvent,
} from '@weir/core';
import { turnEnd } from '@weir/runtime';
import { retirementHeaders } from '../retirement-headers.ts';
import { parseJson, readBody } from './body.ts';
import { type CompletionRequest, completionRequest } from './chat-request.ts';
import { completionBody, droppedIn, reportHeaders } from './chat-response.ts';
import { ChunkWriter } from './chat-stream.ts';
import type { HttpContext, KeyedExchange } from './context.ts';
import { EventStream } from './event-stream.ts';
import { type IdempotencyScope, idempotencyScope } from './idempotency.ts';
import { mergedEvents } from './merged-events.ts';
import { tellIgnored, tellRate } from './telling-headers.ts';

/** One chat completion, from the parsed request to the last byte of its answer. */
interface Job {
  readonly exchange: KeyedExchange;
  readonly context: HttpContext;
  readonly asked: CompletionRequest;
  readonly scope: IdempotencyScope | undefined;
  readonly createdS: number;
}

/** `POST /v1/chat/completions`. */
export async function chatCompletions(
  exchange: KeyedExchange,
  context: HttpContext,
): Promise<void> {
  const { request, key } = exchange;
  const body = await readBody(request, context.limits.maxBodyBytes);
  // Under load, what has come is read first, then worked on, and answers leave together: that each of these is done in
  // one go, and readers are woken once, saves a seventh of the CPU time. Alone, a request waits for nobody.
  await turnEnd();
  const asked = completionRequest(parseJson(body), context.limits);
  const scope = idempotencyScope(key, header(request.headers['idempotency-key']), body);
  using admitted = context.admission.enter(key, asked.model);
  tellIgnored(exchange.headers, asked.ignored);
  tellRate(exchange.headers, admitted.rate);
  const { retirement } = context.models.get(asked.model) ?? {};
  if (retirement) {
    Object.assign(exchange.headers, retirementHeaders(retirement, context.clock.nowMs()));
  }
  const createdS = Math.floor(context.clock.nowMs() / 1000);
  const job: Job = { exchange, context, asked, scope, createdS };
  if (asked.stream) await streamed(job);
  else await whole(job);
}

async function whole(job: Job): Promise<void> {
  const { exchange, asked, scope, createdS } = job;
  const ends = scope ? await onceFor(scope, job) : await completed(job);
  const body = completionBody({
    id: `chatcmpl-${exchange.requestId}`,
    createdS,
    model: asked.model,
    ends,
    wantsLogprobs: asked.wantsLogprobs,
    report: asked.report,
  });
  const { response, headers } = exchange;
  headers['content-type'] = 'application/json';
  headers['content-length'] = Buffer.byteLength(body);
  Object.assign(headers, reportHeaders(ends));
  const dropped = droppedIn(ends);
  if (dropped.length > 0) tellIgnored(headers, [...asked.ignored, ...dropped]);
  await turnEnd();
  response.writeHead(200, headers).end(body);
}

/** Every choice, or none. */
async function completed(job: Job): Promise<readonly InferenceEnd[]> {
  const { inference } = job.context;
  if (job.asked.choices === 1) {
    return [await inference.complete(callOf(job, 0), job.exchange.signal)];
  }
  const { signal, giveUp } = choicesOf(job);
  try {
    return await Promise.all(callsOf(job).map((call) => inference.complete(call, signal)));
  } catch (thrown) {
    giveUp();
    throw thrown;
  }
}

async function streamed(job: Job): Promise<void> {
  const { exchange, context, asked, scope, createdS } = job;
  const ends = Promise.withResolvers<readonly InferenceEnd[]>();
  ends.promise.catch(() => {});
  const kept = scope && (await keptAnswer(scope, job, ends.promise));
  const { signal, giveUp } = choicesOf(job);
  const streams = kept
    ? kept.map(replayed)
    : callsOf(job).map((call) => context.inference.stream(call, signal));
  const writer = new ChunkWriter({
    id: `chatcmpl-${exchange.requestId}`,
    createdS,
    model: asked.model,
    includeUsage: asked.includeUsage,
    wantsLogprobs: asked.wantsLogprobs,
    report: asked.report,
  });
  using events = new EventStream(exchange.response, exchange.headers, context.limits);
  try {
    ends.resolve(await events.send(mergedEvents(streams, giveUp), writer));
  } catch (thrown) {
    ends.reject(thrown);
    if (!events.open) throw thrown;
    events.fail(Fault.from(thrown));
  }
  events.end();
}

/** The answer that this Idempotency-Key has, or is given now. */
async function onceFor(scope: IdempotencyScope, job: Job): Promise<readonly InferenceEnd[]> {
  const own = Promise.withResolvers<readonly InferenceEnd[]>();
  const kept = await keptAnswer(scope, job, own.promise);
  if (kept) return kept;
  own.resolve(completed(job));
  return own.promise;
}

/**
 * The answer that this Idempotency-Key already has; undefined when this request is the one to make it. Then `own` is
 * kept as the answer to come, in the same step in which nothing was found: another request may be just behind, and both
 * would find nothing.
 */
async function keptAnswer(
  scope: IdempotencyScope,
  { context, exchange }: Job,
  own: Promise<readonly InferenceEnd[]>,
): Promise<readonly InferenceEnd[] | undefined> {
  for (;;) {
    const kept = context.idempotency.find(scope);
    if (!kept) {
      context.idempotency.keep(scope, own);
      return undefined;
    }
    try {
      const ends = await kept;
      // Told again, not made again: what its headers say it cost was paid the first time.
      exchange.headers['x-weir-repeated'] = 'true';
      return ends;
    } catch (thrown) {
      // The first caller left; its answer was given up for it, not for this one.
      if (Fault.from(thrown).kind !== 'cancelled' || exchange.signal.aborted) throw thrown;
    }
  }
}

async function* replayed(end: InferenceEnd): AsyncGenerator<InferenceEvent, void, undefined> {
  yield* deltasOf(end.reply);
  yield { type: 'end', end };
}

interface Choices {
  readonly signal: AbortSignal;
  readonly giveUp: () => void;
}

/** What the choices of a request share: when one fails, the others are given up rather than paid for. */
function choicesOf({ exchange, asked }: Job): Choices {
  if (asked.choices === 1) return { signal: exchange.signal, giveUp: () => {} };
  const given = new AbortController();
  return {
    signal: AbortSignal.any([exchange.signal, given.signal]),
    giveUp: () => given.abort(new DOMException('The choice was given up.', 'AbortError')),
  };
}

/** One cascade per choice: each is judged, and paid for, by itself. */
function callsOf(job: Job): InferenceCall[] {
  return Array.from({ length: job.asked.choices }, (_value, choice) => callOf(job, choice));
}

function callOf({ exchange, asked }: Job, choice: number): InferenceCall {
  const { model, chat, expect, timeoutMs, tags } = asked;
  return {
    principal: { tenant: exchange.key.tenant, keyId: exchange.key.keyId },
    requestId: choice === 0 ? exchange.requestId : `${exchange.requestId}-${choice}`,
    model,
    chat,
    expect,
    timeoutMs,
    tags,
    traceparent: header(exchange.request.headers['traceparent']),
  };
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
