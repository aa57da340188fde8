import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Fault } from '@weir/core';
import { ChurnMap, newId, turnEnd } from '@weir/runtime';
import { refuseBroken } from './broken-request.ts';
import type { Exchange, HttpContext } from './context.ts';
import { errorBody, retryHeaders } from './error-body.ts';
import { matchRoute } from './routes.ts';
import { sendJson, sendOverBody } from './send.ts';

/**
 * The OpenAI face, on node:http itself: seven routes need no framework, and the leading one costs a third of what the
 * whole cascade may (docs/decisions).
 */
export class HttpFace {
  readonly #context: HttpContext;
  readonly #server: Server;
  readonly #inFlight = new ChurnMap<ServerResponse, AbortController>();
  #draining = false;

  constructor(context: HttpContext) {
    this.#context = context;
    const { limits } = context;
    this.#server = createServer(
      {
        maxHeaderSize: limits.maxHeaderBytes,
        headersTimeout: limits.headersTimeoutMs,
        requestTimeout: limits.requestTimeoutMs,
        keepAliveTimeout: limits.keepAliveTimeoutMs,
        connectionsCheckingInterval: 1000,
        noDelay: true,
      },
      (request, response) => void this.#handle(request, response),
    );
    this.#server.maxConnections = limits.maxConnections;
    this.#server.on('clientError', (error, socket) => {
      // In the middle of an answer there is no room for another; cut off, it cannot pass for a whole one.
      if (this.#isAnswering(socket)) socket.destroy();
      else refuseBroken(error, socket);
    });
  }

  /** Resolves to the port in use. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, 1024, () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  #isAnswering(socket: Duplex): boolean {
    for (const response of this.#inFlight.keys()) {
      if (response.socket === socket && response.headersSent) return true;
    }
    return false;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = newId('req');
    const headers: Record<string, string | number> = { 'x-request-id': requestId };
    if (this.#draining) headers['connection'] = 'close';
    const left = new AbortController();
    this.#inFlight.set(response, left);
    response.on('close', () => {
      this.#inFlight.delete(response);
      // Its connection was told to stay open before anybody thought of ending.
      if (this.#draining) setImmediate(() => this.#server.closeIdleConnections());
      if (!response.writableEnded) left.abort(new DOMException('The caller left.', 'AbortError'));
    });
    try {
      const { signal } = left;
      await this.#dispatch({ request, response, requestId, headers, signal });
    } catch (thrown) {
      await this.#refuse({ request, response, requestId, headers }, Fault.from(thrown));
    }
  }

  async #dispatch(begun: Omit<Exchange, 'rest'>): Promise<void> {
    const { request, response, requestId, headers, signal } = begun;
    const url = request.url ?? '/';
    const query = url.indexOf('?');
    const match = matchRoute(query < 0 ? url : url.slice(0, query));
    if (!match) throw new Fault('route_not_found', 'There is nothing at this path.');
    const method = request.method ?? 'GET';
    const route = match.methods.get(method);
    if (!route) {
      headers['allow'] = [...match.methods.keys(), 'OPTIONS'].join(', ');
      if (method !== 'OPTIONS') {
        throw new Fault('method_not_allowed', 'This path does not take this method.');
      }
      response.writeHead(204, headers).end();
      return;
    }
    const { rest } = match;
    if (!route.needsKey) {
      return route.handle({ request, response, requestId, headers, signal, rest }, this.#context);
    }
    const key = this.#context.authenticator.authenticate(request.headers.authorization);
    if (this.#draining) throw new Fault('unavailable', 'This instance is shutting down.');
    return route.handle(
      { request, response, requestId, headers, signal, rest, key },
      this.#context,
    );
  }

  async #refuse(begun: Omit<Exchange, 'rest' | 'signal'>, fault: Fault): Promise<void> {
    const { request, response, requestId, headers } = begun;
    if (fault.kind === 'internal') {
      this.#context.log.error({ requestId, err: fault.cause }, 'a request failed');
    }
    if (response.headersSent) {
      // Too late for a status: cut the connection, so that half an answer cannot pass for a whole one.
      response.destroy();
      return;
    }
    Object.assign(headers, retryHeaders(fault));
    // A body that came along with the head is there in the next turn; then the connection can be kept.
    if (!request.complete) await turnEnd();
    const send = request.complete ? sendJson : sendOverBody;
    send(begun, fault.row.http, errorBody(fault));
  }

  /**
   * Takes no new work and resolves when what is in flight has been answered. When the time is up, what is still running
   * is told so, streams by an error event, and a little later cut off.
   */
  async drain(limitMs: number): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const telling = setTimeout(() => {
      const reason = new Fault('unavailable', 'This instance is shutting down.');
      for (const request of this.#inFlight.values()) request.abort(reason);
    }, limitMs);
    const cutting = setTimeout(() => this.#server.closeAllConnections(), limitMs + LAST_WORDS_MS);
    await closed;
    clearTimeout(telling);
    clearTimeout(cutting);
  }
}

/** For error events to be written after the drain's time is up. */
const LAST_WORDS_MS = 1000;
