import { FEES, NO_USAGE, promptTokens, type Usage, type UsageReport } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costOf, counterfactualOf, disagrees, gpuCostOf, worstCaseOf } from './cost.ts';
import { Exact } from './exact.ts';
import { type Price, PriceError, type Rates } from './price.ts';

const count = fc.nat({ max: 10_000_000 });
const rate = fc.bigInt({ min: 0n, max: 1_000_000_000n });
const maybe = fc.option(rate, { nil: undefined });

const usage: fc.Arbitrary<Usage> = fc.record({
  inputTokens: count,
  cacheReadTokens: count,
  cacheWrite5mTokens: count,
  cacheWrite1hTokens: count,
  cacheWriteOtherTokens: count,
  outputTokens: count,
  reasoningTokens: count,
});

const rates: fc.Arbitrary<Rates> = fc.record({
  inputPicoUsd: rate,
  outputPicoUsd: rate,
  cacheReadPicoUsd: maybe,
  cacheWrite5mPicoUsd: maybe,
  cacheWrite1hPicoUsd: maybe,
  cacheWriteOtherPicoUsd: maybe,
});

const tier = fc
  .tuple(rates, fc.nat({ max: 1_000_000 }), fc.constantFrom('gt' as const, 'gte' as const))
  .map(([all, thresholdTokens, operator]) => ({ ...all, thresholdTokens, operator }));

