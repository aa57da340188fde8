import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long a caller may go on sending after it was told that nobody understands it. */
const LINGER_MS = 2000;

/**
 * Answers what never became a request: a head that is no HTTP, too large, or not finished in time. Node's own answer is
 * lost with what the caller had still in flight, because it closes over unread bytes; this one reads on for a moment.
 */
export function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.destroyed || !socket.writable) {
    // Also the second complaint about one connection: it has its answer.
    if (!socket.writableEnded) socket.destroy();
    return;
  }
  const { status, message } = complaintOf(error.code);
  const body = JSON.stringify({
    error: { message, type: 'invalid_request_error', param: null, code: null },
  });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'connection: close',
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer)).resume();
}

function complaintOf(code: string | undefined): { status: number; message: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, message: 'The headers are too large.' };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, message: 'The chunk extensions are too large.' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, message: 'The request did not arrive in time.' };
    default:
      return { status: 400, message: 'This is no HTTP request.' };
  }
}
