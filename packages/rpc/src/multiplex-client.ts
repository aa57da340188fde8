import { type ClientDuplexStream, status } from '@grpc/grpc-js';
import type {
  CallFrame,
  MultiplexClient,
  OpenRequest,
  OpenResponse,
  ReplyFrame,
} from '@weir/contracts';
import { Status } from '@weir/contracts';
import { Fault } from '@weir/core';
import { failureFrom } from '@weir/wire';
import { Batched } from './batched.ts';
import { callBytes } from './frame-bytes.ts';
import type { Method } from './method.ts';
import { MAX_TIMER_MS } from './timer-limit.ts';

/** How much longer than its deadline an answer may take on its way. */
const GRACE_MS = 100;

interface Pending {
  readonly resolve: (response: Buffer) => void;
  readonly reject: (failure: Error) => void;
}

interface Limits {
  readonly maxCallsPerStream: number;
  readonly maxMessageBytes: number;
}

/**
 * The calling end of one long-lived stream, opened at the first call and again after it broke. Calls in flight when it
 * breaks fail: they may have cost money, so nobody here repeats them.
 */
export class MultiplexCaller {
  readonly #client: MultiplexClient;
  readonly #limits: Limits;
  readonly #pending = new Map<number, Pending>();
  readonly #frames: Batched<CallFrame>;
  #stream: ClientDuplexStream<OpenRequest, OpenResponse> | undefined;
  #lastId = 0;

  constructor(client: MultiplexClient, limits: Limits) {
    this.#client = client;
    this.#limits = limits;
    this.#frames = new Batched((frames) => this.#send(frames), callBytes, limits.maxMessageBytes);
  }

  async call<Req, Res>(
    method: Method<Req, Res>,
    request: Req,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Res> {
    signal.throwIfAborted();
    if (this.#pending.size >= this.#limits.maxCallsPerStream) {
      throw new Fault('overloaded', 'Too many calls to another service are in progress.');
    }
    this.#lastId = (this.#lastId + 1) >>> 0;
    const callId = this.#lastId;
    const waitMs = Math.min(Math.max(0, Math.floor(timeoutMs)), MAX_TIMER_MS - GRACE_MS);
    const value = {
      method: method.path,
      request: method.requestSerialize(request),
      timeoutMs: waitMs,
    };
    const frame: CallFrame = { callId, frame: { $case: 'call', value } };
    if (callBytes(frame) > this.#limits.maxMessageBytes) {
      throw new Fault('payload_too_large', 'The request is too large for another service.');
    }
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.#pending.set(callId, { resolve, reject });
    this.#frames.push(frame);
    const giveUp = (reason: Error) => {
      if (!this.#pending.delete(callId)) return;
      this.#frames.push({ callId, frame: { $case: 'cancel', value: {} } });
      reject(reason);
    };
    const onAbort = () => giveUp(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    // The other side ends by itself in time; this is for one that has stopped altogether.
    const timer = setTimeout(
      () => giveUp(new Fault('deadline_exceeded', 'Another service did not answer in time.')),
      waitMs + GRACE_MS,
    );
    try {
      return method.responseDeserialize(await promise);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Calls that nobody waits for any more are not sent: they would cost money. */
  #send(all: CallFrame[]): void {
    const frames = all.filter(
      ({ callId, frame }) => frame?.$case !== 'call' || this.#pending.has(callId),
    );
    if (!this.#stream && !frames.some(({ frame }) => frame?.$case === 'call')) return;
    this.#stream ??= this.#open();
    this.#stream.write({ frames });
  }

  #open(): ClientDuplexStream<OpenRequest, OpenResponse> {
    const stream = this.#client.open();
    stream.on('data', ({ frames }: OpenResponse) => {
      for (const frame of frames) this.#take(frame);
    });
    stream.on('error', (error: Error & { code?: number }) => {
      // Nobody cancels this stream or gives it a deadline, so however it ended, the other side broke off.
      const kind = error.code === status.UNIMPLEMENTED ? 'internal' : 'unavailable';
      this.#broken(
        stream,
        new Fault(kind, 'The connection to another service broke.', { cause: error }),
      );
    });
    stream.on('end', () => {
      this.#broken(stream, new Fault('unavailable', 'Another service closed the connection.'));
    });
    return stream;
  }

  #take({ callId, frame }: ReplyFrame): void {
    const pending = this.#pending.get(callId);
    if (!pending || !frame) return;
    this.#pending.delete(callId);
    if (frame.$case === 'response') pending.resolve(frame.value);
    else pending.reject(failureFrom(Status.decode(frame.value)));
  }

  #broken(stream: ClientDuplexStream<OpenRequest, OpenResponse>, fault: Fault): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    for (const pending of this.#pending.values()) pending.reject(fault);
    this.#pending.clear();
  }

  close(): void {
    this.#stream?.end();
  }
}
