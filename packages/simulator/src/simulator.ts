import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@weir/core';
import {
  type Asked,
  asked,
  chunk,
  completionBody,
  finishChoice,
  type Identity,
  tokenChoice,
} from './completion.ts';
import { errorReply, type FaultName, faultFor } from './faults.ts';
import { type Mind, type MindAnswer, type MindEnd, MindRefusal, type MindToken } from './mind.ts';
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

interface Call {
  readonly backend: string;
  readonly id: string;
  readonly asked: Asked;
  readonly answer: MindAnswer;
  readonly identity: Identity;
  readonly fault: FaultName | undefined;
  readonly response: ServerResponse;
}

const MAX_BODY_BYTES = 256 * 1024 * 1024;

/**
 * Provider servers on a real socket, one per backend under `/<backend>/v1`, that keep a log of every token they served.
 * `GET /__log?from=N` is that log, `POST /__recordings` teaches them recorded answers.
 */
export class Simulator implements AsyncDisposable {
  readonly #options: SimulatorOptions;
  readonly #log: TokenLog;
  readonly #server: Server;
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
    const minds = this.#options.backends.get(backend);
    const path = rest.join('/');
    if (minds && path === 'v1/models') return json(response, 200, modelList(backend));
    if (minds && path === 'v1/chat/completions' && request.method === 'POST') {
      return this.#complete(backend, minds, request, response);
    }
    return refuse(response, 404, 'not_found', 'There is nothing at this path.');
  }

  #learn(body: string, response: ServerResponse): void {
    const rows = body
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as Recording);
    this.#options.recordings.add(rows);
    json(response, 200, JSON.stringify({ learned: rows.length }));
  }

  async #complete(
    backend: string,
    minds: readonly Mind[],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const wanted = asked(await readBody(request));
    if (!wanted)
      return refuse(response, 400, 'invalid_request', 'This is no chat completion request.');
    const question = wanted.request.messages.map(({ content }) => content).join('\n');
    const fault = faultFor(backend, question);
    const error = fault && errorReply(fault);
    if (error) {
      response.writeHead(error.status, { 'content-type': 'application/json', ...error.headers });
      response.end(error.body);
      return;
    }
    let answer: MindAnswer | undefined;
    try {
      for (const mind of minds) answer ??= mind.answer(wanted.request);
    } catch (thrown) {
      if (!(thrown instanceof MindRefusal)) throw thrown;
      return refuse(response, thrown.status, thrown.code, thrown.message);
    }
    if (!answer) return refuse(response, 404, 'model_not_found', 'No mind answers this.');
    const model = fault === 'modelswap' ? 'some-other-model' : wanted.request.model;
    const call: Call = {
      backend,
      id: String(request.headers['x-client-request-id'] ?? ''),
      asked: wanted,
      answer,
      fault,
      response,
      identity: {
        id: `sim-${++this.#calls}`,
        model,
        createdS: Math.floor(this.#options.clock.nowMs() / 1000),
      },
    };
    if (this.#options.firstTokenMs > 0) await sleep(this.#options.firstTokenMs);
    if (wanted.stream) await this.#stream(call);
    else await this.#whole(call);
  }

  async #whole(call: Call): Promise<void> {
    const { response, fault, answer } = call;
    const { tokens, end } = altered(collect(answer), fault);
    if (this.#options.tokenMs > 0) await sleep(this.#options.tokenMs * tokens.length);
    const counts = { promptTokens: answer.promptTokens, completionTokens: end.completionTokens };
    const body = completionBody(
      call.identity,
      tokens,
      end.finish,
      fault === 'nousage' ? undefined : counts,
      call.asked.logprobs,
    );
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
        return json(response, 200, '{"id":"x","object":"chat.completion","choices":[]}');
      case 'err200':
        return json(
          response,
          200,
          '{"error":{"message":"overloaded","type":"server_error","param":null,"code":null}}',
        );
      default:
        json(response, 200, body);
    }
  }

  /** Token by token, at the speed of whoever reads. */
  async #stream(call: Call): Promise<void> {
    const { response, fault, answer, identity, asked: wanted } = call;
    if (fault === 'hang') return this.#note(call, 0, false);
    const newline = fault === 'crlf' ? '\r\n' : '\n';
    const send = (data: string) => response.write(`data: ${data}${newline}${newline}`);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    if (fault === 'firsthang') return this.#note(call, 0, false);
    const { tokens, end } = altered(collect(answer), fault);
    const brokenAt = fault && BREAKS_STREAM.has(fault) ? Math.ceil(tokens.length / 2) : -1;
    for (const [at, token] of tokens.entries()) {
      if (response.destroyed) return this.#note(call, at, false);
      if (at === brokenAt) return this.#break(call, fault, at);
      if (fault === 'heartbeat') response.write(`: ping${newline}${newline}`);
      const flowing = send(chunk(identity, tokenChoice(token, at === 0, wanted.logprobs)));
      if (fault === 'drip') await sleep(1000);
      else if (this.#options.tokenMs > 0) await sleep(this.#options.tokenMs);
      if (!flowing) await drained(response);
    }
    const counts = { promptTokens: answer.promptTokens, completionTokens: end.completionTokens };
    send(chunk(identity, finishChoice(end.finish)));
    if (wanted.includeUsage && fault !== 'nousage') send(chunk(identity, undefined, counts));
    if (fault !== 'nodone') send('[DONE]');
    this.#note(call, end.completionTokens, !response.destroyed);
    response.end();
  }

  #break(call: Call, fault: FaultName | undefined, at: number): void {
    const { response } = call;
    this.#note(call, at, false);
    if (fault === 'truncrst' || fault === 'reset') response.socket?.resetAndDestroy();
    else if (fault === 'errmid')
      response.end('data: {"error":{"message":"engine died","type":"server_error"}}\n\n');
    else if (fault === 'junkmid') response.end('data: {"choices":[{"del\n\n');
    else if (fault !== 'stall') response.end();
  }

  #note(call: Call, completionTokens: number, whole: boolean): void {
    this.#log.add({
      id: call.id,
      backend: call.backend,
      model: call.identity.model,
      promptTokens: call.answer.promptTokens,
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

