import { connect, type Socket } from 'node:net';

export interface LoadTarget {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LoadResult {
  readonly answered: number;
  readonly failed: number;
  readonly seconds: number;
  /** Ascending. */
  readonly latenciesMs: readonly number[];
}

/** One kept-alive connection that sends a prepared request and waits for the whole answer. */
class Connection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  #rest: Buffer = Buffer.alloc(0);
  #done: ((status: number) => void) | undefined;

  constructor(target: LoadTarget, request: Buffer) {
    this.#request = request;
    this.#socket = connect({ port: target.port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', () => this.#finish(0));
    this.#socket.on('close', () => this.#finish(0));
  }

  send(): Promise<number> {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#socket.write(this.#request);
    });
  }

  #finish(status: number): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(status);
  }

  #take(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const headEnd = this.#rest.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#rest.toString('latin1', 0, headEnd);
    const length = /content-length: *(\d+)/i.exec(head)?.[1];
    const end = length === undefined ? this.#chunkedEnd(headEnd + 4) : headEnd + 4 + Number(length);
    if (end < 0 || this.#rest.length < end) return;
    this.#rest = this.#rest.subarray(end);
    this.#finish(Number(head.slice(9, 12)));
  }

  /** Where a chunked body ends; -1 while it has not. */
  #chunkedEnd(from: number): number {
    const last = this.#rest.indexOf('0\r\n\r\n', from);
    return last < 0 ? -1 : last + 5;
  }

  close(): void {
    this.#socket.destroy();
  }
}

function requestBytes({ headers, body }: LoadTarget): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(
    [
      'POST /v1/chat/completions HTTP/1.1',
      'host: 127.0.0.1',
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      ...lines,
      '',
      body,
    ].join('\r\n'),
  );
}

/** Closed loop: so many connections, each sending its next request when the last was answered. Measures throughput. */
export async function saturate(
  target: LoadTarget,
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const request = requestBytes(target);
  const until = performance.now() + seconds * 1000;
  const startedAt = performance.now();
  let answered = 0;
  let failed = 0;
  const worker = async () => {
    const connection = new Connection(target, request);
    while (performance.now() < until) {
      if ((await connection.send()) === 200) answered++;
      else {
        failed++;
        break;
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return { answered, failed, seconds: (performance.now() - startedAt) / 1000, latenciesMs: [] };
}

/** Open loop: a request every `1/rate` seconds whatever became of the others. Measures latency as callers see it. */
export async function pace(target: LoadTarget, rate: number, seconds: number): Promise<LoadResult> {
  const request = requestBytes(target);
  const idle: Connection[] = [];
  const latenciesMs: number[] = [];
  let failed = 0;
  const pending: Promise<void>[] = [];
  const startedAt = performance.now();
  const total = Math.floor(rate * seconds);
  for (let sent = 0; sent < total; sent++) {
    const due = startedAt + (sent * 1000) / rate;
    const waitMs = due - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const connection = idle.pop() ?? new Connection(target, request);
    const from = performance.now();
    pending.push(
      connection.send().then((status) => {
        latenciesMs.push(performance.now() - from);
        if (status === 200) idle.push(connection);
        else failed++;
      }),
    );
  }
  await Promise.all(pending);
  for (const connection of idle) connection.close();
  latenciesMs.sort((a, b) => a - b);
  const seconds_ = (performance.now() - startedAt) / 1000;
  return { answered: total - failed, failed, seconds: seconds_, latenciesMs };
}
