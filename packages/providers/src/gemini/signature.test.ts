import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checksSignatures, thinksByBudget } from './model.ts';
import { joinCallId, splitCallId } from './signature.ts';

const base64 = fc
  .uint8Array({ minLength: 1 })
  .map((bytes) => Buffer.from(bytes).toString('base64'));
const own = fc.string({ unit: 'grapheme', minLength: 1 }).filter((id) => !/^call_\d+$/.test(id));

test('an id and its signature come back as they were, whatever is in the id', () => {
  fc.assert(
    fc.property(own, base64, (id, signature) => {
      expect(splitCallId(joinCallId(id, signature))).toEqual({ id, signature });
    }),
  );
});

test('an id without a signature comes back as it was, even one with marks of its own', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        own,
        own.map((id) => `${id}~abcd`),
        fc.constant('a~'),
      ),
      (id) => {
        expect(splitCallId(joinCallId(id, ''))).toEqual({ id, signature: undefined });
      },
    ),
  );
});

test('with a signature an id has no letters that a strict caller would refuse', () => {
  fc.assert(
    fc.property(base64, (signature) => {
      expect(joinCallId('fc-1', signature)).toMatch(/^fc-1~[\w-]+$/);
    }),
  );
});

test('an id that was made up here is not said to Gemini, but its signature is', () => {
  expect(splitCallId('call_0')).toEqual({ id: undefined, signature: undefined });
  expect(splitCallId('call_12~c2ln')).toEqual({ id: undefined, signature: 'c2ln' });
});

test('what is no base64 is no signature', () => {
  expect(joinCallId('a', 'not a signature')).toBe('a');
  expect(joinCallId('a', 'x')).toBe('a');
  expect(splitCallId('a~not a signature')).toEqual({
    id: 'a~not a signature',
    signature: undefined,
  });
});

test('ids of other providers are left alone', () => {
  for (const id of ['call_aB3xYz', 'toolu_01A', 'chatcmpl-tool-9f']) {
    expect(splitCallId(id)).toEqual({ id, signature: undefined });
  }
});

test.each([
  ['gemini-3-flash', true],
  ['gemini-3.1-pro-preview', true],
  ['gemini-4-argon', true],
  ['gemini-10-x', true],
  ['gemini-flash-latest', true],
  ['publishers/google/models/gemini-3.8-flash', true],
  ['gemini-2.5-flash', false],
  ['gemini-1.5-flash-latest', false],
  ['gemma-3-27b-it', false],
])('%s checks signatures: %s', (model, checks) => {
  expect(checksSignatures(model)).toBe(checks);
});

test('what else a name tells', () => {
  expect(thinksByBudget('models/gemini-2.5-pro')).toBe(true);
  expect(thinksByBudget('gemini-3-pro')).toBe(false);
});
