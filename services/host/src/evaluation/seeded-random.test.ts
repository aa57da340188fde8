import { expect, test } from 'vitest';
import { seededRandom, seedOf } from './seeded-random.ts';

test('the same seed gives the same numbers, and another others', () => {
  const numbers = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
  expect(numbers(1)).toEqual(numbers(1));
  expect(numbers(2)).not.toEqual(numbers(1));
});

test('numbers lie evenly in [0, 1)', () => {
  const random = seededRandom(7);
  const tenths = new Array<number>(10).fill(0);
  for (let at = 0; at < 10_000; at++) {
    const tenth = Math.floor(random() * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  expect(tenths).toHaveLength(10);
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test('no two splits share a seed, nor do splits of neighbouring seeds', () => {
  const seeds = [0, 1, 2, 4294967295].flatMap((seed) =>
    Array.from({ length: 1000 }, (_, index) => seedOf(seed, index)),
  );
  expect(new Set(seeds).size).toBe(seeds.length);
});
