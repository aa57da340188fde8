import { Fault } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { event, exception, frame } from './aws-frames.fixture.ts';
import { AwsFrameParser } from './aws-frames.ts';
import { parserFor } from './framing.ts';

const LIMIT = 100_000;

function read(chunks: readonly Uint8Array[], limit = LIMIT): string[] {
  const parser = new AwsFrameParser(limit);
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
}

/** The same bytes cut at the given places. */
function cut(whole: Uint8Array, places: readonly number[]): Uint8Array[] {
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

  test('no bytes, however strange, end in anything but events or a fault', () => {
    const start = fc.constantFrom(Buffer.alloc(0), Buffer.from(HELLO.subarray(0, 30)));
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 64 }), (before, bytes) => {
        try {
          read([before, bytes]);
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
