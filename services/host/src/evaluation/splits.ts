import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { LabelledDraft } from '@weir/cascade';
import { type SplitOptions, type SplitSummary, summariseSplit } from './split-summary.ts';
import type { SplitDone, SplitWork } from './split-worker.ts';

/** Less work than this, in rows times splits, is done sooner than threads are started. */
const LEAST_WORK_FOR_THREADS = 10_000;
/** Each holds a copy of the rows. */
const MAX_THREADS = 8;

/** Runs all splits, in as many threads as there are cores; `onDone` hears of each. The result does not depend on how many. */
export async function runSplits(
  drafts: readonly LabelledDraft[],
  options: SplitOptions,
  splits: number,
  onDone: () => void,
): Promise<SplitSummary[]> {
  const threads = Math.min(splits, availableParallelism(), MAX_THREADS);
  if (threads > 1 && drafts.length * splits >= LEAST_WORK_FOR_THREADS) {
    return runInThreads({ drafts, options }, splits, threads, onDone);
  }
  const summaries: SplitSummary[] = [];
  for (let index = 0; index < splits; index++) {
    summaries.push(summariseSplit(drafts, options, index));
    onDone();
    await setImmediate();
  }
  return summaries;
}

/** The same in so many threads; what goes wrong in one ends all. */
export async function runInThreads(
  work: SplitWork,
  splits: number,
  threads: number,
  onDone: () => void,
): Promise<SplitSummary[]> {
  const file = new URL('./split-worker.ts', import.meta.url);
  const workers = Array.from({ length: threads }, () => new Worker(file, { workerData: work }));
  const summaries: SplitSummary[] = [];
  let started = 0;
  let done = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      const next = (worker: Worker) => {
        if (started < splits) worker.postMessage(started++);
      };
      for (const worker of workers) {
        worker.on('error', reject);
        worker.on('message', ({ index, summary }: SplitDone) => {
          summaries[index] = summary;
          onDone();
          if (++done === splits) resolve();
          else next(worker);
        });
        next(worker);
      }
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return summaries;
}
