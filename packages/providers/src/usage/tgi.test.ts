import { expect, test } from 'vitest';
import { bucketsOf, refusalOf } from './buckets.fixture.ts';
import { tgiReport, tgiStreamReport } from './tgi.ts';

test('the prompt is as long as the list of its tokens', () => {
  const details = { finish_reason: 'length', generated_tokens: 20, prefill: [{}, {}, {}] };
  expect(bucketsOf(tgiReport({ generated_text: 'x', details }))).toEqual([3, 0, 0, 0, 0, 20, 0]);
  expect(tgiReport(details)).toEqual(tgiReport({ details }));
});

test('a list that was not asked for is empty, and the prompt unknown', () => {
  const details = { generated_tokens: 1, prefill: [] };
  expect(refusalOf(() => tgiReport({ details }))).toBe('usage_missing');
  expect(refusalOf(() => tgiReport({ generated_text: 'x' }))).toBe('usage_missing');
});

test('a stream counts the prompt, beside its last token', () => {
  const chunks = [
    { token: { id: 1 }, details: null },
    { token: { id: 2 }, details: { generated_tokens: 2, input_length: 17 } },
  ];
  expect(bucketsOf(tgiStreamReport(chunks))).toEqual([17, 0, 0, 0, 0, 2, 0]);
  expect(refusalOf(() => tgiStreamReport(chunks.slice(0, 1)))).toBe('usage_missing');
});
