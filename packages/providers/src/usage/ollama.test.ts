import { expect, test } from 'vitest';
import { bucketsOf, refusalOf } from './buckets.fixture.ts';
import { ollamaReport, ollamaStreamReport } from './ollama.ts';

const DONE = { done: true, prompt_eval_count: 136, eval_count: 15, total_duration: 558_915_716 };

test('cached tokens are inside the prompt', () => {
  expect(bucketsOf(ollamaReport(DONE))).toEqual([136, 0, 0, 0, 0, 15, 0]);
  expect(bucketsOf(ollamaReport({ ...DONE, prompt_eval_cached_count: 100 }))).toEqual([
    36, 100, 0, 0, 0, 15, 0,
  ]);
  expect(refusalOf(() => ollamaReport({ ...DONE, prompt_eval_cached_count: 137 }))).toBe(
    'usage_inconsistent',
  );
});

test('a prompt that an older server does not count is unknown', () => {
  expect(refusalOf(() => ollamaReport({ done: true, eval_count: 15 }))).toBe('usage_missing');
});

test('only the object that is done has the counts of a stream', () => {
  const chunk = { done: false, message: { content: 'hi' }, eval_count: 1 };
  expect(ollamaStreamReport([chunk, DONE])).toEqual(ollamaReport(DONE));
  expect(refusalOf(() => ollamaStreamReport([chunk]))).toBe('usage_missing');
});
