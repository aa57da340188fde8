import { Fault } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineParser } from './lines.ts';

const LIMIT = 8 * 1024 * 1024;

function read(chunks: readonly Uint8Array[], limit = LIMIT): string[] {
  const parser = new LineParser(limit);
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The same bytes cut at the given places. */
function cut(whole: Uint8Array, places: readonly number[]): Uint8Array[] {
  const edges = [0, ...places.map((place) => place % (whole.length + 1)), whole.length];
  edges.sort((a, b) => a - b);
  return edges.slice(1).map((edge, index) => whole.subarray(edges[index], edge));
}

const value = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue());
const eol = fc.constantFrom('\n', '\r\n');

test('what was sent is what is read, for both line endings, with blank lines, and for every cut of the bytes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(value, fc.constantFrom('', '\n', ' \r\n', '\t\n'))),
      eol,
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.nat()),
      (lines, end, bom, ends, cuts) => {
        const said = lines.map(([line, blank]) => JSON.stringify(line) + end + blank).join('');
        const text = ends ? said : said.trimEnd();
        const whole = bytes(bom ? `\u{feff}${text}` : text);
        const told = read(cut(whole, cuts)).map((line) => JSON.parse(line));
        expect(told).toEqual(lines.map(([line]) => JSON.parse(JSON.stringify(line))));
      },
    ),
  );
});

describe('any two cuts of the bytes give the same lines', () => {
  test.each([
    ['nothing', '', []],
    ['one line', '{}\n', ['{}']],
    ['a last line without its end', '{"a":1}\n{"b":2}', ['{"a":1}', '{"b":2}']],
    ['blank lines', '\n\n{"a":1}\n \n\n{"b":2}\n\n', ['{"a":1}', '{"b":2}']],
    ['carriage returns', '{"a":1}\r\n\r\n{"b":2}\r\n', ['{"a":1}\r', '{"b":2}\r']],
    ['line ends in strings', '{"a":"\\n"}\n{"b":"\u2028"}\n', ['{"a":"\\n"}', '{"b":"\u2028"}']],
    ['characters of two, three and four bytes', '{"a":"é語🏞️"}\n{}\n', ['{"a":"é語🏞️"}', '{}']],
  ])('with %s', (_what, text, lines) => {
    const whole = bytes(text);
    for (let first = 0; first <= whole.length; first++) {
      for (let second = first; second <= whole.length; second++) {
        expect(read(cut(whole, [first, second]))).toEqual(lines);
      }
    }
  });
});

test('a line is told as soon as its end is there', () => {
  const parser = new LineParser(LIMIT);
  expect(parser.push(bytes('{"a":1}'))).toEqual([]);
  expect(parser.push(bytes('\n{"b"'))).toEqual(['{"a":1}']);
  expect(parser.push(bytes(':2}'))).toEqual([]);
  expect(parser.end()).toEqual(['{"b":2}']);
  expect(parser.end()).toEqual([]);
});

test('a character of which the connection brought only half is a replacement character, and no failure', () => {
  const half = bytes('{"a":"語"}\n').subarray(0, 8);
  expect(read([half])).toEqual(['{"a":"\u{fffd}']);
});

describe('a line has a limit', () => {
  const kind = (chunks: readonly Uint8Array[], limit: number) => {
    try {
      return read(chunks, limit).map(({ length }) => length);
    } catch (thrown) {
      return thrown instanceof Fault ? thrown.kind : thrown;
    }
  };
  const line = (characters: number) => bytes(`${'x'.repeat(characters)}\n`);

  test('up to which it is read, however it is cut, and beyond which it is not', () => {
    for (let at = 0; at <= 11; at++) {
      expect(kind([line(10).subarray(0, at), line(10).subarray(at)], 10)).toEqual([10]);
      expect(kind([line(11).subarray(0, at), line(11).subarray(at)], 10)).toBe('upstream_invalid');
    }
  });

  test('that each has for itself', () => {
    expect(kind([line(10), line(10), line(10)], 10)).toEqual([10, 10, 10]);
    expect(kind([bytes('x\nx\nx\n'), line(11)], 10)).toBe('upstream_invalid');
  });

  test('that holds before the end of the line has come', () => {
    const parser = new LineParser(10);
    parser.push(bytes('x'.repeat(10)));
    expect(() => parser.push(bytes('x'))).toThrow(
      expect.objectContaining({ kind: 'upstream_invalid' }),
    );
  });
});

test('a line of a million characters in thousands of pieces is read in one go', () => {
  const whole = bytes(`{"a":"${'é'.repeat(500_000)}"}\n{"b":2}\n`);
  const pieces = Array.from({ length: Math.ceil(whole.length / 301) }, (_piece, at) =>
    whole.subarray(at * 301, (at + 1) * 301),
  );
  const begin = performance.now();
  const [long, short] = read(pieces);
  expect(JSON.parse(long ?? '').a).toHaveLength(500_000);
  expect(short).toBe('{"b":2}');
  // Searching all of it again with every piece would take minutes.
  expect(performance.now() - begin).toBeLessThan(2000);
});
