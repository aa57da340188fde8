import type { ClientDuplexStream } from '@grpc/grpc-js';
import type {
  CallFrame,
  MultiplexClient,
  OpenRequest,
  OpenResponse,
  ReplyFrame,
} from '@weir/contracts';
import { Status } from '@weir/contracts';
import { Fault } from '@weir/core';
import { failureFrom, kindOfCode } from '@weir/wire';
import { Batched } from './batched.ts';
import type { Method } from './method.ts';

/** How much longer than its deadline an answer may take on its way. */
const GRACE_MS = 100;

interface Pending {
  readonly resolve: (response: Buffer) => void;
  readonly reject: (failure: Error) => void;
}

/**
 * The calling end of one long-lived stream, opened at the first call and again after it broke. Calls in flight when it
 * breaks fail: they may have cost money, so nobody here repeats them.
 */
export class MultiplexCaller {
  readonly #client: MultiplexClient;
  readonly #maxCalls: number;
  readonly #pending = new Map<number, Pending>();
  readonly #frames: Batched<CallFrame>;
  #stream: ClientDuplexStream<OpenRequest, OpenResponse> | undefined;
  #lastId = 0;

  constructor(client: MultiplexClient, maxCalls: number) {
    this.#client = client;
    this.#maxCalls = maxCalls;
    this.#frames = new Batched((frames) => this.#send(frames));
  }

  async call<Req, Res>(
    method: Method<Req, Res>,
    request: Req,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Res> {
    signal.throwIfAborted();
    if (this.#pending.size >= this.#maxCalls) {
      throw new Fault('overloaded', 'Too many calls to another service are in progress.');
    }
    this.#lastId = (this.#lastId + 1) >>> 0;
    const callId = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.#pending.set(callId, { resolve, reject });
    const value = {
      method: method.path,
      request: method.requestSerialize(request),
      timeoutMs: Math.max(0, Math.floor(timeoutMs)),
    };
    this.#frames.push({ callId, frame: { $case: 'call', value } });
    const giveUp = () => {
      if (!this.#pending.delete(callId)) return;
      this.#frames.push({ callId, frame: { $case: 'cancel', value: {} } });
      reject(signal.reason);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    // The other side ends by itself in time; this is for one that has stopped altogether.
    const timer = setTimeout(() => {
      if (!this.#pending.delete(callId)) return;
      this.#frames.push({ callId, frame: { $case: 'cancel', value: {} } });
      reject(new Fault('deadline_exceeded', 'Another service did not answer in time.'));
    }, timeoutMs + GRACE_MS);
    try {
      return method.responseDeserialize(await promise);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  }

  #send(frames: CallFrame[]): void {
    this.#stream ??= this.#open();
    this.#stream.write({ frames });
  }

  #open(): ClientDuplexStream<OpenRequest, OpenResponse> {
    const stream = this.#client.open();
    stream.on('data', ({ frames }: OpenResponse) => {
      for (const frame of frames) this.#take(frame);
    });
    stream.on('error', (error: Error & { code?: number }) => {
      const kind =
        error.code === 14 || error.code === undefined ? 'unavailable' : kindOfCode(error.code);
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
