import { crc32 } from 'node:zlib';
import type { Piece } from './framing.ts';

/** Before the headers: length of all, length of the headers, and the sum over both. */
const PRELUDE_BYTES = 12;
const SUM_BYTES = 4;
/** Of a header's value. */
const STRING = 7;

/** A piece in AWS' binary framing. What its event's name calls an exception is framed as one. */
export function awsFrame({ event = '', data }: Piece): Uint8Array {
  const isException = event.endsWith('Exception');
  const headers = Buffer.concat([
    header(isException ? ':exception-type' : ':event-type', event),
    header(':content-type', 'application/json'),
    header(':message-type', isException ? 'exception' : 'event'),
  ]);
  const payload = Buffer.from(data);
  const prelude = Buffer.alloc(PRELUDE_BYTES);
  prelude.writeUInt32BE(PRELUDE_BYTES + headers.length + payload.length + SUM_BYTES, 0);
  prelude.writeUInt32BE(headers.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const summed = Buffer.concat([prelude, headers, payload]);
  const sum = Buffer.alloc(SUM_BYTES);
  sum.writeUInt32BE(crc32(summed));
  return Buffer.concat([summed, sum]);
}

function header(name: string, value: string): Buffer {
  const key = Buffer.from(name);
  const text = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length);
  return Buffer.concat([Buffer.of(key.length), key, Buffer.of(STRING), length, text]);
}
