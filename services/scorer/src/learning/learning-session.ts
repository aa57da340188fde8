import { setTimeout as sleep } from 'node:timers/promises';
import { type DraftLabelled, LABEL_TAG, type Ledger } from '@weir/core';
import type { Log } from '@weir/runtime';
import { LearningThread } from './learning-thread.ts';
import type { RouteLearning } from './route-learning.ts';

export interface SessionOptions {
  readonly ledger: Pick<Ledger, 'watch'>;
  readonly log: Log;
  /** How long a ledger that failed is left alone. */
  readonly lookEveryMs: number;
}

/** Labels that wait for the thread; when it has not taken the ones before them either, the ledger has to wait. */
const BATCH = 256;

/**
 * The life of one learning thread: all labels are read into it, from the first on. Should the thread die, so does the
 * session, and the next one begins anew.
 */
export class LearningSession {
  readonly thread: LearningThread;
  readonly #options: SessionOptions;
  readonly #stop = new AbortController();
  readonly #reading: Promise<unknown>;
  #waiting: DraftLabelled[] = [];
  #taken: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(routes: ReadonlyMap<string, RouteLearning>, options: SessionOptions) {
    this.#options = options;
    const keep = new Map([...routes].map(([name, { route }]) => [name, route.settings.labelsKept]));
    this.thread = new LearningThread({ keep }, (error) => this.#end(error));
    this.#reading = Promise.all([...routes.values()].map((route) => this.#read(route)));
  }

  /** The thread has died. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when everything read so far is with the thread. */
  async flush(): Promise<void> {
    await this.#handOver();
    await this.#taken;
  }

  #end(error: Error): void {
    this.#isOver = true;
    if (this.#stop.signal.aborted) return;
    this.#options.log.error({ err: error }, 'the learning thread died and is started again');
    this.#stop.abort();
  }

  async #read(route: RouteLearning): Promise<void> {
    const { ledger, log, lookEveryMs } = this.#options;
    const { signal } = this.#stop;
    const tag = { name: LABEL_TAG, value: route.name };
    let afterSequence = 0n;
    let isTold = false;
    while (!signal.aborted) {
      try {
        for await (const { sequence, event } of ledger.watch({ tag, afterSequence }, signal)) {
          afterSequence = sequence;
          isTold = false;
          if (event.type !== 'draft.labelled' || event.route !== route.name) continue;
          route.observe(event, sequence);
          this.#waiting.push(event);
          if (this.#waiting.length >= BATCH) await this.#handOver();
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!isTold) {
          log.warn({ route: route.name, err: error }, 'labels cannot be read; it is tried again');
        }
        isTold = true;
      }
      await sleep(lookEveryMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /** Resolves when the labels handed over before these have been taken. */
  async #handOver(): Promise<void> {
    const before = this.#taken;
    if (this.#waiting.length > 0) {
      const labels = this.#waiting;
      this.#waiting = [];
      // Should the thread not live to take them, the next one will read them again.
      this.#taken = this.thread.ask({ type: 'take', labels }).catch((error: unknown) => {
        if (this.#stop.signal.aborted) return;
        this.#options.log.error({ err: error, labels: labels.length }, 'labels were not learned');
      });
    }
    await before;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.thread[Symbol.asyncDispose]();
    await this.#reading;
  }
}
