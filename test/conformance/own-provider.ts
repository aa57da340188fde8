import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call as a provider sees it, and the answer to be written. */
export interface ProviderCall {
  /** The first word of the path: which of Weir's providers this is to it. */
  readonly backend: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  readonly response: ServerResponse;
  /** Resolves when the connection of this call is gone, or its answer sent. */
  readonly closed: Promise<unknown>;
}

type Answer = (call: ProviderCall) => unknown;

/** A provider inside the test, which sees every call as an event and answers it byte by byte as the test says. */
export class OwnProvider implements AsyncDisposable {
  readonly #server = createServer();
  readonly #arrivals: ((call: ProviderCall) => void)[] = [];
  #answer: Answer = ({ response }) => json(response, completion('Own.'));
  /** Since `will` was last said. */
  calls: ProviderCall[] = [];

  static async open(): Promise<OwnProvider> {
    const provider = new OwnProvider();
    provider.#server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      const closed = once(response, 'close');
      for await (const chunk of request) chunks.push(chunk);
      const call: ProviderCall = {
        backend: request.url?.split('/')[1] ?? '',
        headers: request.headers,
        body: JSON.parse(Buffer.concat(chunks).toString()),
        response,
        closed,
      };
      provider.calls.push(call);
      provider.#arrivals.shift()?.(call);
      provider.#answer(call);
    });
    provider.#server.listen(0, '127.0.0.1');
    await once(provider.#server, 'listening');
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How it answers from now on. */
  will(answer: Answer): void {
    this.calls = [];
    this.#answer = answer;
  }

  /** The next call to arrive; ask before it can. */
  nextCall(): Promise<ProviderCall> {
    return new Promise((resolve) => this.#arrivals.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export function json(response: ServerResponse, body: object, status = 200, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

const USAGE = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };

export function completion(text: string | null, message: object = {}, finish = 'stop'): object {
  return {
    id: 'own-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, ...message },
        finish_reason: finish,
      },
    ],
    usage: USAGE,
  };
}

/** The `data` of one chunk. */
export function chunk(delta: object, finish: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return JSON.stringify({ id: 'own-1', object: 'chat.completion.chunk', model: 'm', choices });
}

export const USAGE_CHUNK = JSON.stringify({ id: 'own-1', model: 'm', choices: [], usage: USAGE });

/** Begins an event stream and returns what writes an event's bytes to it. */
export function eventStream(response: ServerResponse): (data: string) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  return (data) => void response.write(`data: ${data}\n\n`);
}

/** A whole answer as a stream. */
export function streamed(response: ServerResponse, ...pieces: string[]): void {
  const send = eventStream(response);
  for (const piece of pieces) send(chunk({ content: piece }));
  send(chunk({}, 'stop'));
  send(USAGE_CHUNK);
  send('[DONE]');
  response.end();
}
