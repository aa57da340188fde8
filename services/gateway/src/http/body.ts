import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Fault } from '@weir/core';

/** The request's body, bounded while it arrives. Only plain JSON is taken: no compression, so no bomb. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Fault('unsupported_media', 'Send the body uncompressed.');
  }
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) {
    throw new Fault('unsupported_media', 'Send the body as application/json.');
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): Fault {
  return new Fault('payload_too_large', `The body is larger than ${maxBytes} bytes.`);
}

/** Parses without ever echoing what was sent: it may hold a prompt. */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new Fault('invalid_request', 'The body is not valid UTF-8.');
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw new Fault('invalid_request', 'The body is not valid JSON.', { cause });
  }
}
