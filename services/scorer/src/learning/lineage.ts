import type { DraftLabelled } from '@weir/core';
import type { PastAlarm, SafeMode, ScorerFiles } from '../models/scorer-files.ts';

/**
 * Since when a route's labels count, and whose predictions are being watched: the versions in force since the last alarm
 * was over. Read from the files alone, so that a process that starts again goes on where it was.
 */
export class Lineage {
  /** Labels from before an alarm, also one that lasts, are of another world. Unix time. */
  readonly fromMs: number;
  readonly #watchedFromMs: number;
  readonly #versions: ReadonlySet<string>;

  constructor(files: ScorerFiles, route: string) {
    const last: PastAlarm | undefined = files.lastAlarm(route);
    const safeMode: SafeMode | undefined = files.safeMode(route);
    this.fromMs = safeMode?.sinceMs ?? last?.sinceMs ?? 0;
    this.#watchedFromMs = last?.leftAtMs ?? 0;
    const history = files.history(route);
    const before = history.findLastIndex(({ atMs }) => atMs <= this.#watchedFromMs);
    this.#versions = new Set(history.slice(Math.max(0, before)).map(({ version }) => version));
  }

  /** Whether the label's draft was judged by one of them, and since then. */
  has({ model, labelledAtMs }: DraftLabelled): boolean {
    return labelledAtMs >= this.#watchedFromMs && this.#versions.has(model);
  }
}
