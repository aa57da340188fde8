import { type LabelledDraft, TRAIN_OPTIONS } from '@weir/cascade';
import { NGRAM_BUCKETS, POOLED_SIGNALS } from '@weir/scorer';
import {
  confidencesOver,
  figuresOver,
  reliabilityOver,
  signalFigures,
  taskFigures,
} from './aggregate.ts';
import { baselines, bestBaseline } from './baselines.ts';
import { costed, draftShare } from './costs.ts';
import { curveOver } from './curves.ts';
import type { Evaluation } from './evaluation.ts';
import type { RecordedLog } from './log-file.ts';
import { LEAST_ROWS, type LogOptions } from './log-options.ts';
import { remarksOn } from './remarks.ts';
import { runSplits } from './splits.ts';
import { meanOver } from './spread.ts';

/** Points at which curves are read. */
const CURVE_STEPS = 100;
/** Tasks that are reported one by one, the largest first. */
const MAX_TASKS = 64;

/** Everything that `weir eval` tells about a log. */
export async function evaluateLog(log: RecordedLog, options: LogOptions): Promise<Evaluation> {
  const { file, splits, seed, target, draftCost } = options;
  const { drafts, notes } = costed(log.drafts, draftCost);
  const raw = baselines(drafts);
  const allTasks = tasksIn(drafts);
  const tasks = allTasks.slice(0, MAX_TASKS);
  const base = draftShare(drafts);
  const costs = Array.from({ length: CURVE_STEPS + 1 }, (_, step) => base + step / CURVE_STEPS);
  const half = Math.floor(drafts.length / 2);
  const { labels, onSplit } = options;
  const train = { ...TRAIN_OPTIONS, pooled: POOLED_SIGNALS, ngramBuckets: NGRAM_BUCKETS };
  const rawSignal = bestBaseline(raw)?.signal;
  const splitOptions = { train, target, draftCost, labels, seed, tasks, costs, rawSignal };
  const summaries =
    drafts.length < LEAST_ROWS ? [] : await runSplits(drafts, splitOptions, splits, onSplit);
  const counts = { n: drafts.length, splits, seed, labels: Math.min(half, labels ?? half) };
  const quality = {
    weak: meanOver(drafts, ({ draftRight }) => draftRight),
    strong: meanOver(drafts, ({ frontierRight }) => frontierRight ?? 0),
  };
  const figures = figuresOver(summaries, target);
  return {
    file,
    ...counts,
    ...quality,
    draftCost: base,
    assumedDraftCost: draftCost,
    ...figures,
    baselines: raw,
    curve: curveOver(
      summaries.map(({ curves }) => curves),
      costs,
    ),
    reliability: reliabilityOver(summaries),
    confidences: confidencesOver(summaries),
    tasks: taskFigures(drafts, tasks, summaries),
    taskCount: allTasks.length,
    signals: signalFigures(summaries),
    remarks: remarksOn({
      log,
      drafts,
      notes,
      options,
      raw,
      summaries,
      quality,
      base,
      untoldTasks: allTasks.length - tasks.length,
    }),
  };
}

/** The groups of a log, the largest first, if it has more than one. */
function tasksIn(drafts: readonly LabelledDraft[]): string[] {
  const counts = new Map<string, number>();
  for (const { group } of drafts) counts.set(group, (counts.get(group) ?? 0) + 1);
  if (counts.size < 2) return [];
  return [...counts]
    .sort(([left, leftCount], [right, rightCount]) =>
      leftCount === rightCount ? (left < right ? -1 : 1) : rightCount - leftCount,
    )
    .map(([task]) => task);
}
