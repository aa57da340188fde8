import { expect, test } from 'vitest';
import { FRAMINGS } from './framing.ts';

const PIECES = [{ data: '{"a":1}' }, { event: 'named', data: '{"b":2}' }];

function framed(name: keyof typeof FRAMINGS, newline: string): string {
  const framing = FRAMINGS[name](newline);
  return PIECES.map((piece, at) => framing.frame(piece, at === 0)).join('') + framing.close;
}

test.each(['\n', '\r\n'])('events are lines and an empty one, whatever ends a line', (newline) => {
  expect(framed('events', newline).split(newline)).toEqual([
    'data: {"a":1}',
    '',
    'event: named',
    'data: {"b":2}',
    '',
    '',
  ]);
});

test.each(['\n', '\r\n'])('the pieces of an array are one JSON text', (newline) => {
  expect(JSON.parse(framed('array', newline))).toEqual([{ a: 1 }, { b: 2 }]);
});

test.each(['\n', '\r\n'])('lines are a JSON text each, whatever ends them', (newline) => {
  const lines = framed('lines', newline).split(newline);
  expect(lines).toEqual(['{"a":1}', '{"b":2}', '']);
});
