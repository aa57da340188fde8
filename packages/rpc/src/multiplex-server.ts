import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import type { CallFrame, OpenRequest, OpenResponse, ReplyFrame } from '@weir/contracts';
import { FailedCall, Fault } from '@weir/core';
import { encodeStatus, statusOf } from '@weir/wire';
import { Batched } from './batched.ts';
import { replyBytes } from './frame-bytes.ts';
import type { Method, Unary } from './method.ts';
import { MAX_TIMER_MS } from './timer-limit.ts';

type Bytes = (request: Buffer, signal: AbortSignal, timeoutMs: number) => Promise<Buffer>;

interface Limits {
  /** In progress per stream; further ones are refused. */
  readonly maxCallsPerStream: number;
  readonly maxMessageBytes: number;
  readonly onInternal: (fault: Fault) => void;
}

/** One caller's stream. It ends from this side when the server drains and there is nothing left to answer. */
interface Open {
  readonly calls: Map<number, AbortController>;
  readonly replies: Batched<ReplyFrame>;
  readonly endIfIdle: () => void;
}

/** Unary methods by their full name, callable over one stream. */
export class MultiplexServer {
  readonly #methods = new Map<string, Bytes>();
  readonly #limits: Limits;
  readonly #open = new Set<Open>();
  #draining = false;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Refuses new calls, and ends each stream once its last call is answered. */
  drain(): void {
    this.#draining = true;
    // After the replies of this turn, which travel at its end.
    setImmediate(() => {
      for (const { endIfIdle } of this.#open) endIfIdle();
    });
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
    let ended = false;
    const endIfIdle = () => {
      if (!this.#draining || calls.size > 0 || ended) return;
      ended = true;
      endOf(stream);
    };
    const send = (frames: ReplyFrame[]) => {
      if (!stream.destroyed && stream.writable) stream.write({ frames });
      endIfIdle();
    };
    const replies = new Batched(send, replyBytes, this.#limits.maxMessageBytes);
    const open: Open = { calls, replies, endIfIdle };
    this.#open.add(open);
    stream.on('data', ({ frames }: OpenRequest) => {
      // What comes after the end could not be answered, so it is not begun.
      if (!ended) for (const frame of frames) this.#take(frame, open);
    });
    const abortAll = () => {
      this.#open.delete(open);
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

  #take({ callId, frame }: CallFrame, { calls, replies, endIfIdle }: Open): void {
    if (frame?.$case === 'cancel') {
      calls.get(callId)?.abort(gone());
      calls.delete(callId);
      endIfIdle();
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
    if (this.#draining) {
      refuse(new Fault('unavailable', 'This service is about to stop.'));
      return;
    }
    if (calls.size >= this.#limits.maxCallsPerStream) {
      refuse(new Fault('overloaded', 'Too many calls are in progress on this stream.'));
      return;
    }
    const call = new AbortController();
    calls.set(callId, call);
    const timer = setTimeout(
      () => call.abort(new DOMException('The time is up.', 'TimeoutError')),
      Math.min(timeoutMs, MAX_TIMER_MS),
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
      const value = await handle(request, signal, timeoutMs);
      const frame = { $case: 'response', value } as const;
      if (replyBytes({ callId: 0, frame }) <= this.#limits.maxMessageBytes) return frame;
      throw new Fault('payload_too_large', 'The answer of another service is too large.');
    } catch (thrown) {
      const { fault, attempts } = FailedCall.from(thrown);
      if (fault.kind === 'internal') this.#limits.onInternal(fault);
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
