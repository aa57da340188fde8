import fc from 'fast-check';
import { expect, test } from 'vitest';
import { minimise } from './minimise.ts';

test('the bottom of a bowl is found, however it is stretched', () => {
  const bowl = fc.array(
    fc.record({
      bottom: fc.double({ min: -20, max: 20, noNaN: true }),
      stretch: fc.double({ min: 0.05, max: 20, noNaN: true }),
    }),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(bowl, (sides) => {
      const found = minimise(
        new Float64Array(sides.length),
        (point, gradient) => {
          let value = 0;
          for (const [at, { bottom, stretch }] of sides.entries()) {
            const away = (point[at] ?? 0) - bottom;
            value += (stretch / 2) * away * away;
            gradient[at] = stretch * away;
          }
          return value;
        },
        1e-7,
      );
      for (const [at, { bottom }] of sides.entries()) expect(found[at]).toBeCloseTo(bottom, 4);
    }),
  );
});

test('where the start is the bottom it stays, untouched', () => {
  const start = Float64Array.of(3, 4);
  const found = minimise(
    start,
    (_point, gradient) => {
      gradient.fill(0);
      return 1;
    },
    1e-9,
  );
  expect(found).toEqual(Float64Array.of(3, 4));
});

test('a function that is nowhere smaller ends the search', () => {
  const found = minimise(
    Float64Array.of(1),
    (_point, gradient) => {
      gradient[0] = 1;
      return 0;
    },
    1e-9,
  );
  expect(found).toEqual(Float64Array.of(1));
});