interface Collected {
  readonly tokens: readonly MindToken[];
  readonly end: MindEnd;
}

function collect(answer: MindAnswer): Collected {
  const tokens: MindToken[] = [];
  let step = answer.tokens.next();
  while (!step.done) {
    tokens.push(step.value);
    step = answer.tokens.next();
  }
  return { tokens, end: step.value };
}

/** Answers that look well and are not. */
function altered(collected: Collected, fault: FaultName | undefined): Collected {
  const { tokens, end } = collected;
  switch (fault) {
    case 'empty':
      return { tokens: [], end: { ...end, completionTokens: 1 } };
    case 'garble':
      return said(' the'.repeat(40), end);
    case 'refusal':
      return said("I'm sorry, but I can't help with that.", end);
    case 'zerofill':
      return { tokens: tokens.map(({ text }) => ({ text, logprob: 0, top: [] })), end };
    default:
      return collected;
  }
}

function said(text: string, end: MindEnd): Collected {
  const tokens = (text.match(/\s*\S+/g) ?? []).map((piece) => ({
    text: piece,
    logprob: -0.001,
    top: [{ token: piece, logprob: -0.001 }],
  }));
  return { tokens, end: { ...end, completionTokens: tokens.length + 1 } };
}

function modelList(backend: string): string {
  const model = { id: backend, object: 'model', created: 0, owned_by: 'simulator' };
  return JSON.stringify({ object: 'list', data: [model] });
}

function json(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const error = { message, type: 'invalid_request_error', param: null, code };
  json(response, status, JSON.stringify({ error }));
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
