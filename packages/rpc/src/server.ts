import { fileURLToPath } from 'node:url';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { MultiplexService } from '@weir/contracts';
import { type Clock, FailedCall, type Fault } from '@weir/core';
import { encodeStatus, statusOf } from '@weir/wire';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';
import type { CallInfo, Method, ServerStream, Unary } from './method.ts';
import { MultiplexServer } from './multiplex-server.ts';
import { withMapEntries } from './reflection.ts';

export interface RpcServerOptions {
  readonly clock: Clock;
  readonly maxMessageBytes: number;
  readonly maxCallsPerStream: number;
  /** For what nobody classified: the caller is told nothing, the log is. */
  readonly onInternal: (fault: Fault) => void;
}

const PROTO_ROOT = fileURLToPath(new URL('../../../proto', import.meta.url));

/** A gRPC server: services, health, reflection (v1 and v1alpha), and the multiplexed stream beside unary calls. */
export class RpcServer {
  readonly #options: RpcServerOptions;
  readonly #server: Server;
  readonly #multiplex: MultiplexServer;
  readonly #health = new HealthImplementation({ '': 'NOT_SERVING' });
  readonly #names: string[] = [];
  #multiplexed = false;

  constructor(options: RpcServerOptions) {
    this.#options = options;
    this.#server = new Server({
      'grpc.max_receive_message_length': options.maxMessageBytes,
      'grpc.max_send_message_length': options.maxMessageBytes,
    });
    this.#multiplex = new MultiplexServer(options);
    this.#health.addToServer(this.#server);
  }

  /** Adds a service; `multiplexed` also makes its unary methods callable over the shared stream. */
  add(service: ServiceDefinition, handlers: Handlers, multiplexed: boolean): void {
    const implementation: Record<string, UntypedHandleCall> = {};
    for (const handler of handlers.unary) {
      implementation[nameIn(service, handler.method)] = this.#unary(
        handler.handle,
      ) as unknown as UntypedHandleCall;
      if (multiplexed) this.#multiplex.add(handler.method, handler.handle);
    }
    for (const { method, handle } of handlers.streams ?? []) {
      implementation[nameIn(service, method)] = this.#stream(
        handle,
      ) as unknown as UntypedHandleCall;
    }
    this.#server.addService(service, implementation);
    this.#names.push(serviceName(service));
    if (multiplexed && !this.#multiplexed) {
      this.#multiplexed = true;
      this.#server.addService(MultiplexService, { open: this.#multiplex.open });
    }
  }

  #unary<Req, Res>(handle: Unary<Req, Res>) {
    return (call: ServerUnaryCall<Req, Res>, reply: sendUnaryData<Res>) => {
      const { info, answered } = this.#info(call);
      handle(call.request, info).then(
        (response) => {
          answered();
          reply(null, response);
        },
        (thrown) => {
          answered();
          reply(this.#error(thrown));
        },
      );
    };
  }

  #stream<Req, Res>(handle: ServerStream<Req, Res>) {
    return (call: ServerWritableStream<Req, Res>) => {
      const { info, answered } = this.#info(call);
      void this.#pump(call, () => handle(call.request, info), info.signal).finally(answered);
    };
  }

  async #pump<Req, Res>(
    call: ServerWritableStream<Req, Res>,
    begin: () => AsyncIterable<Res>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      for await (const message of begin()) {
        if (signal.aborted) break;
        if (!call.write(message)) await drained(call, signal);
      }
      call.end();
    } catch (thrown) {
      call.emit('error', this.#error(thrown));
    }
  }

  /**
   * grpc-js says 'cancelled' after every call, the answered ones too, so whoever answers says so first: nothing may be
   * aborted, or booked as cancelled, because it succeeded.
   */
  #info(call: ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>) {
    const controller = new AbortController();
    let open = true;
    call.on('cancelled', () => {
      if (open) controller.abort(new DOMException('The caller gave the call up.', 'AbortError'));
    });
    const deadline = Number(call.getDeadline());
    const text = (name: string) => call.metadata.get(name)[0]?.toString();
    const info: CallInfo = {
      signal: controller.signal,
      authorization: text('authorization'),
      traceparent: text('traceparent'),
      remainingMs: Number.isFinite(deadline) ? deadline - this.#options.clock.nowMs() : undefined,
      tell: (notices) => {
        const metadata = new Metadata();
        for (const [name, notice] of Object.entries(notices)) metadata.set(name, notice);
        call.sendMetadata(metadata);
      },
    };
    return {
      info,
      answered: () => {
        open = false;
      },
    };
  }

  #error(thrown: unknown) {
    const { fault, attempts } = FailedCall.from(thrown);
    if (fault.kind === 'internal') this.#options.onInternal(fault);
    const status = statusOf(fault, attempts);
    const metadata = new Metadata();
    metadata.set('grpc-status-details-bin', encodeStatus(status));
    return Object.assign(new Error(status.message), {
      code: status.code,
      details: status.message,
      metadata,
    });
  }

  /** Resolves to the port in use. Serves, but is not healthy before `setServing(true)`. */
  listen(address: string): Promise<number> {
    const definition = loadSync(
      [
        'weir/v1/inference.proto',
        'weir/v1/draft.proto',
        'weir/v1/scorer.proto',
        'weir/v1/escalation.proto',
        'weir/v1/ledger.proto',
        'weir/v1/multiplex.proto',
        healthProto,
      ],
      { includeDirs: [PROTO_ROOT], keepCase: true },
    );
    new ReflectionService(withMapEntries(definition), {
      services: [...this.#names, 'grpc.health.v1.Health'],
    }).addToServer(this.#server);
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
  }

  setServing(serving: boolean): void {
    const status = serving ? 'SERVING' : 'NOT_SERVING';
    for (const name of ['', ...this.#names]) this.#health.setStatus(name, status);
  }

  /** Refuses new calls and resolves when those in progress have ended, or the time is up. */
  async drain(limitMs: number): Promise<void> {
    this.setServing(false);
    this.#multiplex.drain();
    const timer = setTimeout(() => this.#server.forceShutdown(), limitMs);
    await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    clearTimeout(timer);
  }
}

interface UnaryHandler {
  // Handlers of many types share one list; each was checked against its method where it was written.
  readonly method: Method<never, never>;
  readonly handle: Unary<never, never>;
}

export interface Handlers {
  readonly unary: readonly UnaryHandler[];
  readonly streams?: readonly {
    readonly method: Method<never, never>;
    readonly handle: ServerStream<never, never>;
  }[];
}

export function unary<Req, Res>(method: Method<Req, Res>, handle: Unary<Req, Res>): UnaryHandler {
  return { method, handle } as unknown as UnaryHandler;
}

export function stream<Req, Res>(method: Method<Req, Res>, handle: ServerStream<Req, Res>) {
  return { method, handle } as unknown as NonNullable<Handlers['streams']>[number];
}

function nameIn(service: ServiceDefinition, method: Method<never, never>): string {
  const found = Object.entries(service).find(([, definition]) => definition.path === method.path);
  if (!found) throw new TypeError(`${method.path} is not a method of this service`);
  return found[0];
}

function serviceName(service: ServiceDefinition): string {
  const path = Object.values(service)[0]?.path ?? '';
  return path.slice(1, path.lastIndexOf('/'));
}

function drained(call: ServerWritableStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    call.on('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
