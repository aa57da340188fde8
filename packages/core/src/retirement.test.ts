import { expect, test } from 'vitest';
import { daysUntil, isRetired, isRetiring, retiredFault } from './retirement.ts';

const END = Date.parse('2027-01-14T00:00:00Z');
const DAY_MS = 86_400_000;

test.each([
  ['31 days before', END - 31 * DAY_MS, false, false, 31],
  ['a moment before the last 30 days', END - 30 * DAY_MS - 1, false, false, 30],
  ['when the last 30 days begin', END - 30 * DAY_MS, false, true, 30],
  ['in its last moment', END - 1, false, true, 0],
  ['at midnight UTC of its day', END, true, false, 0],
  ['a day later', END + DAY_MS, true, false, -1],
])('%s', (_when, nowMs, retired, retiring, days) => {
  const retirement = { retiresAtMs: END };
  expect(isRetired(retirement, nowMs)).toBe(retired);
  expect(isRetiring(retirement, nowMs)).toBe(retiring);
  expect(daysUntil(END, nowMs)).toBe(days);
});

test('a model without a day of retirement is neither', () => {
  for (const retirement of [undefined, {}, { deprecatedAtMs: END, successor: 'a/b' }]) {
    expect(isRetired(retirement, END + DAY_MS)).toBe(false);
    expect(isRetiring(retirement, END - DAY_MS)).toBe(false);
  }
});

test('who asks for a model that is gone is told since when, and what to ask for', () => {
  const fault = retiredFault('openai/gpt-4o', { retiresAtMs: END, successor: 'openai/gpt-6-luna' });
  expect(fault.message).toBe(
    'The model "openai/gpt-4o" was retired on 2027-01-14. Use "openai/gpt-6-luna" in its place.',
  );
  expect(fault).toMatchObject({ kind: 'model_retired', param: 'model' });
  expect(fault.row).toMatchObject({ http: 410, code: 'model_retired', grpc: 5 });
});

test('without a successor none is made up', () => {
  expect(retiredFault('a/b', { retiresAtMs: END }).message).toBe(
    'The model "a/b" was retired on 2027-01-14.',
  );
});
