import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '@weir/core';
import { AsyncQueue } from '@weir/runtime';
import { type Dispatcher, Pool } from 'undici';

export interface ExchangeRequest {
  /** Posted, where nothing else is said. */
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly maxReplyBytes: number;
  /** The request is on its way: from here on the provider may be at work. */
  readonly onSent: () => void;
}

/** Fails an exchange when its time is up. */
export interface ExchangeTimeout {
  readonly afterMs: number;
  readonly fault: () => Fault;
}

export interface ExchangeHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** A head, and the body as it arrives. */
export interface StreamedAnswer extends ExchangeHead {
  readonly chunks: AsyncIterable<Buffer>;
}

/** What a failed exchange tells about money: whether the request may have reached the provider. */
export class ExchangeFailed extends Error {
  override readonly name = 'ExchangeFailed';
  readonly sent: boolean;

  constructor(sent: boolean, cause: unknown) {
    super('the exchange failed', { cause });
    this.sent = sent;
  }
}

/** Pieces of a body waiting to be read; past this many the socket is paused. */
const MAX_QUEUED_CHUNKS = 64;

export interface TransportOptions {
  readonly connectMs: number;
  readonly maxConnections: number;
}

/** Calls to one origin over kept-alive connections. undici's own timers are off: the caller's signal is the only one. */
export class Transport implements AsyncDisposable {
  readonly #pool: Pool;

  constructor(origin: string, options: TransportOptions) {
    this.#pool = new Pool(origin, {
      connections: options.maxConnections,
      pipelining: 1,
      connect: { timeout: options.connectMs },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** The whole body as text. Throws `ExchangeFailed`, with what ended it as cause. */
  fetchText(
    request: ExchangeRequest,
    timeout: ExchangeTimeout,
    signal: AbortSignal,
  ): Promise<ExchangeHead & { body: string }> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => end(timeout.fault()), timeout.afterMs);
      const chunks: Buffer[] = [];
      let bytes = 0;
      let head: ExchangeHead | undefined;
      const end = this.#dispatch(request, signal, {
        head(status, headers) {
          head = { status, headers };
        },
        data(chunk) {
          bytes += chunk.length;
          if (bytes > request.maxReplyBytes) throw tooLarge();
          chunks.push(chunk);
          return true;
        },
        end() {
          clearTimeout(giveUp);
          const body = (
            chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
          ).toString();
          resolve({ status: head?.status ?? 0, headers: head?.headers ?? {}, body });
        },
        fail(sent, cause) {
          clearTimeout(giveUp);
          reject(new ExchangeFailed(sent, cause));
        },
      });
    });
  }

  /**
   * The body as it arrives, once the head is there. A reader that does not keep up pauses the socket. Abort the signal
   * to leave early.
   */
  fetchStream(request: ExchangeRequest, signal: AbortSignal): Promise<StreamedAnswer> {
    return new Promise((resolve, reject) => {
      let resume: (() => void) | undefined;
      const chunks = new AsyncQueue<Buffer>(() => {
        if (resume && chunks.length < MAX_QUEUED_CHUNKS / 2) {
          resume();
          resume = undefined;
        }
      });
      let bytes = 0;
      this.#dispatch(request, signal, {
        head: (status, headers) => resolve({ status, headers, chunks }),
        data(chunk, controller) {
          bytes += chunk.length;
          if (bytes > request.maxReplyBytes) throw tooLarge();
          chunks.push(chunk);
          if (chunks.length >= MAX_QUEUED_CHUNKS && !resume) {
            controller.pause();
            resume = () => controller.resume();
          }
          return true;
        },
        end: () => chunks.end(),
        fail(sent, cause) {
          const failure = new ExchangeFailed(sent, cause);
          chunks.fail(failure);
          reject(failure);
        },
      });
    });
  }

  /** Returns the way to end it from this side. */
  #dispatch(request: ExchangeRequest, signal: AbortSignal, sink: Sink): (reason: unknown) => void {
    let controller: Dispatcher.DispatchController | undefined;
    let sent = false;
    let over = false;
    const finish = (failure?: unknown) => {
      if (over) return;
      over = true;
      signal.removeEventListener('abort', onAbort);
      if (failure === undefined) sink.end();
      else sink.fail(sent, failure);
    };
    const end = (reason: unknown) => {
      finish(reason);
      controller?.abort(asError(reason));
    };
    const onAbort = () => end(signal.reason);
    if (signal.aborted) {
      onAbort();
      return end;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    this.#pool.dispatch(
      {
        path: request.path,
        method: request.method ?? 'POST',
        headers: request.headers,
        body: request.method === 'GET' ? null : request.body,
      },
      {
        onRequestStart(started) {
          controller = started;
          if (over) started.abort(new Error('given up before it began'));
          else {
            sent = true;
            request.onSent();
          }
        },
        onResponseStart(_controller, status, headers) {
          // A word in between (100 Continue, 103 Early Hints) is not the answer yet.
          if (!over && status >= 200) sink.head(status, headers);
        },
        onResponseData(current, chunk) {
          if (over) return;
          try {
            sink.data(chunk, current);
          } catch (error) {
            finish(error);
            current.abort(asError(error));
          }
        },
        onResponseEnd: () => finish(),
        onResponseError: (_controller, error) => finish(error),
      },
    );
    return end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }
}

interface Sink {
  head(status: number, headers: IncomingHttpHeaders): void;
  data(chunk: Buffer, controller: Dispatcher.DispatchController): void;
  end(): void;
  fail(sent: boolean, cause: unknown): void;
}

function tooLarge(): Fault {
  return new Fault('upstream_invalid', 'The provider sent a reply larger than the limit.');
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
