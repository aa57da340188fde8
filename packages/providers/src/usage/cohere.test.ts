import { expect, test } from 'vitest';
import { bucketsOf, refusalOf } from './buckets.fixture.ts';
import { cohereReport, cohereStreamReport } from './cohere.ts';

const USAGE = {
  billed_units: { input_tokens: 41, output_tokens: 25 },
  tokens: { input_tokens: 1441, output_tokens: 54 },
  cached_tokens: 144,
};

test('what is billed counts, not what the model saw of Cohere’s own templates', () => {
  expect(bucketsOf(cohereReport(USAGE))).toEqual([41, 0, 0, 0, 0, 25, 0]);
});

test('tokens alone say nothing about the bill', () => {
  expect(refusalOf(() => cohereReport({ tokens: USAGE.tokens }))).toBe('usage_missing');
  expect(refusalOf(() => cohereReport({ billed_units: { input_tokens: 41 } }))).toBe(
    'usage_missing',
  );
  expect(refusalOf(() => cohereReport({ billed_units: [] }))).toBe('usage_invalid_type');
});

test('the usage of a stream is in its last event', () => {
  const events = [
    { type: 'content-delta', delta: { message: {} } },
    { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: USAGE } },
  ];
  expect(cohereStreamReport(events)).toEqual(cohereReport(USAGE));
  expect(refusalOf(() => cohereStreamReport(events.slice(0, 1)))).toBe('usage_missing');
});
