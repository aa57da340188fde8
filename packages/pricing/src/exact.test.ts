import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Exact } from './exact.ts';

const amount = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.bigInt({ min: 1n, max: 10n ** 9n }))
  .map(([numerator, denominator]) => new Exact(numerator, denominator));

test('a sum does not depend on its order', () => {
  fc.assert(
    fc.property(amount, amount, amount, (a, b, c) => {
      expect(a.plus(b).plus(c).equals(c.plus(a).plus(b))).toBe(true);
    }),
  );
});

test('rounding is half up, and never off by more than a half', () => {
  fc.assert(
    fc.property(amount, fc.constantFrom(1n, 1000n), (a, unit) => {
      const off = 2n * (a.rounded(unit) * unit * a.denominator - a.numerator);
      expect(off > -unit * a.denominator && off <= unit * a.denominator).toBe(true);
    }),
  );
  expect([499n, 500n, 501n].map((n) => new Exact(n).rounded(1000n))).toEqual([0n, 1n, 1n]);
});

test('half a nanodollar is rounded once, from the exact amount: 0.4996 is not 0.5', () => {
  // Through picodollars it would become 500 of them, and those one nanodollar.
  expect(new Exact(4996n, 10n).rounded(1000n)).toBe(0n);
});

test('a decimal that ends is written out, and one that does not is a fraction', () => {
  expect(new Exact(8_289_000_000n).toUsd()).toBe('0.008289');
  expect(new Exact(1_750_000_000_000n).toUsd()).toBe('1.75');
  expect(new Exact(3_000_000_000_000n).toUsd()).toBe('3');
  expect(new Exact(0n).toUsd()).toBe('0');
  expect(new Exact(1n, 2n).toUsd()).toBe('0.0000000000005');
  expect(new Exact(1_000_000_000_000n, 3n).toUsd()).toBe('1/3');
});
