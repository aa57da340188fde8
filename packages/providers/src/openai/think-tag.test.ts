import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ThinkTag } from './think-tag.ts';

function told(...pieces: readonly string[]) {
  const tag = new ThinkTag();
  const all = [...pieces.map((piece) => tag.push(piece)), tag.end()];
  return {
    thought: all.map(({ thought }) => thought).join(''),
    text: all.map(({ text }) => text).join(''),
  };
}

test.each([
  ['thoughts, then an answer', '<think>Hm.</think>Yes.', 'Hm.', 'Yes.'],
  ['blanks beside the tags', '\n<think>\nHm.\n</think>\n\nYes.\n', 'Hm.\n', 'Yes.\n'],
  ['no thoughts', 'Yes.', '', 'Yes.'],
  ['an empty thought', '<think></think>Yes.', '', 'Yes.'],
  ['thoughts that were cut off', '<think>Hm, let me', 'Hm, let me', ''],
  ['a tag cut off', '<thi', '', '<thi'],
  ['an end cut off', '<think>Hm</thi', 'Hm</thi', ''],
  ['a tag that is the answer’s own', 'Write <think> first.', '', 'Write <think> first.'],
  ['a second tag', '<think>a</think>b <think>c</think>', 'a', 'b <think>c</think>'],
  ['what only begins like a tag', '<thinker> I am', '', '<thinker> I am'],
  ['blanks that open an answer', '  Yes.', '', '  Yes.'],
  ['nothing', '', '', ''],
])('%s', (_what, whole, thought, text) => {
  expect(told(whole)).toEqual({ thought, text });
});

test('in whatever pieces it comes, it comes to the same', () => {
  const piece = fc.constantFrom(
    '<think>',
    '</think>',
    '<th',
    'ink>',
    '</',
    ' ',
    '\n',
    'a',
    '<',
    '>',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const whole = pieces.join('');
      expect(told(...pieces)).toEqual(told(whole));
      expect(told(...whole)).toEqual(told(whole));
    }),
    { numRuns: 1000 },
  );
});
