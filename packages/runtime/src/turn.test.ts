import { expect, test } from 'vitest';
import { turnEnd } from './turn.ts';

test('whoever awaits the end of the same turn goes on in the order of asking, after what was ready to be read', async () => {
  const order: string[] = [];
  const waits = ['first', 'second'].map(async (name) => {
    await turnEnd();
    order.push(name);
  });
  process.nextTick(() => order.push('read'));
  await Promise.all(waits);
  expect(order).toEqual(['read', 'first', 'second']);
});

test('who asks at the end of a turn waits for the end of the next', async () => {
  let turns = 0;
  setImmediate(function count() {
    turns++;
    if (turns < 5) setImmediate(count);
  });
  await turnEnd();
  const first = turns;
  await turnEnd();
  expect(turns).toBe(first + 1);
});
