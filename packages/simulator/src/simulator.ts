import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@weir/core';
import { altered, collect } from './collected.ts';
import { AS_SHIPPED, type Engine, pageOf, restarted } from './engine.ts';
import type { Asked, Face, Reader, Reply } from './faces/face.ts';
import { FACES } from './faces/index.ts';
import type { ErrorReply } from './failure.ts';
import { type FaultName, failureOf, faultFor, isPossible } from './faults.ts';
import { FRAMINGS, type Framing, type Piece } from './framing.ts';
import { type Mind, type MindAnswer, MindRefusal } from './mind.ts';
import type { Recording, Recordings } from './recorded-mind.ts';
import { TokenLog } from './token-log.ts';

export interface SimulatorOptions {
  /** Minds by backend, the first path segment; the first mind that knows the question answers. */
  readonly backends: ReadonlyMap<string, readonly Mind[]>;
  readonly recordings: Recordings;
  readonly firstTokenMs: number;
  readonly tokenMs: number;
  readonly maxLogEntries: number;
  readonly clock: Clock;
}

/** Where something was asked, and in which protocol. */
interface Endpoint {
  readonly backend: string;
  readonly minds: readonly Mind[];
  readonly face: Face;
  readonly read: Reader;
}

interface Call {
  readonly backend: string;
  readonly face: Face;
  readonly id: string;
  readonly answer: MindAnswer;
  readonly reply: Reply;
  readonly fault: FaultName | undefined;
  readonly response: ServerResponse;
}

const MAX_BODY_BYTES = 256 * 1024 * 1024;

/**
 * Provider servers on a real socket, one per backend under `/<backend>/`, that speak every protocol of `FACES` and keep
 * a log of every token they served. `GET /__log?from=N` is that log, `POST /__recordings` teaches them recorded answers,
 * and `POST /__engines/<backend>` restarts one with other settings.
 */
export class Simulator implements AsyncDisposable {
  readonly #options: SimulatorOptions;
  readonly #log: TokenLog;
  readonly #server: Server;
  readonly #engines = new Map<string, Engine>();
  #calls = 0;

  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.#log = new TokenLog(options.maxLogEntries);
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  /** Resolves to the port in use. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://simulator');
    if (url.pathname === '/health') return json(response, 200, '{"status":"ok"}');
    if (url.pathname === '/__position') {
      return json(response, 200, JSON.stringify({ position: this.#log.position }));
    }
    if (url.pathname === '/__log') {
      return json(response, 200, this.#log.lines(Number(url.searchParams.get('from') ?? 0)));
    }
    if (url.pathname === '/__recordings' && request.method === 'POST') {
      return this.#learn(await readBody(request), response);
    }
    const [, backend = '', ...rest] = url.pathname.split('/');
    const path = rest.join('/');
    if (backend === '__engines' && request.method === 'POST') {
      this.#engines.set(path, restarted(this.#engineOf(path), await readBody(request)));
      return json(response, 200, '{}');
    }
    const minds = this.#options.backends.get(backend);
    const page = minds && request.method === 'GET' && pageOf(this.#engineOf(backend), path);
    if (page) return send(response, page.type, page.body);
    if (minds && path === 'v1/models') return json(response, 200, modelList(backend));
    if (minds && request.method === 'POST') {
      for (const face of FACES) {
        const read = face.readerAt(path, url.searchParams);
        if (read) return this.#answer({ backend, minds, face, read }, request, response);
      }
    }
    return json(response, 404, NOTHING_HERE);
  }

  #engineOf(backend: string): Engine {
    return this.#engines.get(backend) ?? AS_SHIPPED;
  }

  #learn(body: string, response: ServerResponse): void {
    const rows = body
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as Recording);
    this.#options.recordings.add(rows);
    json(response, 200, JSON.stringify({ learned: rows.length }));
  }

  async #answer(
    endpoint: Endpoint,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { backend, minds, face } = endpoint;
    const wanted = endpoint.read(await readBody(request));
    const invalid = (message: string) =>
      fail(response, face.error({ kind: 'invalid_request', message }));
    if (!wanted) return invalid(`This is no request in the protocol of ${face.name}.`);
    const question = wanted.request.messages.map(({ content }) => content).join('\n');
    const fault = faultFor(backend, question) ?? this.#engineOf(backend).fault;
    const framing = wanted.stream && FRAMINGS[wanted.stream](fault === 'crlf' ? '\r\n' : '\n');
    if (fault && !isPossible(fault, face, framing)) {
      return invalid(`There is no fault ${fault} in the protocol of ${face.name}.`);
    }
    const failure = fault && failureOf(fault);
    if (failure) return fail(response, face.error(failure));
    let answer: MindAnswer | undefined;
    try {
      for (const mind of minds) answer ??= mind.answer(wanted.request);
    } catch (thrown) {
      if (!(thrown instanceof MindRefusal)) throw thrown;
      return fail(response, face.error(thrown.failure));
    }
    if (!answer) {
      return fail(response, face.error({ kind: 'not_found', message: 'No mind answers this.' }));
    }
    const call: Call = {
      backend,
      face,
      id: String(request.headers['x-client-request-id'] ?? ''),
      answer,
      fault,
      response,
      reply: this.#reply(wanted, answer, fault),
    };
    if (this.#options.firstTokenMs > 0) await sleep(this.#options.firstTokenMs);
    if (framing) await this.#stream(call, framing);
    else await this.#whole(call);
  }

  #reply(
    { request, includeUsage }: Asked,
    answer: MindAnswer,
    fault: FaultName | undefined,
  ): Reply {
    const isOther = fault === 'modelswap';
    return {
      identity: {
        id: `sim-${++this.#calls}`,
        model: isOther ? 'some-other-model' : request.model,
        isOther,
        createdS: Math.floor(this.#options.clock.nowMs() / 1000),
      },
      promptTokens: answer.promptTokens,
      includeUsage: includeUsage && fault !== 'nousage',
      logprobs: request.topLogprobs >= 0,
    };
  }

  async #whole(call: Call): Promise<void> {
    const { response, fault, face } = call;
    const { tokens, end } = altered(collect(call.answer), fault);
    if (this.#options.tokenMs > 0) await sleep(this.#options.tokenMs * tokens.length);
    const body = face.whole(call.reply, tokens, end);
    const whole = !response.destroyed && (fault === undefined || LOOKS_WELL.has(fault));
    this.#note(call, end.completionTokens, whole);
    switch (fault) {
      case 'hang':
        return;
      case 'firsthang':
        response.writeHead(200, { 'content-type': 'application/json' });
        response.flushHeaders();
        return;
      case 'reset':
      case 'truncrst':
        response.socket?.resetAndDestroy();
        return;
      case 'html200':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Gateway</html>');
        return;
      case 'cut200':
        return json(response, 200, body.slice(0, body.length / 2));
      case 'nochoices':
        return json(response, 200, face.unanswered);
      case 'err200':
        return json(response, 200, face.brokenOff.data);
      default:
        json(response, 200, body);
    }
  }

  /** Token by token, at the speed of whoever reads. */
  async #stream(call: Call, framing: Framing): Promise<void> {
    const { response, fault, face, reply } = call;
    if (fault === 'hang') return this.#note(call, 0, false);
    let sent = 0;
    const send = (piece: Piece) => response.write(framing.frame(piece, sent++ === 0));
    response.writeHead(200, { 'content-type': framing.contentType });
    response.flushHeaders();
    if (fault === 'firsthang') return this.#note(call, 0, false);
    const { tokens, end } = altered(collect(call.answer), fault);
    const brokenAt = fault && BREAKS_STREAM.has(fault) ? Math.ceil(tokens.length / 2) : -1;
    for (const piece of face.head(reply)) send(piece);
    for (const [at, token] of tokens.entries()) {
      if (response.destroyed) return this.#note(call, at, false);
      if (at === brokenAt) return this.#break(call, at, send);
      if (fault === 'heartbeat') {
        if (face.heartbeat) send(face.heartbeat);
        else if (framing.comment !== undefined) response.write(framing.comment);
      }
      const flowing = send(face.token(reply, token, at));
      if (fault === 'drip') await sleep(1000);
      else if (this.#options.tokenMs > 0) await sleep(this.#options.tokenMs);
      if (!flowing) await drained(response);
    }
    for (const piece of face.tail(reply, end, tokens)) send(piece);
    if (fault !== 'nodone') {
      if (face.terminator) send(face.terminator);
      if (framing.close !== '') response.write(framing.close);
    }
    this.#note(call, end.completionTokens, !response.destroyed);
    response.end();
  }

