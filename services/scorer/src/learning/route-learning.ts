import type { Clock, DraftLabelled } from '@weir/core';
import type { Log } from '@weir/runtime';
import type { LearnedRoute } from '../learned-route.ts';
import { LEAST_ROWS, type Refit } from '../models/fit.ts';
import type { ScorerFile } from '../models/scorer-file.ts';
import type { SafeMode, ScorerFiles } from '../models/scorer-files.ts';
import { LABEL_SOURCES } from './label-memory.ts';
import type { LearningMetrics } from './learning-metrics.ts';
import { Lineage } from './lineage.ts';
import type { RouteFit, Standing, StandingOf } from './protocol.ts';

export interface RouteSurroundings {
  readonly files: ScorerFiles;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: LearningMetrics;
}

/** Why a version came into force. */
type Reason = 'first' | 'new_endpoint' | 'after_alarm' | 'challenger' | 'renewed';

/** Of the labels at hand this share must be new before it is worth learning again. */
const NEW_SHARE = 0.25;
/** Anything new is learned from after so long. */
const NIGHTLY_MS = 24 * 3_600_000;

/**
 * One route's scorer model over time: what is in force, whether it still deserves it, and what replaces it.
 *
 * The newest outcome always replaces the older one, also when nothing passes any more and everything escalates: what the
 * newest rows do not show is no longer so.
 */
export class RouteLearning {
  readonly name: string;
  readonly route: LearnedRoute;
  readonly #around: RouteSurroundings;
  /** What the files looked like when they were last read. */
  #mark: string | undefined;
  #lineage: Lineage;
  /** When learning last came to nothing. */
  #triedAtMs = 0;
  #told = '';
  #heardUntil = 0n;
  readonly #heard = new Set<string>();

  constructor(name: string, route: LearnedRoute, around: RouteSurroundings) {
    this.name = name;
    this.route = route;
    this.#around = around;
    this.#lineage = new Lineage(around.files, name);
  }

  /** Takes over what another process put in force, and writes down an alarm. */
  guard(): void {
    try {
      this.#reload();
      this.#raise();
    } catch (error) {
      this.#around.log.error({ route: this.name, err: error }, 'scorer files cannot be used');
    }
    this.#tell();
  }

  #reload(): void {
    const { files, log } = this.#around;
    const mark = files.mark(this.name);
    if (mark === this.#mark) return;
    this.#mark = mark;
    this.#lineage = new Lineage(files, this.name);
    const safeMode = files.safeMode(this.name);
    let file = this.route.file;
    try {
      file = files.current(this.name) ?? file;
      if (file && files.currentVersion(this.name) === undefined) this.#warnOfNoneNamed(file);
    } catch (error) {
      const inForce = file?.version ?? null;
      log.error(
        { route: this.name, inForce, err: error },
        'a scorer model is damaged: what was in force stays',
      );
    }
    this.route.use(file, safeMode);
    this.route.labels = this.#labelsOf(file);
  }

