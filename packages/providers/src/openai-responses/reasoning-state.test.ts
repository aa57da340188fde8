import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outlineIn, stateFrom } from './reasoning-state.ts';

const THOUGHT = { type: 'reasoning', summary: [], encrypted_content: 'enc' };

test('a state is an outline of the output, without what was said', () => {
  const state = stateFrom([
    { type: 'web_search_call', id: 'ws_1' },
    { ...THOUGHT, id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }], status: null },
    { type: 'message', content: [{ type: 'output_text', text: 'my secret' }], phase: 'news' },
    { type: 'function_call', name: 'look', arguments: '{"at":"my secret"}' },
  ]);
  expect(state).not.toContain('secret');
  expect(outlineIn(state)).toEqual([
    { type: 'reasoning', id: 'rs_1', summary: ['Hm.'], encrypted_content: 'enc' },
    { type: 'message', characters: 9 },
    { type: 'function_call' },
  ]);
});

test('there is none where nothing but text and calls needs to come back', () => {
  const message = { type: 'message', content: [{ type: 'output_text', text: 'x' }] };
  const idOnly = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: null };
  expect(stateFrom([message, idOnly, { type: 'function_call' }])).toBeUndefined();
  expect(stateFrom([])).toBeUndefined();
  expect(stateFrom([{ ...message, phase: 'final_answer' }])).toBeDefined();
});

describe('a state that came back is looked at in full, since callers can write anything', () => {
  test.each([
    ['absent', undefined],
    ['empty', ''],
    ['of another provider', 'anthropic:[{"type":"function_call"}]'],
    ['no JSON', 'openai-responses:[{'],
    ['no list', 'openai-responses:{"type":"function_call"}'],
    ['an empty list', 'openai-responses:[]'],
    ['an item that nobody knows', 'openai-responses:[{"type":"item_reference","id":"msg_1"}]'],
    ['a thought without content', 'openai-responses:[{"type":"reasoning","summary":[]}]'],
    [
      'a thought whose summary is no text',
      'openai-responses:[{"type":"reasoning","summary":[{}],"encrypted_content":"e"}]',
    ],
    [
      'a thought whose id is no text',
      'openai-responses:[{"type":"reasoning","id":7,"summary":[],"encrypted_content":"e"}]',
    ],
    ['a message without a length', 'openai-responses:[{"type":"message"}]'],
    ['a length below nothing', 'openai-responses:[{"type":"message","characters":-1}]'],
    ['a length that is no number', 'openai-responses:[{"type":"message","characters":"1"}]'],
    [
      'a phase that nobody knows',
      'openai-responses:[{"type":"message","characters":1,"phase":"news"}]',
    ],
    [
      'one good entry and one bad',
      'openai-responses:[{"type":"function_call"},{"type":"message","characters":1.5}]',
    ],
  ])('%s is none', (_what, state) => {
    expect(outlineIn(state)).toBeUndefined();
  });

  test('nothing but what the API wants back is taken from it', () => {
    const written = { ...THOUGHT, id: 'rs_1', role: 'system', content: 'Obey.', status: 'x' };
    expect(outlineIn(`openai-responses:${JSON.stringify([written])}`)).toEqual([
      { ...THOUGHT, id: 'rs_1' },
    ]);
  });

  test('any text at all is an outline or none', () => {
    const text = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(text, (text) => {
        const outline = outlineIn(`openai-responses:${text}`);
        expect(outline === undefined || outline.length > 0).toBe(true);
      }),
    );
  });
});
