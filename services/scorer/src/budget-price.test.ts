import { expect, test } from 'vitest';
import { BudgetPrice } from './budget-price.ts';
import { seededRandom } from './learning/seeded-random.ts';

test('what costs more than the share raises the price, and what costs less lowers it', () => {
  const price = new BudgetPrice(0.5, 0.1);
  price.spent(1.06);
  expect(price.price).toBeGreaterThan(0.1);
  const raised = price.price;
  price.spent(0.06);
  expect(price.price).toBeLessThan(raised);
});

test('it stays within what benefits can be, wherever it starts and however long it is pushed', () => {
  const price = new BudgetPrice(0.5, 7);
  expect(price.price).toBe(1);
  for (let at = 0; at < 3000; at++) price.spent(0.06);
  expect(price.price).toBe(-1);
  for (let at = 0; at < 4000; at++) price.spent(1.06);
  expect(price.price).toBe(1);
});

test('a cost that is no number does not move it', () => {
  const price = new BudgetPrice(0.5, 0.1);
  price.spent(Number.NaN);
  price.spent(Number.POSITIVE_INFINITY);
  expect(price.price).toBe(0.1);
});

test.each([
  ['half of the bill', 0.5],
  ['a fifth', 0.2],
  ['nine tenths', 0.9],
])('%s is kept within two hundredths while benefits and costs shift', (_, share) => {
  const random = seededRandom(`traffic ${share}`);
  const price = new BudgetPrice(share, 0.5);
  let spent = 0;
  let counted = 0;
  for (let request = 0; request < 40_000; request++) {
    const shift = 0.3 * Math.sin(request / 4000);
    const benefit = 0.3 * random() + shift;
    const dear = request > 20_000 ? 1.5 : 0.8;
    const cost = 0.06 + (benefit / dear > price.price ? dear : 0);
    price.spent(cost);
    // The first thousand find the price.
    if (request < 1000) continue;
    spent += cost;
    counted++;
  }
  expect(Math.abs(spent / counted - share)).toBeLessThan(0.02);
});
