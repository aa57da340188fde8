import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withDeadline } from './deadline.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const NEVER = new AbortController().signal;

test('time runs out once, as a TimeoutError', () => {
  using deadline = withDeadline(NEVER, 100);
  vi.advanceTimersByTime(99);
  expect(deadline.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(deadline.signal.reason).toHaveProperty('name', 'TimeoutError');
});

test("the parent's word comes first, with the parent's reason", () => {
  const parent = new AbortController();
  using deadline = withDeadline(parent.signal, 100);
  parent.abort('the caller left');
  vi.advanceTimersByTime(1000);
  expect(deadline.signal.reason).toBe('the caller left');
});

test('a parent that has already left leaves no time', () => {
  using deadline = withDeadline(AbortSignal.abort('gone'), 100);
  expect(deadline.signal.reason).toBe('gone');
});

test('no time left is no time', () => {
  using deadline = withDeadline(NEVER, -5);
  vi.advanceTimersByTime(0);
  expect(deadline.signal.aborted).toBe(true);
});

test('a deadline of months is not one of a millisecond', () => {
  using deadline = withDeadline(NEVER, 2 ** 31 + 1000);
  vi.advanceTimersByTime(86_400_000);
  expect(deadline.signal.aborted).toBe(false);
});

test('a deadline that was disposed of never fires and holds on to nothing', () => {
  const parent = new AbortController();
  const deadline = withDeadline(parent.signal, 100);
  deadline[Symbol.dispose]();
  expect(vi.getTimerCount()).toBe(0);
  parent.abort();
  vi.advanceTimersByTime(1000);
  expect(deadline.signal.aborted).toBe(false);
});
