import { NO_USAGE, promptTokens, type Usage } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costOf, counterfactualOf, worstCaseOf } from './cost.ts';
import type { Price } from './price.ts';

const count = fc.nat({ max: 10_000_000 });
const rate = fc.bigInt({ min: 0n, max: 1_000_000_000n });
const cacheRate = fc.option(rate, { nil: undefined });

const usage: fc.Arbitrary<Usage> = fc.record({
  inputTokens: count,
  cacheReadTokens: count,
  cacheWrite5mTokens: count,
  cacheWrite1hTokens: count,
  cacheWriteOtherTokens: count,
  outputTokens: count,
  reasoningTokens: count,
});

const price: fc.Arbitrary<Price> = fc.record({
  inputPicoUsd: rate,
  outputPicoUsd: rate,
  cacheReadPicoUsd: cacheRate,
  cacheWrite5mPicoUsd: cacheRate,
  cacheWrite1hPicoUsd: cacheRate,
});

const BUCKETS = Object.keys(NO_USAGE) as (keyof Usage)[];

function sum(a: Usage, b: Usage): Usage {
  return Object.fromEntries(BUCKETS.map((bucket) => [bucket, a[bucket] + b[bucket]])) as never;
}

test('cost is additive: two calls cost what their usage costs together', () => {
  fc.assert(
    fc.property(usage, usage, price, (a, b, at) => {
      expect(costOf(sum(a, b), at)).toBe(costOf(a, at) + costOf(b, at));
    }),
  );
});

test('cost is never negative, and nothing used costs nothing', () => {
  fc.assert(
    fc.property(usage, price, (used, at) => {
      expect(costOf(used, at) >= 0n).toBe(true);
      expect(costOf(NO_USAGE, at)).toBe(0n);
    }),
  );
});

test('one more token never makes a call cheaper', () => {
  fc.assert(
    fc.property(usage, price, fc.constantFrom(...BUCKETS), count, (used, at, bucket, more) => {
      const grown = { ...used, [bucket]: used[bucket] + more };
      expect(costOf(grown, at) >= costOf(used, at)).toBe(true);
    }),
  );
});

test('reasoning tokens are inside the output and are not billed twice', () => {
  fc.assert(
    fc.property(usage, price, count, (used, at, reasoningTokens) => {
      expect(costOf({ ...used, reasoningTokens }, at)).toBe(costOf(used, at));
    }),
  );
});

test('a cache rate that the book does not have is charged as input, never as free', () => {
  fc.assert(
    fc.property(usage, rate, rate, (used, inputPicoUsd, outputPicoUsd) => {
      const flat = { inputPicoUsd, outputPicoUsd };
      expect(costOf(used, flat)).toBe(
        BigInt(promptTokens(used)) * inputPicoUsd + BigInt(used.outputTokens) * outputPicoUsd,
      );
    }),
  );
});

test('a cache rate of zero is free, since zero is a price', () => {
  const free = { inputPicoUsd: 3n, outputPicoUsd: 5n, cacheReadPicoUsd: 0n };
  expect(costOf({ ...NO_USAGE, cacheReadTokens: 1000 }, free)).toBe(0n);
});

test('an hour in the cache is priced apart from five minutes, and as those where it has no price', () => {
  const hour = { ...NO_USAGE, cacheWrite1hTokens: 10 };
  const at = { inputPicoUsd: 3n, outputPicoUsd: 15n, cacheWrite5mPicoUsd: 4n };
  expect(costOf(hour, { ...at, cacheWrite1hPicoUsd: 6n })).toBe(60n);
  expect(costOf(hour, at)).toBe(40n);
});

test('a bill that xAI stated itself is met to the picodollar', () => {
  // 10,120 prompt tokens, 128 of them cached, 1,499 of text and 2,809 of reasoning: 232,856,000 ticks of USD 10^-10.
  const used = { ...NO_USAGE, inputTokens: 9992, cacheReadTokens: 128, outputTokens: 4308 };
  const at = { inputPicoUsd: 1_250_000n, cacheReadPicoUsd: 200_000n, outputPicoUsd: 2_500_000n };
  expect(costOf(used, at)).toBe(232_856_000n * 100n);
});

test('no usage within its limits costs more than the worst case that was held for it', () => {
  fc.assert(
    fc.property(usage, price, (used, at) => {
      const held = worstCaseOf(promptTokens(used), used.outputTokens, at);
      expect(costOf(used, at) <= held).toBe(true);
    }),
  );
});

test('the counterfactual reads its prompt uncached, whatever the served model had cached', () => {
  fc.assert(
    fc.property(usage, price, (used, at) => {
      const uncached = {
        ...NO_USAGE,
        inputTokens: promptTokens(used),
        outputTokens: used.outputTokens,
      };
      expect(counterfactualOf(used, at)).toBe(costOf(uncached, at));
    }),
  );
});
