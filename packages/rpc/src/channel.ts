import {
  type CallOptions,
  Client,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { MultiplexClient, Status } from '@weir/contracts';
import { type Clock, FailedCall, Fault } from '@weir/core';
import { failureFrom, kindOfCode } from '@weir/wire';
import type { Method } from './method.ts';
import { MultiplexCaller } from './multiplex-client.ts';

export interface ChannelOptions {
  readonly clock: Clock;
  readonly maxMessageBytes: number;
  readonly maxCallsPerStream: number;
  /** Taken off a deadline before it is passed on: the answer needs time for its way back. */
  readonly deadlineMarginMs: number;
  /** For calls that bring no deadline of their own. */
  readonly defaultTimeoutMs: number;
  readonly keepaliveMs: number;
}

/** One address of another service: hot unary calls over a multiplexed stream, streams as gRPC streams. */
export class Channel implements Disposable {
  readonly #client: Client;
  readonly #multiplex: MultiplexClient;
  readonly #caller: MultiplexCaller;
  readonly #options: ChannelOptions;

  constructor(address: string, options: ChannelOptions) {
    this.#options = options;
    const channelOptions = {
      'grpc.max_receive_message_length': options.maxMessageBytes,
      'grpc.max_send_message_length': options.maxMessageBytes,
      'grpc.keepalive_time_ms': options.keepaliveMs,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2000,
    };
    this.#client = new Client(address, credentials.createInsecure(), channelOptions);
    this.#multiplex = new MultiplexClient(address, credentials.createInsecure(), channelOptions);
    this.#caller = new MultiplexCaller(this.#multiplex, options);
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** What the other side may use of the time until `deadlineAtMs`. */
  remainingMs(deadlineAtMs: number): number {
    const { clock, deadlineMarginMs } = this.#options;
    return Math.max(0, deadlineAtMs - clock.monotonicMs() - deadlineMarginMs);
  }

  /** Unary, multiplexed. Throws a fault, or a `FailedCall` where attempts were made. */
  async call<Req, Res>(
    method: Method<Req, Res>,
    request: Req,
    signal: AbortSignal,
    timeoutMs = this.#options.defaultTimeoutMs,
  ): Promise<Res> {
    return this.#caller.call(method, request, timeoutMs, signal);
  }

  /** Unary by itself, for servers that are not Weir's own and for callers with a key. */
  unary<Req, Res>(
    method: Method<Req, Res>,
    request: Req,
    signal: AbortSignal,
    authorization: string,
  ): Promise<Res> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadataWith(authorization),
        (error, response) => {
          signal.removeEventListener('abort', onAbort);
          if (error) reject(signal.aborted ? signal.reason : failureOf(error));
          else resolve(response as Res);
        },
      );
      const onAbort = () => call.cancel();
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** A server stream. Leaving it early cancels the call. */
  async *stream<Req, Res>(
    method: Method<Req, Res>,
    request: Req,
    signal: AbortSignal,
    timeoutMs?: number,
    authorization?: string,
  ): AsyncGenerator<Res, void, undefined> {
    signal.throwIfAborted();
    const bytes = method.requestSerialize(request);
    if (bytes.length > this.#options.maxMessageBytes) {
      throw new Fault('payload_too_large', 'The request is too large for another service.');
    }
    const options: CallOptions =
      timeoutMs === undefined ? {} : { deadline: this.#options.clock.nowMs() + timeoutMs };
    const call = this.#client.makeServerStreamRequest(
      method.path,
      (ready: Buffer) => ready,
      method.responseDeserialize,
      bytes,
      metadataWith(authorization),
      options,
    );
    const onAbort = () => call.cancel();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for await (const message of call) yield message as Res;
    } catch (error) {
      signal.throwIfAborted();
      throw failureOf(error as ServiceError);
    } finally {
      signal.removeEventListener('abort', onAbort);
      call.on('error', () => {});
      call.cancel();
    }
  }

  /** Resolves when the other side can be reached. */
  ready(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.waitForReady(this.#options.clock.nowMs() + timeoutMs, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  [Symbol.dispose](): void {
    this.#caller.close();
    this.#client.close();
    this.#multiplex.close();
  }
}

function metadataWith(authorization: string | undefined): Metadata {
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  return metadata;
}

function failureOf(error: ServiceError): FailedCall {
  const details = error.metadata?.get('grpc-status-details-bin')[0];
  if (details instanceof Buffer) return failureFrom(Status.decode(details));
  // Whoever cancels here asks the signal first: otherwise it was a server that broke off, not the caller.
  const kind = error.code === status.CANCELLED ? 'unavailable' : kindOfCode(error.code);
  return new FailedCall(
    new Fault(kind, 'Another service could not be used.', { cause: error }),
    [],
  );
}