const price: fc.Arbitrary<Price> = fc.record(
  {
    inputPicoUsd: rate,
    outputPicoUsd: rate,
    cacheReadPicoUsd: maybe,
    cacheWrite5mPicoUsd: maybe,
    contextTiers: fc
      .array(tier, { maxLength: 3 })
      .map((tiers) => tiers.sort((a, b) => a.thresholdTokens - b.thresholdTokens)),
    serviceTiers: fc.record({ flex: rates, priority: rates }),
    multipliers: fc.array(
      fc.record({
        when: fc.record({ speed: fc.constantFrom('fast', 'slow') }),
        perMille: fc.integer({ min: 100, max: 6000 }),
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['inputPicoUsd', 'outputPicoUsd'] },
);

const BUCKETS = Object.keys(NO_USAGE) as (keyof Usage)[];

function sum(a: Usage, b: Usage): Usage {
  return Object.fromEntries(BUCKETS.map((bucket) => [bucket, a[bucket] + b[bucket]])) as never;
}

const cost = (report: UsageReport, at: Price, under = {}) => costOf(report, () => at, under);
const picoUsd = (used: Partial<Usage>, at: Price, under = {}) =>
  cost({ usage: { ...NO_USAGE, ...used } }, at, under).picoUsd;

test('cost is additive: two passes cost what they would as two calls', () => {
  fc.assert(
    fc.property(usage, usage, price, (a, b, at) => {
      const together = cost({ usage: sum(a, b), parts: [{ usage: a }, { usage: b }] }, at);
      const apart = cost({ usage: a }, at).exact.plus(cost({ usage: b }, at).exact);
      expect(together.exact.equals(apart)).toBe(true);
    }),
  );
});

test('at flat rates, it does not matter how tokens are spread over calls', () => {
  fc.assert(
    fc.property(usage, usage, rates, (a, b, at) => {
      expect(picoUsd(sum(a, b), at)).toBe(picoUsd(a, at) + picoUsd(b, at));
    }),
  );
});

test('cost is never negative, and nothing used costs nothing', () => {
  fc.assert(
    fc.property(usage, price, fc.constantFrom('flex', 'priority', 'default'), (used, at, word) => {
      const under = {
        serviceTier: at.serviceTiers ? word : 'default',
        conditions: { speed: 'fast' },
      };
      expect(picoUsd(used, at, under) >= 0n).toBe(true);
      expect(picoUsd(NO_USAGE, at, under)).toBe(0n);
    }),
  );
});

test('the charges of a bill, multiplied, are its sum', () => {
  fc.assert(
    fc.property(usage, price, (used, at) => {
      const { charges, applied, exact } = cost({ usage: used }, at, {
        conditions: { speed: 'fast' },
      });
      let whole = new Exact(
        charges.reduce((all, { count: n, picoUsdEach }) => all + BigInt(n) * picoUsdEach, 0n),
      );
      for (const { perMille } of applied[0]?.multipliers ?? []) {
        whole = new Exact(whole.numerator * BigInt(perMille), whole.denominator * 1000n);
      }
      expect(whole.equals(exact)).toBe(true);
    }),
  );
});

test('at flat rates, one more token never makes a call cheaper', () => {
  fc.assert(
    fc.property(usage, rates, fc.constantFrom(...BUCKETS), count, (used, at, bucket, more) => {
      const grown = { ...used, [bucket]: used[bucket] + more };
      expect(picoUsd(grown, at) >= picoUsd(used, at)).toBe(true);
    }),
  );
});

test('reasoning tokens are inside the output and are not billed twice', () => {
  fc.assert(
    fc.property(usage, price, count, (used, at, reasoningTokens) => {
      expect(picoUsd({ ...used, reasoningTokens }, at)).toBe(picoUsd(used, at));
    }),
  );
});

test('a cache rate that the book does not have is charged as input, never as free', () => {
  fc.assert(
    fc.property(usage, rate, rate, (used, inputPicoUsd, outputPicoUsd) => {
      expect(picoUsd(used, { inputPicoUsd, outputPicoUsd })).toBe(
        BigInt(promptTokens(used)) * inputPicoUsd + BigInt(used.outputTokens) * outputPicoUsd,
      );
    }),
  );
});

test('a cache rate of zero is free, since zero is a price', () => {
  const free = { inputPicoUsd: 3n, outputPicoUsd: 5n, cacheReadPicoUsd: 0n };
  expect(picoUsd({ cacheReadTokens: 1000 }, free)).toBe(0n);
});

test('an hour in the cache is priced apart from five minutes, and as those where it has no price', () => {
  const at = { inputPicoUsd: 3n, outputPicoUsd: 15n, cacheWrite5mPicoUsd: 4n };
  expect(picoUsd({ cacheWrite1hTokens: 10 }, { ...at, cacheWrite1hPicoUsd: 6n })).toBe(60n);
  expect(picoUsd({ cacheWrite1hTokens: 10 }, at)).toBe(40n);
});

test('tokens without any rate are an error, not free', () => {
  expect(() => picoUsd({ outputTokens: 1 }, { inputPicoUsd: 1n })).toThrow(PriceError);
  expect(picoUsd({ inputTokens: 1 }, { inputPicoUsd: 1n })).toBe(1n);
});

test('past the threshold the whole call is repriced, cached tokens count towards it, and the operator is the vendor’s', () => {
  const long = {
    inputPicoUsd: 20n,
    outputPicoUsd: 40n,
    cacheReadPicoUsd: 2n,
    thresholdTokens: 100,
  };
  const at = (operator: 'gt' | 'gte'): Price => ({
    inputPicoUsd: 10n,
    outputPicoUsd: 30n,
    cacheReadPicoUsd: 1n,
    contextTiers: [{ ...long, operator }],
  });
  const used = { inputTokens: 40, cacheReadTokens: 60, outputTokens: 1 };
  expect(picoUsd(used, at('gt'))).toBe(40n * 10n + 60n + 30n);
  expect(picoUsd(used, at('gte'))).toBe(40n * 20n + 60n * 2n + 40n);
  expect(picoUsd({ ...used, inputTokens: 41 }, at('gt'))).toBe(41n * 20n + 60n * 2n + 40n);
});

test('of several thresholds the highest that is passed decides', () => {
  const tierAt = (thresholdTokens: number, inputPicoUsd: bigint) =>
    ({ thresholdTokens, operator: 'gt', inputPicoUsd }) as const;
  const at = { inputPicoUsd: 1n, contextTiers: [tierAt(10, 2n), tierAt(20, 3n)] };
  expect([10, 11, 20, 21].map((inputTokens) => picoUsd({ inputTokens }, at))).toEqual([
    10n,
    22n,
    40n,
    63n,
  ]);
});

test('the tier that served is billed, with thresholds of its own, and one without a price is an error', () => {
  const at: Price = {
    inputPicoUsd: 10n,
    serviceTiers: {
      flex: {
        inputPicoUsd: 5n,
        contextTiers: [{ thresholdTokens: 100, operator: 'gt', inputPicoUsd: 7n }],
      },
    },
  };
  expect(picoUsd({ inputTokens: 10 }, at, { serviceTier: 'flex' })).toBe(50n);
  expect(picoUsd({ inputTokens: 200 }, at, { serviceTier: 'flex' })).toBe(1400n);
  for (const word of ['default', 'standard', 'auto', 'on_demand', 'ON_DEMAND']) {
    expect(picoUsd({ inputTokens: 10 }, at, { serviceTier: word })).toBe(100n);
  }
  for (const word of ['priority', 'toString', '__proto__']) {
    expect(() => picoUsd({ inputTokens: 10 }, at, { serviceTier: word })).toThrow(PriceError);
  }
  const told = { usage: { ...NO_USAGE, inputTokens: 10 }, serviceTier: 'flex' };
  expect(cost(told, at).picoUsd).toBe(50n);
});

test('hours have their price: by the clock, or by name', () => {
  const peak = {
    name: 'peak',
    inputPicoUsd: 2n,
    windows: [{ weekdays: [1, 2, 3, 4, 5], fromMinute: 60, untilMinute: 240 }],
  };
  const at: Price = { inputPicoUsd: 1n, timeBands: [peak] };
  const when = (iso: string) => picoUsd({ inputTokens: 1 }, at, { atMs: Date.parse(iso) });
  expect(when('2026-08-21T01:00:00Z')).toBe(2n);
  expect(when('2026-08-21T00:59:59Z')).toBe(1n);
  expect(when('2026-08-21T04:00:00Z')).toBe(1n);
  // A Saturday.
  expect(when('2026-08-22T02:00:00Z')).toBe(1n);
  expect(picoUsd({ inputTokens: 1 }, at, { timeBand: 'peak' })).toBe(2n);
  expect(picoUsd({ inputTokens: 1 }, at, { timeBand: 'off_peak' })).toBe(1n);
  expect(() => picoUsd({ inputTokens: 1 }, at)).toThrow(PriceError);
  const exceptDays = [Date.parse('2026-08-21') / 86_400_000];
  const holiday: Price = { ...at, timeBands: [{ ...peak, exceptDays }] };
  for (const [iso, rate] of [
    ['2026-08-21T01:00:00Z', 1n],
    ['2026-08-20T01:00:00Z', 2n],
  ] as const) {
    expect(picoUsd({ inputTokens: 1 }, holiday, { atMs: Date.parse(iso) })).toBe(rate);
  }
});

test('what is paid whatever is used is paid in a tier that nobody listed, and what is free is not', () => {
  const report = { usage: { ...NO_USAGE, inputTokens: 1 }, serviceTier: 'PROVISIONED_THROUGHPUT' };
  const zero: Price = { inputPicoUsd: 0n, outputPicoUsd: 0n };
  expect(cost(report, { ...zero, zeroMeans: 'flat_rate' })).toMatchObject({
    picoUsd: 0n,
    status: 'flat_rate',
  });
  expect(() => cost(report, { ...zero, zeroMeans: 'free' })).toThrow(PriceError);
  const listed = { PROVISIONED_THROUGHPUT: { inputPicoUsd: 3n } };
  const priced: Price = { ...zero, zeroMeans: 'flat_rate', serviceTiers: listed };
  expect(cost(report, priced).picoUsd).toBe(3n);
});

test('multipliers stack on tokens and leave fees alone, and rounding happens once', () => {
  const at: Price = {
    inputPicoUsd: 5n,
    multipliers: [
      { when: { inference_geo: 'us' }, perMille: 1100 },
      { when: { speed: 'fast' }, perMille: 2000 },
    ],
    fees: { web_search: 1000n },
  };
  const report = {
    usage: { ...NO_USAGE, inputTokens: 3 },
    fees: { web_search: 2 },
    conditions: { speed: 'fast', inference_geo: 'us' },
  };
  expect(cost(report, at).picoUsd).toBe(33n + 2000n);
  // 5.5 and 5.5 are 11, not 12.
  const usTwice = {
    usage: report.usage,
    parts: [1, 1].map((n) => ({ usage: { ...NO_USAGE, inputTokens: n } })),
  };
  expect(cost(usTwice, at, { conditions: { inference_geo: 'us' } }).picoUsd).toBe(11n);
  expect(picoUsd({ inputTokens: 1 }, at, { conditions: { inference_geo: 'us' } })).toBe(6n);
});

test('every fee that is counted is charged or refused', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FEES),
      fc.integer({ min: 1, max: 1000 }),
      rate,
      (fee, n, each) => {
        const report = { usage: NO_USAGE, fees: { [fee]: n } };
        expect(cost(report, { fees: { [fee]: each } }).picoUsd).toBe(BigInt(n) * each);
        expect(() => cost(report, {})).toThrow(PriceError);
      },
    ),
  );
});

