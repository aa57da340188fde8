import {
  type CompleteRequest,
  InferenceService as definition,
  type StreamCompleteRequest,
  type StreamCompleteResponse,
} from '@weir/contracts';
import {
  Fault,
  type Inference,
  type InferenceCall,
  type InferenceEnd,
  type InferenceEvent,
  type Principal,
  type RequestLimits,
  type Verdict,
} from '@weir/core';
import {
  chatFromWire,
  deltaToWire,
  expectFromWire,
  inferenceEndToWire,
  verdictToWire,
} from '@weir/wire';
import { checkChat, checkExpectations, checkTags } from './chat-limits.ts';
import type { CallInfo } from './method.ts';
import { type RpcServer, stream, unary } from './server.ts';

/** Who may come in, and how long they may stay: the same rules for every face. */
export interface Door<K extends Principal> {
  authenticate(authorization: string | undefined): K;
  /** Throws when the key may not use the model, or not now. `model` is undefined for what is asked of no model. */
  admit(key: K, model: string | undefined): Disposable;
  newRequestId(): string;
  /** What callers of this model should know before its answer: metadata, as the HTTP face has headers. */
  notices(model: string): Readonly<Record<string, string>>;
  readonly limits: RequestLimits;
}

/** The gRPC face of the whole service. */
export function serveInference<K extends Principal>(
  server: RpcServer,
  inference: Inference,
  door: Door<K>,
): void {
  const complete = unary(definition.complete, async (request, info) => {
    const { call, place } = enter(request, info, door);
    using _place = place;
    tellNotices(call, info, door);
    const end = await inference.complete(call, info.signal);
    return { end: inferenceEndToWire(toldEnd(end, call)) };
  });
  const streamComplete = stream(definition.streamComplete, async function* (request, info) {
    const { call, place } = enter(request, info, door);
    using _place = place;
    tellNotices(call, info, door);
    for await (const event of inference.stream(call, info.signal)) {
      yield eventToWire(toldEvent(event, call));
    }
  });
  const feedback = unary(definition.feedback, async (request, info) => {
    const key = door.authenticate(info.authorization);
    const { requestId, score } = request;
    if (requestId === '' || requestId.length > MAX_REQUEST_ID_CHARACTERS) {
      const most = MAX_REQUEST_ID_CHARACTERS;
      throw invalid('request_id', `"request_id" must have 1 to ${most} characters.`);
    }
    // Written so that what is no number is out of range; what is missing must not pass for a thumb down.
    if (score === undefined || !(score >= 0 && score <= 1)) {
      throw invalid('score', '"score" must be between 0 and 1.');
    }
    using _place = door.admit(key, undefined);
    const principal = { tenant: key.tenant, keyId: key.keyId };
    // Awaited here, so that the place is kept until it is done.
    return await inference.feedback({ principal, requestId, score }, info.signal);
  });
  server.add(definition, { unary: [complete, feedback], streams: [streamComplete] }, false);
}

/** A tenant's name, and what its callers may add to it. */
const MAX_REQUEST_ID_CHARACTERS = 128;

function enter<K extends Principal>(
  request: CompleteRequest | StreamCompleteRequest,
  info: CallInfo,
  door: Door<K>,
): { call: InferenceCall; place: Disposable } {
  const key = door.authenticate(info.authorization);
  const chat = chatFromWire(request.chat);
  if (request.model === '') throw invalid('model', 'The request names no model.');
  checkChat(chat, door.limits);
  const expect = expectFromWire(request.expect);
  checkExpectations(expect);
  checkTags(request.tags, door.limits);
  if (!/^[\w-]{0,64}$/.test(request.requestId)) {
    throw invalid('request_id', 'A request id has at most 64 letters, digits, _ and -.');
  }
  const call: InferenceCall = {
    principal: { tenant: key.tenant, keyId: key.keyId },
    // Prefixed by the tenant: one tenant's ids must not meet another's.
    requestId: request.requestId ? `${key.tenant}-${request.requestId}` : door.newRequestId(),
    model: request.model,
    chat,
    expect,
    timeoutMs: info.remainingMs,
    tags: request.tags,
    traceparent: info.traceparent,
  };
  return { call, place: door.admit(key, request.model) };
}

function tellNotices<K extends Principal>(
  { model }: InferenceCall,
  info: CallInfo,
  door: Door<K>,
): void {
  const notices = door.notices(model);
  if (Object.keys(notices).length > 0) info.tell?.(notices);
}

/** A draft's log-probabilities are the scorer's evidence; who did not ask for any is not sent them. */
function toldEnd(end: InferenceEnd, { chat }: InferenceCall): InferenceEnd {
  const told = { ...end, verdict: end.verdict && toldVerdict(end.verdict) };
  if (chat.topLogprobs !== undefined || !end.reply.tokens) return told;
  return { ...told, reply: { ...end.reply, tokens: undefined } };
}

/** What a verdict asks of the gateway, a judge's prompt for instance, is between services. */
function toldVerdict({ buy: _bought, shadowChance: _drawn, ...told }: Verdict): Verdict {
  return told;
}

function toldEvent(event: InferenceEvent, call: InferenceCall): InferenceEvent {
  if (event.type === 'end') return { ...event, end: toldEnd(event.end, call) };
  if (event.type !== 'text-delta' || call.chat.topLogprobs !== undefined) return event;
  return event.tokens ? { ...event, tokens: undefined } : event;
}

function eventToWire(event: InferenceEvent): StreamCompleteResponse {
  switch (event.type) {
    case 'verdict':
      return { event: { $case: 'verdict', value: verdictToWire(toldVerdict(event.verdict)) } };
    case 'end':
      return { event: { $case: 'end', value: inferenceEndToWire(event.end) } };
    default:
      return { event: { $case: 'delta', value: deltaToWire(event) } };
  }
}

function invalid(param: string, message: string): Fault {
  return new Fault('invalid_request', message, { param });
}
