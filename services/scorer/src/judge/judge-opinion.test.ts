import type { ChatReply } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeOpinion } from './judge-opinion.ts';

function replyOf(reply: Partial<ChatReply> = {}): ChatReply {
  return { text: 'It is on its way.', toolCalls: [], finish: 'stop', ...reply };
}

test.each([
  ['{"verdict":"correct","score":90}', 0.9],
  ['{"verdict": "incorrect", "score": 0}', 0],
  ['{\n  "score": 100,\n  "verdict": "correct"\n}\n', 1],
  ['{"verdict":"unsure","score":35}', 0.35],
  ['{"verdict":"correct","score":50}', 0.5],
])('%j is an opinion', (text, opinion) => {
  expect(judgeOpinion(replyOf({ text }))).toBe(opinion);
});

test.each([
  '',
  'correct',
  '{"verdict":"correct"}',
  '{"score":90}',
  '{"verdict":"correct","score":101}',
  '{"verdict":"correct","score":-1}',
  '{"verdict":"correct","score":1000}',
  '{"verdict":"correct","score":90.5}',
  '{"verdict":"correct","score":9e1}',
  '{"verdict":"correct","score":"90"}',
  '{"verdict":"correct","score":null}',
  '{"verdict":"correct","score":090}',
  '{"verdict":"Correct","score":90}',
  '{"verdict":"fine","score":90}',
  '{"verdict":true,"score":90}',
  '{"verdict":"correct","score":90,"why":"x"}',
  '{"verdict":"correct","score":10,"score":90}',
  '{"verdict":"incorrect","verdict":"correct","score":90}',
  '{"\\u0076erdict":"correct","score":90}',
  '[{"verdict":"correct","score":90}]',
  '{"verdict":"incorrect","score":5} {"verdict":"correct","score":90}',
  '```json\n{"verdict":"correct","score":90}\n```',
  'I think {"verdict":"correct","score":90}',
  '{"verdict":"correct","score":9',
  `{"verdict":"correct",${' '.repeat(1_000_000)}"score":90}`,
  '｛"verdict":"correct","score":90｝',
  '{"verdict":"correct","score":９０}',
])('%.80j is none', (text) => {
  expect(judgeOpinion(replyOf({ text }))).toBeNull();
});

test('a verdict that its score contradicts is none', () => {
  expect(judgeOpinion(replyOf({ text: '{"verdict":"correct","score":49}' }))).toBeNull();
  expect(judgeOpinion(replyOf({ text: '{"verdict":"incorrect","score":51}' }))).toBeNull();
});

test('what was broken off, kept back, refused or called is no opinion, whatever its text', () => {
  const text = '{"verdict":"correct","score":90}';
  const toolCalls = [{ id: '1', name: 'verdict', arguments: text }];
  expect(judgeOpinion(replyOf({ text, finish: 'length' }))).toBeNull();
  expect(judgeOpinion(replyOf({ text, finish: 'content_filter' }))).toBeNull();
  expect(judgeOpinion(replyOf({ text, refusal: 'No.' }))).toBeNull();
  expect(judgeOpinion(replyOf({ text, toolCalls }))).toBeNull();
});

test('whatever a judge says, an opinion is a chance or nothing', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .record({
        verdict: fc.constantFrom('correct', 'incorrect', 'unsure', 1),
        score: fc.anything(),
      })
      .map(
        (said) => JSON.stringify(said, (_, value) => (typeof value === 'bigint' ? 1 : value)) ?? '',
      ),
  );
  fc.assert(
    fc.property(text, (said) => {
      const opinion = judgeOpinion(replyOf({ text: said }));
      if (opinion === null) return;
      expect(opinion).toBeGreaterThanOrEqual(0);
      expect(opinion).toBeLessThanOrEqual(1);
      expect(Object.keys(JSON.parse(said) as object).sort()).toEqual(['score', 'verdict']);
    }),
    { numRuns: 1_000 },
  );
});