test('slices are charged at their own rate and the rest of their bucket at its', () => {
  const report = {
    usage: { ...NO_USAGE, inputTokens: 500, cacheReadTokens: 1000, outputTokens: 400 },
    slices: { inputAudioTokens: 400, cacheReadAudioTokens: 800, outputAudioTokens: 300 },
  };
  const at = {
    inputPicoUsd: 4n,
    cacheReadPicoUsd: 1n,
    outputPicoUsd: 16n,
    inputAudioPicoUsd: 32n,
    outputAudioPicoUsd: 64n,
  };
  expect(cost(report, at).picoUsd).toBe(100n * 4n + 400n * 32n + 1000n + 100n * 16n + 300n * 64n);
});

test('another model’s part is charged at that model’s price', () => {
  const own = { ...NO_USAGE, inputTokens: 10 };
  const advice = { ...NO_USAGE, inputTokens: 7 };
  const report = {
    usage: sum(own, advice),
    parts: [{ usage: own }, { usage: advice, model: 'wise' }],
  };
  const prices = new Map<string | undefined, Price>([
    [undefined, { inputPicoUsd: 2n }],
    ['wise', { inputPicoUsd: 5n }],
  ]);
  expect(costOf(report, (model) => prices.get(model)).picoUsd).toBe(55n);
  prices.delete('wise');
  expect(() => costOf(report, (model) => prices.get(model))).toThrow('"wise"');
});

