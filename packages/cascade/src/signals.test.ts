import type { TokenLogprob } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SignalName, signalOf, WINDOW_TOKENS } from './signals.ts';

function tokensOf(logprobs: readonly number[]): TokenLogprob[] {
  return logprobs.map((logprob) => ({ token: 'a', logprob, top: [] }));
}

const logprobs = fc.array(fc.double({ min: -30, max: 0, noNaN: true }), {
  minLength: 1,
  maxLength: 60,
});
const NAMES: SignalName[] = ['mean', 'worst_window', 'worst_token'];

test('the narrower the window, the lower the signal', () => {
  fc.assert(
    fc.property(logprobs, (values) => {
      const tokens = tokensOf(values);
      const rounding = 1 + 1e-9;
      const [mean, window, worst] = NAMES.map((name) => signalOf(name, tokens)) as [
        number,
        number,
        number,
      ];
      expect(worst).toBeLessThanOrEqual(window * rounding);
      // Windows overlap, so that the mean of any longer run lies at or above the lowest of them only when they tile it.
      if (values.length % WINDOW_TOKENS === 0) expect(window).toBeLessThanOrEqual(mean * rounding);
    }),
  );
});

test('the worst token is the worst token, wherever it stands', () => {
  fc.assert(
    fc.property(logprobs, (values) => {
      expect(signalOf('worst_token', tokensOf(values))).toBe(Math.exp(Math.min(...values)));
    }),
  );
});

test('all signals agree on an answer that is equally sure of every token', () => {
  const tokens = tokensOf(Array.from({ length: 20 }, () => -0.5));
  for (const name of NAMES) expect(signalOf(name, tokens)).toBeCloseTo(Math.exp(-0.5), 12);
});

test('one wrong number in a long answer moves its window, and hardly the mean', () => {
  const values = Array.from({ length: 80 }, () => -0.01);
  values[40] = -4;
  const tokens = tokensOf(values);
  expect(signalOf('mean', tokens)).toBeGreaterThan(0.9);
  expect(signalOf('worst_window', tokens)).toBeLessThan(0.62);
});

test('an answer shorter than the window is one window', () => {
  const tokens = tokensOf([-0.2, -0.4]);
  expect(signalOf('worst_window', tokens)).toBe(signalOf('mean', tokens));
});

test('a token without a log-probability makes the signal no number, so that nothing passes on it', () => {
  const tokens: TokenLogprob[] = [{ token: 'a', logprob: undefined, top: [] }];
  for (const name of NAMES) expect(signalOf(name, tokens)).toBeNaN();
});
