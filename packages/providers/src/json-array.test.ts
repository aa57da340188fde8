import { Fault } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonArrayParser } from './json-array.ts';

const LIMIT = 8 * 1024 * 1024;

function read(chunks: readonly Uint8Array[], limit = LIMIT): string[] {
  const parser = new JsonArrayParser(limit);
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

const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue());
const space = fc.constantFrom('', ' ', '\n', '\r\n', '\t  ');

test('what was put into the array is what is read, however it is laid out and cut', () => {
  fc.assert(
    fc.property(
      fc.array(object),
      space,
      fc.constantFrom(0, 2),
      fc.boolean(),
      fc.array(fc.nat()),
      (elements, gap, indent, bom, cuts) => {
        const texts = elements.map((element) => JSON.stringify(element, null, indent));
        const array = `${gap}[${gap}${texts.join(`${gap},${gap}`)}${gap}]${gap}`;
        expect(read(cut(bytes(bom ? `\u{feff}${array}` : array), cuts))).toEqual(texts);
      },
    ),
  );
});

describe('any two cuts of an array give the same elements', () => {
  test.each([
    ['nothing in it', '[]', []],
    ['one element', '[{}]', ['{}']],
    ['elements on lines of their own', '[{"a":1}\n,\r\n{"b":2}\n]\n', ['{"a":1}', '{"b":2}']],
    ['braces and brackets in strings', '[{"a":"}]{[,"}]', ['{"a":"}]{[,"}']],
    ['quotes escaped in strings', '[{"a":"\\"}"},{}]', ['{"a":"\\"}"}', '{}']],
    ['a string that ends in a backslash', '[{"a":"\\\\"},{}]', ['{"a":"\\\\"}', '{}']],
    ['nesting', '[{"a":[{"b":[]},[]]},{"c":{}}]', ['{"a":[{"b":[]},[]]}', '{"c":{}}']],
    ['characters of two, three and four bytes', '[{"a":"é語🏞️"}]', ['{"a":"é語🏞️"}']],
  ])('with %s', (_what, text, elements) => {
    const whole = bytes(text);
    for (let first = 0; first <= whole.length; first++) {
      for (let second = first; second <= whole.length; second++) {
        expect(read(cut(whole, [first, second]))).toEqual(elements);
      }
    }
  });
});

test('an element is told as soon as its last brace is there, not with the comma after it', () => {
  const parser = new JsonArrayParser(LIMIT);
  expect(parser.push(bytes('[{"a":1'))).toEqual([]);
  expect(parser.push(bytes('}'))).toEqual(['{"a":1}']);
  expect(parser.push(bytes(','))).toEqual([]);
  expect(parser.push(bytes('{"b":2}]'))).toEqual(['{"b":2}']);
});

describe('what is no array of objects is a fault, wherever it is cut', () => {
  test.each([
    ['a page of HTML', '<html>'],
    ['an object', '{"error":{}}'],
    ['a number among the elements', '[{},7]'],
    ['two elements without a comma', '[{}{}]'],
    ['a comma with nothing before it', '[,{}]'],
    ['a comma with nothing after it', '[{},]'],
    ['something after its end', '[{}]{}'],
    ['an element that breaks off', '[{"a":1'],
    ['an element that breaks off within a string', '[{"a":"}]'],
  ])('%s', (_what, text) => {
    const whole = bytes(text);
    for (let at = 0; at <= whole.length; at++) {
      expect(() => read(cut(whole, [at]))).toThrow(
        expect.objectContaining({ kind: 'upstream_invalid' }),
      );
    }
  });
});

test('an array that only lacks its last bracket has told all that was in it', () => {
  expect(read([bytes('[{"a":1}\n')])).toEqual(['{"a":1}']);
  expect(read([])).toEqual([]);
});

test('a character cut off for good is replaced, and the fault is still one', () => {
  expect(() => read([bytes('[{"a":"'), Uint8Array.of(0xe2, 0x82)])).toThrow(Fault);
  expect(read([bytes('[{"a":"'), Uint8Array.of(0xe2, 0x82), bytes('"}]')])).toEqual([
    '{"a":"\u{fffd}"}',
  ]);
});

test('an element of a megabyte in small pieces is one element', () => {
  const long = JSON.stringify({ text: 'x'.repeat(1024 * 1024) });
  const whole = bytes(`[${long}]`);
  const places = Array.from({ length: 64 }, (_value, index) => index * 16_384);
  expect(read(cut(whole, places))).toEqual([long]);
  // So many that their square would take longer than a test may.
  const parser = new JsonArrayParser(2 ** 24);
  for (let at = 0; at < whole.length; at += 8) parser.push(whole.subarray(at, at + 8));
  expect(parser.end()).toEqual([]);
});

test('an element over the limit is refused, wherever it is cut and whether or not it ends', () => {
  const long = fc.constantFrom(
    `[{"a":"${'x'.repeat(100)}"}]`,
    `[{"a":"${'x'.repeat(200)}`,
    `[{},{${' '.repeat(200)}}]`,
  );
  fc.assert(
    fc.property(long, fc.array(fc.nat()), (text, cuts) => {
      expect(() => read(cut(bytes(text), cuts), 100)).toThrow(Fault);
    }),
  );
});

test('the limit is on one element, not on the array, nor on the space between its elements', () => {
  const element = JSON.stringify({ a: 'x'.repeat(90) });
  const array = `[${Array.from({ length: 100 }, () => element).join(`,${' '.repeat(500)}`)}]`;
  expect(read([bytes(array)], 100)).toHaveLength(100);
});
