import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  type EventBatch,
  eventText,
  Fault,
  type HoldCall,
  type LedgerEntry,
  type LedgerQuery,
  type LedgerRow,
  type RequestLookup,
  type WatchCall,
} from '@weir/core';
import type { LedgerStore, Limit } from '../store.ts';
import type { AnswerTo, FromWorker, Question } from './protocol.ts';

/** The ledger in a SQLite file, in a thread of its own, so that a large batch stops no request. */
export class SqliteStore implements LedgerStore {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #dead: Fault | undefined;

  /** With `readOnly`, only what reads may be asked, of a file that there must be. */
  constructor(path: string, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    if (!readOnly) mkdirSync(dirname(path), { recursive: true });
    const workerData = { path, readOnly };
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
    this.#worker.on('message', (message: FromWorker) => this.#hear(message));
    this.#worker.on('error', (error) => this.#die(error));
  }

  #ask<Q extends Question>(question: Q): Promise<AnswerTo<Q>> {
    if (this.#dead) return Promise.reject(this.#dead);
    const pending = Promise.withResolvers<unknown>();
    const id = ++this.#lastId;
    this.#pending.set(id, pending);
    this.#worker.postMessage({ id, question });
    return pending.promise as Promise<AnswerTo<Q>>;
  }

  #hear(message: FromWorker): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if ('answer' in message) pending?.resolve(message.answer);
    else if (!message.lasting) pending?.reject(unavailable(message.failure));
    else {
      const cause = message.failure;
      pending?.reject(new Fault('internal', 'The ledger cannot hold this.', { cause }));
    }
  }

  #die(cause: unknown): void {
    this.#dead = unavailable(cause);
    for (const pending of this.#pending.values()) pending.reject(this.#dead);
    this.#pending.clear();
  }

  async append(events: EventBatch): Promise<number> {
    return (await this.#ask({ type: 'append', text: eventText(events).bytes })).booked;
  }

  async hold(call: HoldCall, limit: Limit, nowMs: number): Promise<boolean> {
    return (await this.#ask({ type: 'hold', call, limit, nowMs })).granted;
  }

  async query(query: LedgerQuery): Promise<readonly LedgerRow[]> {
    return (await this.#ask({ type: 'query', query })).rows;
  }

  async request(call: RequestLookup): Promise<readonly LedgerEntry[]> {
    return (await this.#ask({ type: 'request', call })).entries;
  }

  async read(call: WatchCall, limit: number): Promise<readonly LedgerEntry[]> {
    return (await this.#ask({ type: 'read', call, limit })).entries;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#dead) await this.#ask({ type: 'close' });
    await this.#worker.terminate();
  }
}

function unavailable(cause: unknown): Fault {
  return new Fault('ledger_unavailable', 'The ledger is not available at present.', { cause });
}
