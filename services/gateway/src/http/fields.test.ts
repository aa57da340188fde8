import { expect, test } from 'vitest';
import { Fields } from './fields.ts';

test('a field within a field is named by its whole path', () => {
  const inner = Fields.of({ a: { b: { c: 7 } } }, '')
    .fields('a')
    ?.fields('b');
  expect(() => inner?.string('c')).toThrow('"a.b.c" must be a string.');
});

test('what an object inherits was not sent', () => {
  const fields = Fields.of({}, '');
  expect(fields.raw('toString')).toBeUndefined();
  expect(fields.raw('constructor')).toBeUndefined();
  expect(fields.names()).toEqual([]);
});

test('bounds are inclusive', () => {
  const fields = Fields.of({ low: 0, high: 2, over: 2.0001 }, '');
  expect([fields.number('low', 0, 2), fields.number('high', 0, 2)]).toEqual([0, 2]);
  expect(() => fields.number('over', 0, 2)).toThrow('between 0 and 2');
});

test('JSON nobody looks into may be 64 levels deep and no more', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  expect(Fields.of({ x: nested(64) }, '').json('x')).toBeDefined();
  expect(() => Fields.of({ x: nested(65) }, '').json('x')).toThrow('deeper than 64');
});

test('an empty text is a text, but not where one is required', () => {
  const fields = Fields.of({ x: '' }, '');
  expect(fields.string('x')).toBe('');
  expect(() => fields.requiredString('x')).toThrow('"x" is required.');
});
