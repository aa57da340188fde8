import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Ledger } from '@weir/core';
import type { Log, Metrics } from '@weir/runtime';
import type { LearnedRoute } from '../learned-route.ts';
import type { ScorerFiles } from '../models/scorer-files.ts';
import { LearningMetrics } from './learning-metrics.ts';
import { LearningSession } from './learning-session.ts';
import { RouteLearning } from './route-learning.ts';

export interface LearnerOptions {
  /** By name: every route that a scorer model judges. */
  readonly routes: ReadonlyMap<string, LearnedRoute>;
  readonly files: ScorerFiles;
  readonly ledger: Pick<Ledger, 'watch'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** How often alarms, files and due fits are looked at, and a ledger that failed is tried again. */
  readonly lookEveryMs: number;
}

/**
 * Keeps the scorer models of all learned routes honest over time: reads their labels from the ledger, fits and certifies in
 * a thread of its own, watches for drift.
 */
export class Learner {
  readonly #options: LearnerOptions;
  readonly #routes: ReadonlyMap<string, RouteLearning>;
  readonly #stop = new AbortController();
  #session: LearningSession | undefined;
  #looking: Promise<void> | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LearnerOptions) {
    this.#options = options;
    const { files, clock, log } = options;
    const around = { files, clock, log, metrics: new LearningMetrics(options.metrics) };
    this.#routes = new Map(
      [...options.routes].map(([name, route]) => [name, new RouteLearning(name, route, around)]),
    );
  }

  /** Puts what the files say in force at once; the rest is done in the background. */
  start(): void {
    for (const route of this.#routes.values()) route.guard();
    this.#running = this.#run();
  }

  /**
   * Looks at files and alarms, and learns what is due. Done every so often by itself; resolves when what has been read
   * of the ledger by now has been learned from.
   */
  async look(): Promise<void> {
    for (const route of this.#routes.values()) route.guard();
    this.#looking ??= this.#learn().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    this.#session = this.#begin();
    while (!signal.aborted) {
      await sleep(this.#options.lookEveryMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) break;
      if (this.#session.isOver) {
        await this.#session[Symbol.asyncDispose]();
        this.#session = this.#begin();
      }
      // A fit may take long, and alarms must not wait for it.
      void this.look();
    }
  }

  #begin(): LearningSession {
    return new LearningSession(this.#routes, this.#options);
  }

  async #learn(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    try {
      await session.flush();
      for (const route of this.#routes.values()) {
        const of = route.standingOf;
        const { standing } = await session.thread.ask({ type: 'standing', of });
        const call = route.due(standing);
        if (!call) continue;
        const { refit } = await session.thread.ask({ type: 'fit', call });
        if (!this.#stop.signal.aborted) route.apply(call, refit);
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#options.log.error({ err: error }, 'learning failed');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#session?.[Symbol.asyncDispose]();
    await this.#running;
    await this.#looking;
  }
}
