import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HashSet } from './hash-set.ts';

test('it holds what a Set holds', () => {
  const hash = fc.oneof(fc.integer(), fc.integer({ min: -3, max: 3 }));
  fc.assert(
    fc.property(fc.array(hash), fc.array(hash), (kept, asked) => {
      const set = new HashSet(kept.length);
      const judge = new Set<number>();
      for (const one of kept) {
        // Zero goes as one.
        const key = one === 0 ? 1 : one;
        expect(set.add(one)).toBe(!judge.has(key));
        judge.add(key);
      }
      for (const one of asked) expect(set.has(one)).toBe(judge.has(one === 0 ? 1 : one));
    }),
  );
});

test('a place stays the same and belongs to one hash', () => {
  const set = new HashSet(100);
  const hashes = Array.from({ length: 100 }, (_, index) => Math.imul(index + 1, 0x9e3779b1));
  for (const hash of hashes.slice(0, 50)) set.add(hash);
  const places = hashes.slice(0, 50).map((hash) => set.find(hash));
  for (const hash of hashes.slice(50)) set.add(hash);
  expect(hashes.slice(0, 50).map((hash) => set.find(hash))).toEqual(places);
  expect(new Set(hashes.map((hash) => set.find(hash))).size).toBe(100);
  expect(Math.max(...places)).toBeLessThan(set.places);
});

test('hashes made to collide are dropped instead of searched for ever', () => {
  const set = new HashSet(1_000);
  // Equal in every bit that decides where they go.
  const colliding = Array.from({ length: 1_000 }, (_, index) => (index << 15) ^ index);
  const kept = colliding.filter((hash) => set.add(hash));
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.length).toBeLessThan(1_000);
  expect(kept.every((hash) => set.has(hash))).toBe(true);
});

test('more hashes than it was made for do no harm', () => {
  const set = new HashSet(0);
  for (let hash = 1; hash < 1_000; hash++) set.add(hash);
  expect(set.has(5_000)).toBe(false);
});