  /** To be told nothing is not to be told to stop: somebody has lost a file. */
  #warnOfNoneNamed({ version }: ScorerFile): void {
    this.#around.log.warn(
      { route: this.name, inForce: version },
      'no scorer model is named as the one in force any more: what was in force stays',
    );
  }

  /** What is accepted is stopped by the alarm itself; this is so that nobody forgets it. */
  #raise(): void {
    const alarm = this.route.watch?.alarm;
    const { file } = this.route;
    if (!alarm || !file || this.route.safeMode) return;
    const { files, clock, log } = this.#around;
    const safeMode = { alarm, sinceMs: clock.nowMs(), version: file.version };
    files.enterSafeMode(this.name, safeMode);
    this.#wrote(file, safeMode);
    log.error(
      { route: this.name, alarm, version: file.version },
      'drift: everything escalates until there is a new certificate',
    );
  }

  /** A label puts the prediction to the test that the model in force then made. */
  observe(label: DraftLabelled, sequence: bigint): void {
    if (!this.#isNews(label, sequence)) return;
    const { confidence, draftRight, example, source } = label;
    if (confidence === null || draftRight === null) return;
    // Only of these is it known that they were not chosen for what the draft turned out to be.
    if (source !== 'shadow' && source !== 'escalation') return;
    const { file, watch } = this.route;
    const isForeign = file && file.endpoint !== '' && file.endpoint !== example.endpoint;
    if (!watch || isForeign || !this.#lineage.has(label)) return;
    if (this.route.isMissing(example.signals.values)) return;
    watch.labelled(confidence, draftRight, label.decision === 'accept');
  }

  /** Labels are read again when the learning thread is started again, and some come twice. */
  #isNews({ labelId }: DraftLabelled, sequence: bigint): boolean {
    if (sequence <= this.#heardUntil || this.#heard.has(labelId)) return false;
    this.#heardUntil = sequence;
    this.#heard.add(labelId);
    for (const oldest of this.#heard) {
      if (this.#heard.size <= this.route.settings.labelsKept) break;
      this.#heard.delete(oldest);
    }
    return true;
  }

  /** What to ask for to know where the route stands. */
  get standingOf(): StandingOf {
    const { fromMs } = this.#lineage;
    const fittedAtMs = this.route.file?.fittedAtMs ?? 0;
    const sinceMs = Math.max(fittedAtMs, this.#triedAtMs);
    return { route: this.name, fromMs, sinceMs };
  }

  /** What to fit, if anything is due. */
  due({ endpoint, rows, newRows, sources }: Standing): RouteFit | undefined {
    const { metrics, clock } = this.#around;
    for (const source of LABEL_SOURCES) {
      metrics.labels.set({ route: this.name, source }, sources.get(source) ?? 0);
    }
    const { file, settings } = this.route;
    const isOfFile = file && (file.endpoint === '' || file.endpoint === endpoint);
    this.route.labels = isOfFile ? Math.max(rows, this.#labelsOf(file)) : rows;
    const nowMs = clock.nowMs();
    const { sinceMs, fromMs } = this.standingOf;
    const isMuch = newRows >= Math.max(settings.retrainAfterLabels, NEW_SHARE * rows);
    const isLong = newRows > 0 && nowMs - sinceMs >= NIGHTLY_MS;
    if (rows < LEAST_ROWS || !(isMuch || isLong)) return undefined;
    const { target, draftCostShare } = settings;
    const greyShare = settings.buy ? settings.greyShare : 0;
    const inForce = this.#inForce;
    const testsBefore = this.route.safeMode?.tests ?? 0;
    const common = { route: this.name, fromMs, target, draftCostShare, greyShare };
    return { ...common, inForce, testsBefore, nowMs };
  }

  /** What a fit has to beat. What raised an alarm does not come back: only what is fitted to rows from after it may end it. */
  get #inForce(): ScorerFile | undefined {
    return this.route.safeMode ? undefined : this.route.file;
  }

  /** Puts in force what came of it, unless the world has changed meanwhile. */
  apply(call: RouteFit, refit: Refit | null): void {
    // What another process put in force, or an alarm, may be news since the fit began.
    this.guard();
    const { fromMs } = this.standingOf;
    const isSame = this.#inForce?.version === call.inForce?.version;
    if (!isSame || fromMs !== call.fromMs) return;
    this.#triedAtMs = call.nowMs;
    if (!refit) return;
    const { safeMode } = this.route;
    const { files, metrics, log } = this.#around;
    if (safeMode && !this.#endsSafeMode(refit.file)) {
      // What was in force stays, and nobody may forget how often a certificate was tried.
      const tried = { ...safeMode, tests: refit.file.tests };
      files.enterSafeMode(this.name, tried);
      this.#wrote(this.route.file, tried);
      return;
    }
    const reason = this.#reasonOf(call, refit);
    files.promote(refit.file, reason, call.nowMs);
    if (safeMode) files.leaveSafeMode(this.name);
    this.#wrote(refit.file, undefined);
    metrics.promotions.inc({ route: this.name, reason });
    const { version, certificate, shadowPrice, figures } = refit.file;
    log.info(
      { route: this.name, version, reason, certificate, shadowPrice, ...figures },
      'a scorer model is in force',
    );
    this.#tell();
  }

  /** The rows are from after the alarm already: all that is fitted then are. */
  #endsSafeMode({ certificate, shadowPrice, figures }: ScorerFile): boolean {
    if (this.route.settings.target.kind === 'quality') return certificate !== null;
    return shadowPrice !== null && figures.certifiedRows >= LEAST_ROWS;
  }

  #reasonOf({ inForce }: RouteFit, { file, isNewModel }: Refit): Reason {
    if (this.route.safeMode) return 'after_alarm';
    if (!inForce) return 'first';
    if (inForce.endpoint !== file.endpoint) return 'new_endpoint';
    return isNewModel ? 'challenger' : 'renewed';
  }

  #wrote(file: ScorerFile | undefined, safeMode: SafeMode | undefined): void {
    const { files } = this.#around;
    this.route.use(file, safeMode);
    this.#mark = files.mark(this.name);
    this.#lineage = new Lineage(files, this.name);
  }

  /** Those that a version knew are there, also before they have been read again. */
  #labelsOf(file: ScorerFile | undefined): number {
    if (!file || file.fittedAtMs < this.#lineage.fromMs) return 0;
    return file.figures.fittedRows + file.figures.certifiedRows;
  }

  #tell(): void {
    const { metrics, log } = this.#around;
    const route = this.name;
    const { file, watch, safeMode } = this.route;
    metrics.safeMode.set({ route }, safeMode || watch?.alarm ? 1 : 0);
    metrics.rows.set({ route }, file?.certificate?.rows ?? 0);
    if (file?.certificate) metrics.alpha.set({ route }, file.certificate.alpha);
    else metrics.alpha.remove({ route });
    if (watch?.stability === undefined || watch.stability === null) {
      metrics.stability.remove({ route });
    } else metrics.stability.set({ route }, watch.stability);
    for (const warning of watch?.warnings ?? []) {
      const told = `${file?.version} ${warning}`;
      if (this.#told.includes(told)) continue;
      this.#told = `${this.#told.slice(-400)} ${told}`;
      log.warn({ route, warning, version: file?.version }, 'the traffic is not what it was');
    }
  }
}
