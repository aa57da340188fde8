import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call as it came over the wire, and the signature that it should have. */
export interface SignedCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly expected: string;
}

/**
 * A server that computes Signature Version 4 of whatever it gets, from the bytes on the wire and by the words of AWS'
 * documentation, with no code of AWS' own. It lets through what is signed rightly, and answers as Converse does.
 */
export class SignatureCheck implements AsyncDisposable {
  readonly #server = createServer();
  readonly calls: SignedCall[] = [];

  static async open(secretAccessKey: string): Promise<SignatureCheck> {
    const check = new SignatureCheck();
    check.#server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const call = callFrom(request, Buffer.concat(chunks), secretAccessKey);
      check.calls.push(call);
      const isRight = call.headers['authorization'] === call.expected;
      response.writeHead(isRight ? 200 : 403, { 'content-type': 'application/json' });
      response.end(isRight ? ANSWER : '{"message":"The signature does not match."}');
    });
    check.#server.listen(0, '127.0.0.1');
    await once(check.#server, 'listening');
    return check;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const ANSWER = JSON.stringify({
  output: { message: { role: 'assistant', content: [{ text: 'Signed.' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  metrics: { latencyMs: 1 },
});

function callFrom(request: IncomingMessage, body: Buffer, secret: string): SignedCall {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const path = request.url ?? '';
  const expected = authorization(path, headers, body, secret);
  return { path, headers, body: body.toString(), expected };
}

function authorization(
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  secret: string,
): string {
  const said = headers['authorization'] ?? '';
  const [, credential = '', names = ''] =
    /Credential=([^,]+), SignedHeaders=([^,]+),/.exec(said) ?? [];
  const [, day = '', region = '', service = ''] = credential.split('/');
  const canonical = [
    'POST',
    // Once more escaped than it was sent, its slashes excepted.
    path.split('/').map(encodeURIComponent).join('/'),
    '',
    ...names.split(';').map((name) => `${name}:${headers[name]?.trim()}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = [day, region, service, 'aws4_request'].join('/');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secret}`);
  const signature = hmac(key, toSign).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
