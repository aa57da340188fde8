import { formatUsd, UsageError } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainUsd, reportedCostOf } from './reported-cost.ts';

function usd(wire: Readonly<Record<string, unknown>>): string | undefined {
  const picoUsd = reportedCostOf(wire).reportedPicoUsd;
  return picoUsd === undefined ? undefined : formatUsd(picoUsd);
}

test.each([
  ['nothing', {}, undefined],
  ['nothing, as null', { cost: null, cost_in_usd_ticks: null }, undefined],
  ['dollars', { cost: 0.007575, is_byok: false }, '0.007575'],
  ['dollars that JSON writes with an exponent', { cost: 9.78e-5 }, '0.0000978'],
  ['dollars that JavaScript writes with one', { cost: 9.78e-9 }, '0.00000000978'],
  ['an explicit zero', { cost: 0 }, '0'],
  ['half a picodollar, which rounds up', { cost: 5e-13 }, '0.000000000001'],
  ['less than half of one', { cost: 4.9e-13 }, '0'],
  ['whole dollars', { cost: 12 }, '12'],
  ['ticks', { cost_in_usd_ticks: 37_756_000 }, '0.0037756'],
  ['one tick', { cost_in_usd_ticks: 1 }, '0.0000000001'],
  [
    'a fee and a bill, with a key of our own',
    { cost: 0.01, is_byok: true, cost_details: { upstream_inference_cost: 0.2 } },
    '0.21',
  ],
  [
    'the bill a second time, without one',
    { cost: 0.2, is_byok: false, cost_details: { upstream_inference_cost: 0.2 } },
    '0.2',
  ],
  [
    'halves that only round once they are added',
    { cost: 4e-13, is_byok: true, cost_details: { upstream_inference_cost: 4e-13 } },
    '0.000000000001',
  ],
  ['a fee without the bill, which is not the cost', { cost: 0.01, is_byok: true }, undefined],
  ['an object with a total', { cost: { request_cost: 0.005, total_cost: 0.0053 } }, '0.0053'],
  ['a total in another currency', { cost: { currency: 'EUR', total_cost: 1 } }, undefined],
  ['an object without a total', { cost: { request_cost: 0.005 } }, undefined],
])('a provider that reports %s', (_what, wire, expected) => {
  expect(usd(wire)).toBe(expected);
});

test.each([
  ['usage_invalid_negative', { cost: -0.1 }],
  ['usage_invalid_non_finite', { cost: Number.POSITIVE_INFINITY }],
  ['usage_invalid_type', { cost: '0.1' }],
  ['usage_invalid_type', { cost: [0.1] }],
  ['usage_invalid_type', { cost: { total_cost: '0.1' } }],
  ['usage_invalid_non_integer', { cost_in_usd_ticks: 0.5 }],
  ['usage_invalid_negative', { cost_in_usd_ticks: -1 }],
  ['usage_invalid_unsafe_integer', { cost_in_usd_ticks: 2 ** 53 }],
  ['usage_inconsistent', { cost: 1e7 }],
])('%s for money that cannot be', (code, wire) => {
  expect(() => reportedCostOf(wire)).toThrow(expect.objectContaining({ code }));
});

test('every amount of whole picodollars that a double can say comes back as it was', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (picoUsd) => {
      expect(reportedCostOf({ cost: Number(formatUsd(picoUsd)) })).toEqual({
        reportedPicoUsd: picoUsd,
      });
    }),
  );
});

test('any number is a cost of nothing or more, or no cost', () => {
  fc.assert(
    fc.property(fc.double(), (cost) => {
      try {
        expect(reportedCostOf({ cost }).reportedPicoUsd).toBeGreaterThanOrEqual(0n);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
  );
});

test.each([
  [{ cost: 0.0001234567891234 }, 123_456_789n, '0.0001234567891234'],
  [{ cost: 6.000000000000001e-7 }, 600_000n, '0.0000006000000000000001'],
  [
    { cost: 1e-13, is_byok: true, cost_details: { upstream_inference_cost: 2 } },
    2_000_000_000_000n,
    '2.0000000000001',
  ],
])('of %j nothing is lost but in what is booked', (wire, reportedPicoUsd, reportedUsd) => {
  expect(reportedCostOf(wire)).toEqual({ reportedPicoUsd, reportedUsd });
});

test.each([
  [0, '0'],
  [12, '12'],
  [1e21, '1000000000000000000000'],
  [9.78e-9, '0.00000000978'],
  [0.5, '0.5'],
])('the amount %j is %s without an exponent', (amount, text) => {
  expect(plainUsd('cost', amount)).toBe(text);
});
