import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escaped, px, scale, ticks } from './svg.ts';

test('no text can leave the place where it stands', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(escaped(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)|\p{Cc}/u);
    }),
  );
});

test('ticks are round, within the ends, and not too many', () => {
  expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks(0.63, 1.04, 6)).toEqual([0.7, 0.8, 0.9, 1]);
  const range = fc.record({
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    width: fc.double({ min: 0.001, max: 2, noNaN: true }),
  });
  fc.assert(
    fc.property(range, fc.integer({ min: 2, max: 12 }), ({ from, width }, about) => {
      const found = ticks(from, from + width, about);
      expect(found.length).toBeLessThanOrEqual(about + 2);
      for (const value of found) {
        expect(value).toBeGreaterThanOrEqual(from - width * 1e-6);
        expect(value).toBeLessThanOrEqual(from + width * (1 + 1e-6));
      }
    }),
  );
});

test('whatever the ends are, ticks come to an end, and nothing is drawn at what is no number', () => {
  const end = fc.double();
  fc.assert(
    fc.property(end, end, fc.double(), (from, to, value) => {
      expect(ticks(from, to, 10).length).toBeLessThanOrEqual(21);
      expect(Number.isFinite(scale([from, to], [10, 110])(value))).toBe(true);
    }),
    {
      examples: [
        [0, Number.POSITIVE_INFINITY, 1],
        [1e300, 1e300 * (1 + 1e-15), 1e300],
        [0, 0, 0],
      ],
    },
  );
});

test('what is beyond the ends is drawn at the ends', () => {
  const x = scale([0, 1], [10, 110]);
  expect([x(-3), x(0), x(0.25), x(1), x(7)]).toEqual([10, 10, 35, 110, 110]);
  expect(px(1 / 3)).toBe('0.3');
});
