import { expect, test } from 'vitest';
import { deltaOfTest } from './version.ts';

test('however many tests an endpoint has, what they use of delta together is never more than delta', () => {
  let used = 0;
  for (let test = 1; test <= 100_000; test++) used += deltaOfTest(0.1, test);
  expect(used).toBeLessThanOrEqual(0.1);
  expect(used).toBeGreaterThan(0.0999);
});
