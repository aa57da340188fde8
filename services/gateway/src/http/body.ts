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
  return collect(request, maxBytes);
}

/** By events: an async iterator over the request costs several microseconds more. */
function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        request.off('data', take).pause();
        reject(tooLarge(maxBytes));
      } else chunks.push(chunk);
    };
    request.on('data', take);
    request.on('end', () => {
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    request.on('error', (cause) => reject(new Fault('cancelled', 'The caller left.', { cause })));
  });
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
