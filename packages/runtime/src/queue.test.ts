import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AsyncQueue } from './queue.ts';

async function drained<T>(queue: AsyncQueue<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of queue) values.push(value);
  return values;
}

/** Lets whoever waits run. */
function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('every value comes out once and in order, however pushes and pulls alternate', async () => {
  const bursts = fc.array(fc.nat({ max: 5 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(bursts, async (sizes) => {
      const queue = new AsyncQueue<number>();
      const reading = drained(queue);
      let next = 0;
      for (const size of sizes) {
        for (let count = 0; count < size; count++) queue.push(next++);
        await tick();
      }
      queue.end();
      expect(await reading).toEqual(Array.from({ length: next }, (_value, index) => index));
    }),
    { numRuns: 50 },
  );
});

test('what was pushed before the end is delivered, what comes after it is not', async () => {
  const queue = new AsyncQueue<string>();
  queue.push('a');
  queue.end();
  queue.push('b');
  expect(await drained(queue)).toEqual(['a']);
});

test.each([new Error('cut'), undefined, null])(
  'a queue that failed with %s never ends cleanly, and first gives what it has',
  async (failure) => {
    const queue = new AsyncQueue<string>();
    queue.push('a');
    queue.fail(failure);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const value of queue) seen.push(value);
      return 'a clean end';
    })();
    await expect(reading).rejects.toBe(failure);
    expect(seen).toEqual(['a']);
  },
);

test('a failure after the end does not undo it', async () => {
  const queue = new AsyncQueue<string>();
  queue.end();
  queue.fail(new Error('late'));
  expect(await drained(queue)).toEqual([]);
});

test('the length is what waits, and taking is told to the producer', async () => {
  let taken = 0;
  const queue = new AsyncQueue<string>(() => {
    taken++;
  });
  queue.push('a');
  queue.push('b');
  expect(queue.length).toBe(2);
  const iterator = queue[Symbol.asyncIterator]();
  await iterator.next();
  expect([queue.length, taken]).toEqual([1, 1]);
});