  #break(call: Call, at: number, send: (piece: Piece) => void): void {
    const { response, face, fault } = call;
    this.#note(call, at, false);
    if (fault === 'truncrst' || fault === 'reset') {
      response.socket?.resetAndDestroy();
      return;
    }
    if (fault === 'errmid') send(face.brokenOff);
    else if (fault === 'junkmid') send(face.junk);
    if (fault !== 'stall') response.end();
  }

  #note(call: Call, completionTokens: number, whole: boolean): void {
    this.#log.add({
      id: call.id,
      backend: call.backend,
      model: call.reply.identity.model,
      promptTokens: call.reply.promptTokens,
      completionTokens,
      whole,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

const BREAKS_STREAM: ReadonlySet<FaultName> = new Set([
  'trunceof',
  'truncrst',
  'reset',
  'stall',
  'errmid',
  'junkmid',
  'html200',
  'cut200',
  'err200',
  'nochoices',
]);

/** Faults under which the caller gets, and pays for, a complete reply. */
const LOOKS_WELL: ReadonlySet<FaultName> = new Set([
  'empty',
  'garble',
  'refusal',
  'nousage',
  'modelswap',
  'zerofill',
  'nodone',
  'crlf',
  'heartbeat',
  'drip',
  'stall',
  'errmid',
  'junkmid',
  'trunceof',
]);

function modelList(backend: string): string {
  const model = { id: backend, object: 'model', created: 0, owned_by: 'simulator' };
  return JSON.stringify({ object: 'list', data: [model] });
}

function json(response: ServerResponse, status: number, body: string): void {
  send(response, 'application/json', body, status);
}

function send(response: ServerResponse, type: string, body: string, status = 200): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Where nobody's protocol is spoken, an error is in OpenAI's, which most clients read. */
const NOTHING_HERE = JSON.stringify({
  error: {
    message: 'There is nothing at this path.',
    type: 'invalid_request_error',
    param: null,
    code: 'not_found',
  },
});

/** An error of which the protocol has no word is never asked for; see `isPossible`. */
function fail(response: ServerResponse, error: ErrorReply | undefined): void {
  if (!error) throw new Error('the protocol has no such error');
  response.writeHead(error.status, { 'content-type': 'application/json', ...error.headers });
  response.end(error.body);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('the body is too large');
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