test('the provider’s own figure is preferred, and ours is kept beside it', () => {
  const used = { ...NO_USAGE, inputTokens: 10 };
  const at = { inputPicoUsd: 2n };
  expect(cost({ usage: used, reportedPicoUsd: 20n }, at)).toMatchObject({
    picoUsd: 20n,
    status: 'exact',
  });
  const more = cost({ usage: used, reportedPicoUsd: 26n }, at);
  expect(more).toMatchObject({ picoUsd: 26n, status: 'provider_reported' });
  expect(more.recomputed?.rounded()).toBe(20n);
  const unpriced = costOf({ usage: used, reportedPicoUsd: 26n }, () => undefined);
  expect(unpriced).toMatchObject({ picoUsd: 26n, status: 'provider_reported' });
  expect(() => costOf({ usage: used }, () => undefined)).toThrow(PriceError);
});

test('where our prices do not cover a call, the provider’s own figure does', () => {
  const report = { usage: NO_USAGE, serviceTier: 'scale', reportedPicoUsd: 7n };
  expect(cost(report, { inputPicoUsd: 2n })).toMatchObject({
    picoUsd: 7n,
    status: 'provider_reported',
  });
});

test.each([
  [1_000_000_000n, 1_000_000_000n, false],
  // A hundredth, and what rounding makes of small bills, is no disagreement.
  [1_000_000_000n, 1_010_000_000n, false],
  [1_000_000n, 500_000n, false],
  [1_000_000_000n, 1_010_000_001n, true],
  [1_000_000_000n, 900_000_000n, true],
  [0n, 1_000_001n, true],
])('a provider that says %d where we count %d: a disagreement is %s', (told, ours, isOne) => {
  const report = { usage: { ...NO_USAGE, inputTokens: 1 }, reportedPicoUsd: told };
  expect(disagrees(cost(report, { inputPicoUsd: ours }))).toBe(isOne);
});

test('what was cut off is a lower bound, and zero says why it is zero', () => {
  const used = { ...NO_USAGE, inputTokens: 10 };
  expect(cost({ usage: used, incomplete: ['outputTokens'] }, { inputPicoUsd: 2n }).status).toBe(
    'lower_bound',
  );
  expect(cost({ usage: used }, { inputPicoUsd: 0n, zeroMeans: 'free' }).status).toBe('free');
  expect(cost({ usage: used }, { inputPicoUsd: 0n, zeroMeans: 'flat_rate' }).status).toBe(
    'flat_rate',
  );
  expect(cost({ usage: NO_USAGE }, { inputPicoUsd: 2n }).status).toBe('exact');
});

test('a bill that xAI stated itself is met to the picodollar', () => {
  // 10,120 prompt tokens, 128 of them cached, 1,499 of text and 2,809 of reasoning: 232,856,000 ticks of USD 10^-10.
  const used = { inputTokens: 9992, cacheReadTokens: 128, outputTokens: 4308 };
  const at = { inputPicoUsd: 1_250_000n, cacheReadPicoUsd: 200_000n, outputPicoUsd: 2_500_000n };
  expect(picoUsd(used, at)).toBe(232_856_000n * 100n);
});

test('hardware is charged by its time', () => {
  const gpu = { picoUsdPerGpuHour: 3_600_000_000_000n, gpus: 2 };
  expect(gpuCostOf(12_500_000n, { gpu }).toUsd()).toBe('0.025');
  const other = { picoUsdPerGpuHour: 2_490_000_000_000n, gpus: 1 };
  expect(gpuCostOf(337_000n, { gpu: other }).toUsd()).toBe('27971/120000000');
  expect(() => gpuCostOf(1n, {})).toThrow(PriceError);
});

