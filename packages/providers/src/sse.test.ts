import { Fault } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SseParser } from './sse.ts';

const LIMIT = 8 * 1024 * 1024;

function read(chunks: readonly Uint8Array[], limit = LIMIT): string[] {
  const parser = new SseParser(limit);
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function readText(text: string): string[] {
  return read([bytes(text)]);
}

/** The same bytes cut at the given places. */
function cut(whole: Uint8Array, places: readonly number[]): Uint8Array[] {
  const edges = [0, ...places.map((place) => place % (whole.length + 1)), whole.length];
  edges.sort((a, b) => a - b);
  return edges.slice(1).map((edge, index) => whole.subarray(edges[index], edge));
}

const dataLine = fc.string({ unit: 'grapheme' }).filter((line) => !/[\r\n]/.test(line));
const eol = fc.constantFrom('\n', '\r', '\r\n');

/** An event as the specification lets it be written, and what it says. */
const event = fc
  .record({
    lines: fc.array(dataLine, { minLength: 1, maxLength: 3 }),
    space: fc.boolean(),
    before: fc.constantFrom('', ': a comment', 'event: message', 'id: 7', 'retry: 10', 'datum: x'),
  })
  .map(({ lines, space, before }) => ({
    fields: [
      ...(before ? [before] : []),
      // Without the space, a line that begins with one would lose it.
      ...lines.map((line) => `data:${space || line.startsWith(' ') ? ' ' : ''}${line}`),
    ],
    data: lines.join('\n'),
  }));

test('what was sent is what is read, for every line ending and every cut of the bytes', () => {
  fc.assert(
    fc.property(
      fc.array(event),
      eol,
      fc.boolean(),
      fc.array(fc.nat()),
      (events, end, bom, cuts) => {
        const text = events.map(({ fields }) => [...fields, '', ''].join(end)).join('');
        const whole = bytes(bom ? `\u{feff}${text}` : text);
        expect(read(cut(whole, cuts))).toEqual(events.map(({ data }) => data));
      },
    ),
  );
});

describe('any two cuts of a stream give the same events', () => {
  test.each([
    ['LF', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['endings that change midway', 'data: a\r\n\ndata: b\r\rdata: c\n\r\n', ['a', 'b', 'c']],
    ['several lines in an event', 'data: a\ndata:\ndata: b\n\n', ['a\n\nb']],
    ['no space after the colon', 'data:{"x": 1}\n\n', ['{"x": 1}']],
    ['a space that belongs to the data', 'data:  a\n\n', [' a']],
    ['comments and heartbeats', ': hi\n\ndata: a\n: in between\ndata: b\n\n:\n\n', ['a\nb']],
    ['a last event without its blank line', 'data: a\n\ndata: b\n', ['a', 'b']],
    ['a last line without its end', 'data: a\n\ndata: b', ['a', 'b']],
    ['a last CR on its own', 'data: a\r', ['a']],
    ['a byte order mark', '\u{feff}data: a\n\n', ['a']],
    ['characters of two, three and four bytes', 'data: é語🏞️\n\n', ['é語🏞️']],
    ['other fields', 'event: x\nid: 1\nretry: 5\ndatabase: y\ndata\n\n', ['']],
    ['an event without data', 'event: ping\n\ndata: a\n\n', ['a']],
    ['blank lines only', '\n\r\n\r\r', []],
  ])('with %s', (_what, text, events) => {
    const whole = bytes(text);
    for (let first = 0; first <= whole.length; first++) {
      for (let second = first; second <= whole.length; second++) {
        expect(read(cut(whole, [first, second]))).toEqual(events);
      }
    }
  });
});

test('an event is told as soon as its blank line is there, not with the next chunk', () => {
  const parser = new SseParser(LIMIT);
  expect(parser.push(bytes('data: a\n'))).toEqual([]);
  expect(parser.push(bytes('\n'))).toEqual(['a']);
});

test('with CRLF, an event does not wait for the line feed of its blank line', () => {
  const parser = new SseParser(LIMIT);
  expect(parser.push(bytes('data: a\r\n\r'))).toEqual(['a']);
  expect(parser.push(bytes('\ndata: b\r\n\r\n'))).toEqual(['b']);
});

test('a line of a megabyte in small pieces is one event', () => {
  const long = 'x'.repeat(1024 * 1024);
  const whole = bytes(`data: ${long}\n\n`);
  const places = Array.from({ length: 64 }, (_value, index) => index * 16_384);
  expect(read(cut(whole, places))).toEqual([long]);
  // So many that their square would take longer than a test may.
  const parser = new SseParser(2 ** 24);
  for (let at = 0; at < whole.length; at += 8) parser.push(whole.subarray(at, at + 8));
  expect(parser.push(bytes('data: next\n\n'))).toEqual(['next']);
});

test('a character cut off for good is replaced, and the event around it survives', () => {
  expect(read([bytes('data: ab'), Uint8Array.of(0xe2, 0x82)])).toEqual(['ab\u{fffd}']);
});

test('an event over the limit is refused, wherever it is cut and however its lines are', () => {
  const long = fc.constantFrom(
    `data: ${'x'.repeat(101)}\n\n`,
    `data: ${'x'.repeat(50)}\ndata: ${'y'.repeat(60)}\n\n`,
    `data: ${'x'.repeat(200)}`,
  );
  fc.assert(
    fc.property(long, fc.array(fc.nat()), (text, cuts) => {
      expect(() => read(cut(bytes(text), cuts), 100)).toThrow(Fault);
    }),
  );
});

test('the limit is on one event, not on the stream', () => {
  expect(readText(`data: ${'x'.repeat(90)}\n\n`.repeat(100))).toHaveLength(100);
  const whole = bytes(`data: ${'x'.repeat(90)}\n\n`.repeat(100));
  expect(read([whole], 100)).toHaveLength(100);
});
