import { Worker } from 'node:worker_threads';
import type { AnswerTo, FromThread, Question, ThreadSettings } from './protocol.ts';

/**
 * The thread in which labels are kept and models fitted: a fit takes from a tenth of a second to some seconds, in which
 * no request may have to wait.
 */
export class LearningThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  readonly #onDeath: (error: Error) => void;
  #dead: Error | undefined;

  /** `onDeath` runs once, when it can no longer be asked. */
  constructor(settings: ThreadSettings, onDeath: (error: Error) => void) {
    this.#onDeath = onDeath;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings });
    this.#worker.on('message', (message: FromThread) => this.#hear(message));
    this.#worker.on('error', (error) => this.#die(error as Error));
    this.#worker.on('exit', () => this.#die(new Error('the learning thread has ended')));
  }

  ask<Q extends Question>(question: Q): Promise<AnswerTo<Q>> {
    if (this.#dead) return Promise.reject(this.#dead);
    const pending = Promise.withResolvers<unknown>();
    const id = ++this.#lastId;
    this.#pending.set(id, pending);
    this.#worker.postMessage({ id, question });
    return pending.promise as Promise<AnswerTo<Q>>;
  }

  #hear(message: FromThread): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if ('answer' in message) pending?.resolve(message.answer);
    else pending?.reject(new Error(message.failure));
  }

  #die(error: Error): void {
    if (this.#dead) return;
    this.#dead = error;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    this.#onDeath(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
