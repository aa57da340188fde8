import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import type { CallFrame, OpenRequest, OpenResponse, ReplyFrame } from '@weir/contracts';
import { FailedCall, Fault } from '@weir/core';
import { encodeStatus, statusOf } from '@weir/wire';
import { Batched } from './batched.ts';
import type { Method, Unary } from './method.ts';

type Bytes = (request: Buffer, signal: AbortSignal, timeoutMs: number) => Promise<Buffer>;

/** Unary methods by their full name, callable over one stream. */
export class MultiplexServer {
  readonly #methods = new Map<string, Bytes>();
  readonly #maxCalls: number;

  /** At most `maxCalls` in progress per stream; further ones are refused. */
  constructor(maxCalls: number) {
    this.#maxCalls = maxCalls;
  }

  add<Req, Res>(method: Method<Req, Res>, handle: Unary<Req, Res>): void {
    this.#methods.set(method.path, async (bytes, signal, timeoutMs) => {
      const request = method.requestDeserialize(bytes);
      const info = {
        signal,
        authorization: undefined,
        traceparent: undefined,
        remainingMs: timeoutMs,
      };
      return method.responseSerialize(await handle(request, info));
    });
  }

  readonly open: handleBidiStreamingCall<OpenRequest, OpenResponse> = (stream) => {
    const calls = new Map<number, AbortController>();
    const replies = new Batched<ReplyFrame>((frames) => {
      if (!stream.destroyed && stream.writable) stream.write({ frames });
    });
    stream.on('data', ({ frames }: OpenRequest) => {
      for (const frame of frames) this.#take(frame, calls, replies);
    });
    const abortAll = () => {
      for (const call of calls.values()) call.abort(gone());
      calls.clear();
    };
    stream.on('end', () => {
      abortAll();
      endOf(stream);
    });
    stream.on('cancelled', abortAll);
    stream.on('error', abortAll);
  };

  #take(
    { callId, frame }: CallFrame,
    calls: Map<number, AbortController>,
    replies: Batched<ReplyFrame>,
  ): void {
    if (frame?.$case === 'cancel') {
      calls.get(callId)?.abort(gone());
      calls.delete(callId);
      return;
    }
    if (frame?.$case !== 'call') return;
    const refuse = (fault: Fault) =>
      replies.push({ callId, frame: { $case: 'status', value: encodeStatus(statusOf(fault)) } });
    const { method, request, timeoutMs } = frame.value;
    const handle = this.#methods.get(method);
    if (!handle) {
      refuse(new Fault('route_not_found', `There is no method ${method} here.`));
      return;
    }
    if (calls.size >= this.#maxCalls) {
      refuse(new Fault('overloaded', 'Too many calls are in progress on this stream.'));
      return;
    }
    const call = new AbortController();
    calls.set(callId, call);
    const timer = setTimeout(
      () => call.abort(new DOMException('The time is up.', 'TimeoutError')),
      timeoutMs,
    );
    void this.#answer(handle, request, call.signal, timeoutMs).then((value) => {
      clearTimeout(timer);
      // A call that was given up is not answered.
      if (calls.delete(callId)) replies.push({ callId, frame: value });
    });
  }

  async #answer(
    handle: Bytes,
    request: Buffer,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<ReplyFrame['frame']> {
    try {
      return { $case: 'response', value: await handle(request, signal, timeoutMs) };
    } catch (thrown) {
      const { fault, attempts } = FailedCall.from(thrown);
      return { $case: 'status', value: encodeStatus(statusOf(fault, attempts)) };
    }
  }
}

function endOf(stream: ServerDuplexStream<OpenRequest, OpenResponse>): void {
  if (!stream.destroyed) stream.end();
}

function gone(): DOMException {
  return new DOMException('The caller gave the call up.', 'AbortError');
}
