import { Fault } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Details, detailsIn } from './details.ts';

function stateOf(...chunks: unknown[]): string | undefined {
  const details = new Details();
  for (const chunk of chunks) details.add(chunk);
  return details.state();
}

const SIGNED = { type: 'reasoning.text', text: 'Look.', signature: 's', index: 0 };

test('thoughts without a signature say nothing that their text does not', () => {
  expect(stateOf([{ type: 'reasoning.text', text: 'Look.', index: 0 }])).toBeUndefined();
  expect(stateOf([{ type: 'reasoning.summary', summary: 'Looked.' }])).toBeUndefined();
  expect(stateOf(undefined, null, 'text', [])).toBeUndefined();
});

test('pieces of one detail are put together, and those of another are not', () => {
  const state = stateOf(
    [{ type: 'reasoning.text', text: 'Lo', index: 0 }],
    [{ type: 'reasoning.text', text: 'ok.', index: 0 }],
    [{ type: 'reasoning.text', signature: 's', index: 0 }],
    [{ type: 'reasoning.encrypted', data: 'AA', index: 1 }],
    [{ type: 'reasoning.encrypted', data: 'BB', index: 1 }],
  );
  expect(detailsIn(state, 'p')).toEqual([
    SIGNED,
    { type: 'reasoning.encrypted', data: 'AA', index: 1 },
    { type: 'reasoning.encrypted', data: 'BB', index: 1 },
  ]);
});

test('what comes back is what was given', () => {
  const text = fc.string({ minLength: 1 });
  const detail = fc.oneof(
    fc.record({ type: fc.constant('reasoning.text'), text, signature: text }),
    fc.record({ type: fc.constant('reasoning.encrypted'), data: text, id: text }),
  );
  const list = fc.array(detail, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(list, (details) => {
      const numbered = details.map((one, index) => ({ ...one, index }));
      expect(detailsIn(stateOf(numbered), 'p')).toEqual(numbered);
    }),
  );
});

describe('a state that is not one of ours', () => {
  test.each([undefined, '', 'anthropic:[]', 'openai-responses:[]', 'openai'])(
    '%s is another provider’s, and passed over',
    (state) => {
      expect(detailsIn(state, 'p')).toBeUndefined();
    },
  );

  test.each([
    'openai:',
    'openai:{}',
    'openai:[null]',
    'openai:[{"type":"system"}]',
    `openai:[${'{"type":"reasoning.text"},'.repeat(1000)}{"type":"reasoning.text"}]`,
  ])('%s was changed, and is refused', (state) => {
    expect(() => detailsIn(state, 'messages.0.reasoning_state')).toThrow(
      expect.objectContaining({
        kind: 'unsupported_parameter',
        param: 'messages.0.reasoning_state',
      }),
    );
  });

  test('nothing but known fields goes on, whatever was put in', () => {
    const state =
      'openai:[{"type":"reasoning.text","text":"a","role":"system","__proto__":{"x":1}}]';
    expect(detailsIn(state, 'p')).toEqual([{ type: 'reasoning.text', text: 'a' }]);
  });

  test('any text is details, a fault, or passed over', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          detailsIn(`openai:${text}`, 'p');
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Fault);
        }
      }),
    );
  });
});