const gpu = fc.record({
  picoUsdPerGpuHour: fc.bigInt({ min: 0n, max: 100_000_000_000_000n }),
  gpus: fc.integer({ min: 1, max: 64 }),
});
const gpuMicros = fc.nat({ max: 4_000_000_000 });

test('shares of time on a GPU cost what all of the time costs, to the picodollar', () => {
  fc.assert(
    fc.property(fc.array(gpuMicros, { maxLength: 50 }), gpu, (shares, at) => {
      let beforeMicros = 0;
      let booked = 0n;
      let exact = Exact.ZERO;
      for (const micros of shares) {
        const gpuTime = { micros, beforeMicros };
        const one = cost({ usage: NO_USAGE, gpuTime }, { gpu: at });
        expect(one.picoUsd >= 0n).toBe(true);
        expect(one.status).toBe('amortised');
        booked += one.picoUsd;
        exact = exact.plus(one.exact);
        beforeMicros += micros;
      }
      const whole = gpuCostOf(BigInt(beforeMicros), { gpu: at });
      expect(booked).toBe(whole.rounded());
      expect(exact.equals(whole)).toBe(true);
    }),
  );
});

test('on a GPU that is paid by its time, tokens cost nothing more, and a time that is not known is not free', () => {
  const at = { gpu: { picoUsdPerGpuHour: 3_600_000_000n, gpus: 1 } };
  const gpuTime = { micros: 7, beforeMicros: 0 };
  expect(cost({ usage: { ...NO_USAGE, outputTokens: 900 }, gpuTime }, at).picoUsd).toBe(7n);
  expect(() => cost({ usage: NO_USAGE }, at)).toThrow(PriceError);
});

test('no time on a GPU costs more than what was held for as long as it may take', () => {
  fc.assert(
    fc.property(gpuMicros, gpuMicros, gpu, (micros, beforeMicros, at) => {
      const used = { usage: NO_USAGE, gpuTime: { micros, beforeMicros } };
      const bounds = { inputTokens: 1, maxOutputTokens: 1, withinMs: micros / 1000 };
      expect(cost(used, { gpu: at }).picoUsd <= worstCaseOf(bounds, { gpu: at })).toBe(true);
    }),
  );
});

test('no usage within its limits costs more than the worst case that was held for it', () => {
  fc.assert(
    fc.property(usage, price, fc.constantFrom(undefined, 'flex', 'priority'), (used, at, word) => {
      const serviceTier = at.serviceTiers ? word : undefined;
      const bounds = {
        inputTokens: promptTokens(used),
        maxOutputTokens: used.outputTokens,
        withinMs: 0,
        serviceTier,
      };
      const held = worstCaseOf(bounds, at);
      const under = { serviceTier, conditions: { speed: 'fast' } };
      const fast = at.multipliers?.filter(({ when }) => when['speed'] === 'fast') ?? [];
      // Two rows for one condition are a mistake in the book; the first of each kind is what is meant here.
      const once = { ...at, multipliers: fast.slice(0, 1) };
      expect(picoUsd(used, once, under) <= held).toBe(true);
    }),
  );
});

test('the counterfactual reads its prompt uncached, whatever the served model had cached', () => {
  fc.assert(
    fc.property(usage, price, (used, at) => {
      const uncached = { inputTokens: promptTokens(used), outputTokens: used.outputTokens };
      const { multipliers: _none, ...plain } = at;
      expect(counterfactualOf(used, at, { atMs: 0 })).toBe(picoUsd(uncached, plain));
      const twice = { ...at, multipliers: [{ when: { region: 'eu' }, perMille: 2000 }] };
      const under = { atMs: 0, conditions: { region: 'eu' } };
      expect(counterfactualOf(used, twice, under)).toBe(2n * picoUsd(uncached, plain));
    }),
  );
  expect(counterfactualOf(NO_USAGE, { inputPicoUsd: 1n }, { atMs: 0 })).toBeNull();
});

test('a grounded prompt is charged once where that is the fee, however many queries it took', () => {
  const report = { usage: NO_USAGE, fees: { web_search_query: 3 } };
  expect(cost(report, { fees: { grounded_prompt: 35n } }).picoUsd).toBe(35n);
  expect(cost(report, { fees: { web_search_query: 14n, grounded_prompt: 35n } }).picoUsd).toBe(42n);
});
