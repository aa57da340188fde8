import type { ServerResponse } from 'node:http';

type Headers = Readonly<Record<string, string | number>>;

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
