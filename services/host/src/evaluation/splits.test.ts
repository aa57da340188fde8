import { TRAIN_OPTIONS } from '@weir/cascade';
import { NGRAM_BUCKETS, POOLED_SIGNALS } from '@weir/scorer';
import { expect, test, vi } from 'vitest';
import { costed } from './costs.ts';
import { readLog } from './log-file.ts';
import { logFile, madeRows } from './made-log.fixture.ts';
import { type SplitOptions, summariseSplit } from './split-summary.ts';
import { runInThreads, runSplits } from './splits.ts';

// Threads start slowly where others use the cores.
vi.setConfig({ testTimeout: 60_000 });

const OPTIONS: SplitOptions = {
  train: { ...TRAIN_OPTIONS, pooled: POOLED_SIGNALS, ngramBuckets: NGRAM_BUCKETS },
  target: { alpha: 0.05, delta: 0.1 },
  draftCost: 0.06,
  seed: 5,
  tasks: ['ferries', 'trains'],
  costs: [0.06, 0.5, 1.06],
  rawSignal: 'mean_logprob',
};

test('threads give what one thread gives, in the order of the splits', async () => {
  const log = await readLog(logFile('threads.jsonl', madeRows(120)), () => {});
  const { drafts } = costed(log.drafts, 0.06);
  let done = 0;
  const work = { drafts, options: OPTIONS };
  const inThreads = await runInThreads(work, 3, 2, () => done++);
  expect(done).toBe(3);
  expect(inThreads).toEqual([0, 1, 2].map((index) => summariseSplit(drafts, OPTIONS, index)));
  expect(await runSplits(drafts, OPTIONS, 3, () => {})).toEqual(inThreads);
});

test('what goes wrong in a thread ends the run', async () => {
  const log = await readLog(logFile('wrong.jsonl', madeRows(120)), () => {});
  const broken = { ...OPTIONS, costs: undefined } as unknown as SplitOptions;
  const work = { drafts: log.drafts, options: broken };
  await expect(runInThreads(work, 2, 2, () => {})).rejects.toThrow();
});
