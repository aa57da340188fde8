import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newId } from './id.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('ids sort by the time at which they were made, to the millisecond', () => {
  const times = [0, 1, 1_785_000_000_000, 1_785_000_000_001, 4_102_444_800_000];
  const ids = times.map((ms) => {
    vi.setSystemTime(ms);
    return newId('req');
  });
  expect(ids.toSorted()).toEqual(ids);
});

test('ids of one millisecond are unique all the same', () => {
  vi.setSystemTime(1_785_000_000_000);
  const ids = Array.from({ length: 20_000 }, () => newId('req'));
  expect(new Set(ids).size).toBe(ids.length);
});

test('an id goes unquoted into a header, a subject and a file name', () => {
  expect(newId('req')).toMatch(/^req_[0-9a-f]{24,40}$/);
});
