import { makeDraftLabelled } from '@weir/testkit';
import { expect, test } from 'vitest';
import { LearningThread } from './learning-thread.ts';

const KEEP = { keep: new Map([['support', 10]]) };
const OF = { route: 'support', fromMs: 0, sinceMs: 0 };

test('questions are answered in their order, and one that fails fails alone', async () => {
  await using thread = new LearningThread(KEEP, () => {});
  const taken = thread.ask({ type: 'take', labels: [makeDraftLabelled()] });
  const failed = thread.ask({ type: 'standing', of: { ...OF, route: 'unknown' } });
  const standing = thread.ask({ type: 'standing', of: OF });
  expect(await taken).toEqual({ type: 'take' });
  await expect(failed).rejects.toThrow('nothing is learned for unknown');
  expect(await standing).toMatchObject({ standing: { endpoint: 'endpoint-1', rows: 0 } });
});

test('when it dies, who waits hears of it, and so does who asks later', async () => {
  const deaths: Error[] = [];
  const thread = new LearningThread(KEEP, (error) => deaths.push(error));
  const waiting = expect(thread.ask({ type: 'standing', of: OF })).rejects.toThrow('has ended');
  await thread[Symbol.asyncDispose]();
  await waiting;
  await expect(thread.ask({ type: 'standing', of: OF })).rejects.toThrow('has ended');
  expect(deaths).toHaveLength(1);
});
