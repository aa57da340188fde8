import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatUsd, PICO_USD_PER_USD, parseDecimal, parseUsd, parseUsdPerMTok } from './money.ts';

test('every amount survives being written and read again', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (amount) => {
      expect(parseUsd(formatUsd(amount))).toBe(amount);
    }),
  );
});

test('an amount has one spelling: no trailing zeros, no exponent, no bare point', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (amount) => {
      expect(formatUsd(amount)).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
    }),
  );
});

test('reading decimals is additive, where floats are not', () => {
  const places = fc.bigInt({ min: 0n, max: 10n ** 15n });
  fc.assert(
    fc.property(places, places, (a, b) => {
      expect(parseUsd(formatUsd(a)) + parseUsd(formatUsd(b))).toBe(parseUsd(formatUsd(a + b)));
    }),
  );
  expect(parseUsd('0.1') + parseUsd('0.2')).toBe(parseUsd('0.3'));
});

test('a price per million tokens is a whole number of picodollars per token', () => {
  expect(parseUsdPerMTok('0.0025')).toBe(2500n);
  expect(parseUsdPerMTok('15')).toBe(15_000_000n);
  expect(parseUsdPerMTok('15') * 1_000_000n).toBe(15n * PICO_USD_PER_USD);
});

test.each([
  ['1', 1_000_000_000_000n, '1'],
  ['0.000054399', 54_399_000n, '0.000054399'],
  ['007.50', 7_500_000_000_000n, '7.5'],
  ['0.0000000000010000', 1n, '0.000000000001'],
  ['-0.5', -500_000_000_000n, '-0.5'],
  ['-0', 0n, '0'],
])('"%s" USD is %s picodollars', (text, amount, spelled) => {
  expect(parseUsd(text)).toBe(amount);
  expect(formatUsd(amount)).toBe(spelled);
});

test('a digit below the scale is refused, not rounded away', () => {
  expect(() => parseUsd('0.0000000000001')).toThrow(RangeError);
  expect(() => parseUsdPerMTok('0.0000001')).toThrow('more than 6 decimal places');
});

test.each(['', ' ', '1e3', '1.', '.5', '+1', '1,5', '0x10', '--1', '1 ', 'NaN', 'Infinity', '١'])(
  '"%s" is no amount',
  (text) => {
    expect(() => parseDecimal(text, 12)).toThrow(RangeError);
  },
);
