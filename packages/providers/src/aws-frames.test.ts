import { crc32 } from 'node:zlib';
import { EventStreamCodec, Int64, type MessageHeaders } from '@smithy/eventstream-codec';
import { Fault } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { event, exception, frame } from './aws-frames.fixture.ts';
import { AwsFrameParser } from './aws-frames.ts';
import { parserFor } from './framing.ts';

const LIMIT = 100_000;

function read(chunks: readonly Buffer[], limit = LIMIT): string[] {
  const parser = new AwsFrameParser(limit);
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
}

/** The same bytes cut at the given places. */
function cut(whole: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places.map((place) => place % (whole.length + 1)), whole.length];
  edges.sort((a, b) => a - b);
  return edges.slice(1).map((edge, index) => whole.subarray(edges[index], edge));
}

function faultOf(act: () => unknown): Fault {
  try {
    act();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Fault);
    return thrown as Fault;
  }
  throw new Error('It was taken.');
}

/** A frame around these headers, whatever they are, with the sums that it must have. */
function summed(headers: Buffer, body: Buffer): Buffer {
  const length = 16 + headers.length + body.length;
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(length);
  prelude.writeUInt32BE(headers.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const framed = Buffer.concat([prelude, headers, body, Buffer.alloc(4)]);
  framed.writeUInt32BE(crc32(framed.subarray(0, -4)), length - 4);
  return framed;
}

const HELLO = event('contentBlockDelta', '{"delta":{"text":"Größe 🏞️"}}');

test('a media type of frames is cut as frames, whatever is said behind it', () => {
  const type = 'application/vnd.amazon.eventstream';
  expect(parserFor(type, 100)).toBeInstanceOf(AwsFrameParser);
  expect(parserFor(`${type}; charset=utf-8`, 100)).toBeInstanceOf(AwsFrameParser);
});

test('any split of any sequence of frames gives the same events', () => {
  const name = fc.stringMatching(/^[a-zA-Z]{1,20}$/);
  const payload = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), { maxKeys: 4 });
  const framed = fc
    .tuple(fc.constantFrom(event, exception), name, payload)
    .map(([make, type, value]) => ({
      bytes: make(type, JSON.stringify(value)),
      text: JSON.stringify({ [type]: value }),
    }));
  fc.assert(
    fc.property(
      fc.array(framed, { maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (frames, cuts) => {
        const whole = Buffer.concat(frames.map(({ bytes }) => bytes));
        expect(read(cut(whole, cuts))).toEqual(frames.map(({ text }) => text));
      },
    ),
    { numRuns: 500 },
  );
});

test('two frames are the same at every cut, and byte by byte', () => {
  const whole = Buffer.concat([HELLO, event('messageStop', '{"stopReason":"end_turn"}')]);
  const texts = [
    '{"contentBlockDelta":{"delta":{"text":"Größe 🏞️"}}}',
    '{"messageStop":{"stopReason":"end_turn"}}',
  ];
  for (let at = 0; at <= whole.length; at++) expect(read(cut(whole, [at]))).toEqual(texts);
  expect(read(Array.from(whole, (_byte, at) => whole.subarray(at, at + 1)))).toEqual(texts);
});

describe('a frame says what it is', () => {
  test('an event without a payload is an empty object', () => {
    expect(read([event('initial-response', '')])).toEqual(['{"initial-response":{}}']);
  });

  test('an exception has its type for a name', () => {
    expect(read([exception('throttlingException', '{"message":"Slow down"}')])).toEqual([
      '{"throttlingException":{"message":"Slow down"}}',
    ]);
  });

  test('an error that is none of the service has a code, and its prose stays out', () => {
    const headers = {
      ':message-type': 'error',
      ':error-code': 'InternalFailure',
      ':error-message': 'secret',
    };
    expect(read([frame(headers)])).toEqual(['{"error":{"code":"InternalFailure"}}']);
    expect(read([frame({ ':message-type': 'error' })])).toEqual(['{"error":{}}']);
  });

  test('one that is of no kind or has no name is invalid', () => {
    for (const headers of [
      {},
      { ':message-type': 'news' },
      { ':message-type': 'event' },
      { ':message-type': 'exception', ':event-type': 'x' },
    ]) {
      expect(faultOf(() => read([frame(headers, '{}')])).kind).toBe('upstream_invalid');
    }
  });

  test('headers of every type may stand beside those that are read', () => {
    const codec = new EventStreamCodec(
      (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()),
      (text) => Buffer.from(text),
    );
    const headers: MessageHeaders = {
      yes: { type: 'boolean', value: true },
      no: { type: 'boolean', value: false },
      byte: { type: 'byte', value: -1 },
      short: { type: 'short', value: 300 },
      integer: { type: 'integer', value: 70_000 },
      long: { type: 'long', value: Int64.fromNumber(5) },
      binary: { type: 'binary', value: Buffer.from([0, 1, 2]) },
      time: { type: 'timestamp', value: new Date(0) },
      id: { type: 'uuid', value: '12345678-9abc-def0-1234-56789abcdef0' },
      ':message-type': { type: 'string', value: 'event' },
      ':event-type': { type: 'string', value: 'messageStop' },
    };
    const bytes = Buffer.from(codec.encode({ headers, body: Buffer.from('{}') }));
    expect(read([bytes])).toEqual(['{"messageStop":{}}']);
  });

  test('headers cannot be mistaken for what every object has', () => {
    const headers = { __proto__: 'x', constructor: 'x', ':message-type': 'event' };
    expect(faultOf(() => read([frame(headers, '{}')])).kind).toBe('upstream_invalid');
  });
});

describe('what is damaged is a fault', () => {
  test('any byte that is changed is noticed, since both sums are checked', () => {
    for (let at = 0; at < HELLO.length; at++) {
      const bad = Buffer.from(HELLO);
      bad[at] = (bad[at] ?? 0) ^ 0x01;
      expect(faultOf(() => read([bad, HELLO])).kind, String(at)).toBe('upstream_invalid');
    }
  });

  test('a stream that ends within a frame', () => {
    for (let at = 1; at < HELLO.length; at++) {
      const fault = faultOf(() => read([HELLO, HELLO.subarray(0, at)]));
      expect(fault.message).toContain('broke off');
    }
  });

  test('headers of any bytes, under right sums, are a fault or what AWS’ own client makes of them', () => {
    const codec = new EventStreamCodec(
      (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()),
      (text) => Buffer.from(text),
    );
    const own = codec.formatHeaders({
      ':message-type': { type: 'string', value: 'event' },
      ':event-type': { type: 'string', value: 'messageStop' },
    });
    // Mutations of real headers, since random bytes hardly ever begin like any.
    const mutated = fc
      .tuple(fc.nat({ max: own.length - 1 }), fc.nat({ max: 255 }), fc.nat({ max: own.length }))
      .map(([at, byte, length]) => {
        const bytes = Buffer.from(own);
        bytes[at] = byte;
        return bytes.subarray(0, length);
      });
    const anyBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(mutated, anyBytes), (headers) => {
        const bytes = summed(headers, Buffer.from('{"a":1}'));
        let texts: string[] | undefined;
        try {
          texts = read([bytes]);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Fault);
        }
        if (!texts) return;
        const type = codec.decode(bytes).headers[':event-type']?.value;
        if (type !== undefined) expect(texts).toEqual([`{${JSON.stringify(type)}:{"a":1}}`]);
      }),
      { numRuns: 2000 },
    );
  });

  test('no bytes, however strange, end in anything but events or a fault', () => {
    const start = fc.constantFrom(Buffer.alloc(0), Buffer.from(HELLO.subarray(0, 30)));
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 64 }), (before, bytes) => {
        try {
          read([before, Buffer.from(bytes)]);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Fault);
        }
      }),
    );
  });

  test('headers that claim to be longer than their frame reach nothing beside it', () => {
    const bad = Buffer.concat([HELLO, HELLO]);
    bad.writeUInt32BE(200, 4);
    expect(faultOf(() => read([bad])).kind).toBe('upstream_invalid');
  });
});

describe('no frame is larger than the limit', () => {
  test('one that says so is refused by its first four bytes, before anything of it is kept', () => {
    const parser = new AwsFrameParser(1000);
    const claim = Buffer.alloc(4);
    claim.writeUInt32BE(1001);
    parser.push(claim.subarray(0, 3));
    expect(faultOf(() => parser.push(claim.subarray(3))).message).toContain('larger');
  });

  test('one of just the limit is taken, and so is any number of them', () => {
    const limit = HELLO.length;
    expect(read([HELLO, HELLO, HELLO], limit)).toHaveLength(3);
    expect(faultOf(() => read([HELLO], limit - 1)).kind).toBe('upstream_invalid');
  });

  test('one too short to be a frame is none', () => {
    expect(faultOf(() => read([Buffer.alloc(16)])).message).toContain('too short');
  });
});
