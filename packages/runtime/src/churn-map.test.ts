import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChurnMap } from './churn-map.ts';

const anyStep = fc.record({
  key: fc.nat(40),
  act: fc.constantFrom('set', 'set', 'delete'),
});

test('it holds what a Map would hold, in the same order, however much has come and gone', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 2000, size: 'max' }), (steps) => {
      const plain = new Map<number, number>();
      const churned = new ChurnMap<number, number>();
      for (const [value, { key, act }] of steps.entries()) {
        if (act === 'set') {
          plain.set(key, value);
          churned.set(key, value);
        } else expect(churned.delete(key)).toBe(plain.delete(key));
        expect(churned.get(key)).toBe(plain.get(key));
      }
      expect([...churned]).toEqual([...plain]);
      expect([...churned.keys()]).toEqual([...plain.keys()]);
      expect([...churned.values()]).toEqual([...plain.values()]);
      expect(churned.size).toBe(plain.size);
    }),
    { numRuns: 30 },
  );
});
