import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultInPrice, parseNumbersAsText, plainDecimal, shiftDecimal } from './number-text.ts';

/** A decimal as text: digits around a point, without zeros at its ends. */
const decimals = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 40 }))
  .map(([digits, places]) => {
    const text = digits.toString().padStart(places + 1, '0');
    const whole = text.slice(0, text.length - places);
    const fraction = text.slice(text.length - places).replace(/0+$/, '');
    return places > 0 && fraction ? `${whole}.${fraction}` : whole;
  });

test('any decimal survives the way through JSON, digit for digit', () => {
  fc.assert(
    fc.property(decimals, (text) => {
      expect(parseNumbersAsText(`{"price":[${text}]}`)).toEqual({ price: [text] });
    }),
  );
});

test('any decimal with an exponent becomes the plain decimal of the same value', () => {
  fc.assert(
    fc.property(decimals, fc.integer({ min: -60, max: 60 }), (text, exponent) => {
      const there = plainDecimal(`${text}e${exponent}`);
      expect(plainDecimal(`${there}e${-exponent}`)).toBe(text);
      expect(there).toMatch(/^(0|[1-9]\d*)(\.\d*[1-9])?$/);
    }),
  );
});

test('the result is the value and not the nearest float', () => {
  fc.assert(
    fc.property(decimals, (text) => {
      const [whole = '', fraction = ''] = text.split('.');
      const shifted = shiftDecimal(text, fraction.length);
      expect(BigInt(shifted)).toBe(BigInt(`${whole}${fraction}`));
    }),
  );
});

test.each([
  ['1.25e-06', '0.00000125'],
  ['1.25E-6', '0.00000125'],
  ['3e-05', '0.00003'],
  ['2.5', '2.5'],
  ['2.50', '2.5'],
  ['1e3', '1000'],
  ['1.5e+2', '150'],
  ['0.0', '0'],
  ['-0', '0'],
  ['-1.5e-3', '-0.0015'],
  ['256000.0', '256000'],
  ['0.015000020000000002', '0.015000020000000002'],
])('%s is %s', (source, text) => {
  expect(plainDecimal(source)).toBe(text);
});

test('what is no number stays as it is', () => {
  const json = '{"a":"1e5","b":true,"c":null,"d":["x",-2e0]}';
  expect(parseNumbersAsText(json)).toEqual({ a: '1e5', b: true, c: null, d: ['x', '-2'] });
});

test('a number of ten bytes does not become a gigabyte', () => {
  expect(() => parseNumbersAsText('[1e999999999]')).toThrow(/too large/);
  expect(() => plainDecimal('1e99999999999999999999')).toThrow(/too large/);
});

test('text that is no number is not taken for one', () => {
  expect(() => plainDecimal('1,5')).toThrow(RangeError);
  expect(() => plainDecimal('')).toThrow(RangeError);
});

test.each([
  ['0.00000125', undefined],
  ['1234567', undefined],
  ['12345670000', undefined],
  ['0', undefined],
  ['0.015000020000000002', 'has 17 significant digits'],
  ['0.12345678', 'has 8 significant digits'],
  ['-1', 'is negative'],
])('%s as a price: %s', (text, fault) => {
  expect(faultInPrice(text)).toBe(fault);
});
