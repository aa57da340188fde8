import type { IncomingMessage, ServerResponse } from 'node:http';

type Headers = Readonly<Record<string, string | number>>;

/** How long a caller may go on sending a body that nobody wants. */
const LINGER_MS = 2000;

/** A whole JSON answer. */
export function sendJson(
  { response, headers }: { readonly response: ServerResponse; readonly headers: Headers },
  status: number,
  body: string,
): void {
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/**
 * A whole JSON answer to a caller who is still sending. What it sends is thrown away until it stops or the time is up:
 * a connection that is closed over unread bytes is reset, and a reset takes the answer with it.
 */
export function sendOverBody(
  {
    request,
    response,
    headers,
  }: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly headers: Headers;
  },
  status: number,
  body: string,
): void {
  response.writeHead(status, {
    ...headers,
    connection: 'close',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.write(body);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end).once('close', end).resume();
}
