import { EventStreamCodec } from '@smithy/eventstream-codec';

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)),
  (text) => new TextEncoder().encode(text),
);

/** A frame as AWS' own client writes it, with headers of strings. */
export function frame(
  headers: Readonly<Record<string, string>>,
  payload: string | Uint8Array = '',
): Buffer {
  const bytes = codec.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }]),
    ),
    body: typeof payload === 'string' ? new TextEncoder().encode(payload) : payload,
  });
  return Buffer.from(bytes);
}

export function event(type: string, payload: string): Buffer {
  return frame(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    payload,
  );
}

export function exception(type: string, payload: string): Buffer {
  return frame({ ':exception-type': type, ':message-type': 'exception' }, payload);
}

/** Frames from lines of `<event type> <payload>`, where a name that ends so is an exception's. */
export function framesFrom(lines: string): Buffer {
  const frames = lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const space = line.indexOf(' ');
      const type = line.slice(0, space);
      const framed = type.endsWith('Exception') ? exception : event;
      return framed(type, line.slice(space + 1));
    });
  return Buffer.concat(frames);
}
