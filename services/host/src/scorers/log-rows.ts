import { type LearningRow, SIGNALS } from '@weir/scorer';
import { type RecordedLog, readLog } from '../evaluation/log-file.ts';

/** Signals that only recorded logs have. A model that rests on them would find them missing in every live draft. */
const RECORDED_ONLY = ['confidence', 'draft_cost'];

/** A recorded log as rows of a route. */
export interface LogRows {
  /** Oldest first. */
  readonly rows: readonly LearningRow[];
  /** By which the rows are ordered: their own times, or the file's order, and then they are from long ago. */
  readonly order: 'time' | 'file';
  /** Signals of the log that are left out, since a live draft has none of them. */
  readonly leftOut: readonly string[];
}

/** Its rows are the owner's word: each is drawn with certainty, and counts in full. */
export async function rowsOfLog(
  file: string,
  route: string,
  note: (line: string) => void,
): Promise<LogRows> {
  const log = await readLog(file, note);
  const isTimed = log.timesMs.every((atMs) => atMs !== undefined);
  const masked = RECORDED_ONLY.map((name) => SIGNALS.findIndex((signal) => signal.name === name));
  const rows = log.drafts.map((draft, at): LearningRow => {
    const signals = draft.signals.map((value, signal) =>
      masked.includes(signal) ? Number.NaN : value,
    );
    const atMs = isTimed ? (log.timesMs[at] ?? 0) : at;
    return { ...draft, group: route, signals, atMs, sampled: true };
  });
  if (isTimed) rows.sort((left, right) => left.atMs - right.atMs);
  return { rows, order: isTimed ? 'time' : 'file', leftOut: RECORDED_ONLY.filter(isIn(log)) };
}

function isIn({ drafts }: RecordedLog): (name: string) => boolean {
  return (name) => {
    const at = SIGNALS.findIndex((signal) => signal.name === name);
    return drafts.some(({ signals }) => Number.isFinite(signals[at] ?? Number.NaN));
  };
}
