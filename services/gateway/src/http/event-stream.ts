import type { ServerResponse } from 'node:http';
import { Fault, type InferenceEnd } from '@weir/core';
import type { ChunkWriter } from './chat-stream.ts';
import type { HttpLimits } from './context.ts';
import { errorBody } from './error-body.ts';
import type { ChoiceEvent } from './merged-events.ts';
import { headerText, tellVerdict } from './telling-headers.ts';

/**
 * One answer as server-sent events. The status goes out with the first piece of content, so that a failure before it
 * can still be an HTTP error; only when the answer is held back for long does a comment, which names no model, go first
 * to keep the connection alive. From then on a failure is an error event, never a clean end (invariant I5).
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #headers: Record<string, string | number>;
  readonly #limits: HttpLimits;
  readonly #comments: NodeJS.Timeout;

  constructor(
    response: ServerResponse,
    headers: Record<string, string | number>,
    limits: HttpLimits,
  ) {
    this.#response = response;
    this.#headers = headers;
    this.#limits = limits;
    this.#comments = setInterval(() => this.#comment(), limits.streamCommentMs);
  }

  /** Whether the status is out. */
  get open(): boolean {
    return this.#response.headersSent;
  }

  #begin(): void {
    if (this.open) return;
    this.#response.writeHead(200, {
      ...this.#headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
  }

  #comment(): void {
    if (this.#response.writableNeedDrain || this.#response.writableEnded) return;
    this.#begin();
    this.#response.write(': waiting\n\n');
  }

  async send(events: AsyncIterable<ChoiceEvent>, writer: ChunkWriter): Promise<InferenceEnd[]> {
    const ends: InferenceEnd[] = [];
    for await (const { choice, event } of events) {
      if (event.type === 'verdict' && !this.open) {
        tellVerdict(this.#headers, event.verdict);
      }
      if (event.type === 'end') {
        ends[choice] = event.end;
        if (!this.open) this.#headers['x-weir-served-by'] = headerText(event.end.servedBy);
      }
      const text = writer.event(choice, event);
      if (text !== '') await this.#write(text);
    }
    await this.#write(writer.done());
    return ends;
  }

  async #write(text: string): Promise<void> {
    this.#begin();
    this.#comments.refresh();
    if (!this.#response.write(text)) await this.#drained();
  }

  /** Back-pressure: nobody reads faster than the caller does, and a caller who has stopped reading is cut off. */
  #drained(): Promise<void> {
    const response = this.#response;
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        response.off('drain', done);
        response.off('close', done);
        resolve();
      };
      const timer = setTimeout(() => {
        response.off('drain', done);
        response.off('close', done);
        response.destroy();
        reject(new Fault('cancelled', 'The caller stopped reading.'));
      }, this.#limits.slowReaderMs);
      response.on('drain', done);
      response.on('close', done);
    });
  }

  /** The last event of a stream that failed after it began. */
  fail(fault: Fault): void {
    if (!this.#response.writableEnded) this.#response.write(`data: ${errorBody(fault)}\n\n`);
  }

  end(): void {
    this.#response.end();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#comments);
  }
}
