import { parentPort, workerData } from 'node:worker_threads';
import type { LabelledDraft } from '@weir/cascade';
import { type SplitOptions, type SplitSummary, summariseSplit } from './split-summary.ts';

/** What a worker is started with. */
export interface SplitWork {
  readonly drafts: readonly LabelledDraft[];
  readonly options: SplitOptions;
}

/** What it answers to the number of a split. */
export interface SplitDone {
  readonly index: number;
  readonly summary: SplitSummary;
}

const { drafts, options } = workerData as SplitWork;
parentPort?.on('message', (index: number) => {
  const done: SplitDone = { index, summary: summariseSplit(drafts, options, index) };
  parentPort?.postMessage(done);
});
