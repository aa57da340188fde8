import type { Fault, FinishReason, ProviderEvent } from '@weir/core';
import type { StreamReader } from '../adapter.ts';
import { invalid, text } from '../wire.ts';
import {
  brokenOff,
  candidateOf,
  finishFrom,
  isBlocked,
  parse,
  queriesOf,
  reportFrom,
  saidBy,
  type WireCandidate,
  type WireReply,
} from './wire.ts';

/** All are counted again with every count of tokens, so that they must be few. */
const MAX_QUERIES = 1000;

/** A fresh reader per reply. */
export function reader(): StreamReader {
  return new GeminiReader();
}

/**
 * Every piece has the shape of a whole reply. There is no terminator: the connection's end is the end, so `done` is
 * never said.
 */
class GeminiReader implements StreamReader {
  #identified = false;
  #calls = 0;
  #finish: FinishReason | undefined;
  #broken: Fault | undefined;
  readonly #queries = new Set<string>();
  /** The last word on usage, and whether it was said when the answer had ended. */
  #metered: { readonly metadata: unknown; readonly whole: boolean } | undefined;

  read(data: string): readonly ProviderEvent[] {
    if (this.#broken) throw this.#broken;
    const wire = parse(data, 'an event');
    const candidate = candidateOf(wire);
    const events: ProviderEvent[] = [];
    this.#identify(wire, events);
    if (candidate) this.#say(candidate, events);
    const finish = candidate
      ? finishFrom(candidate.finishReason, this.#calls > 0)
      : isBlocked(wire)
        ? 'content_filter'
        : undefined;
    if (finish !== 'broken') this.#end(finish, events);
    const metered = this.#meter(wire, candidate, finish !== undefined, events);
    if (finish === 'broken') {
      // What was spent is told first, since nobody asks a fault for it. Then the next piece, or an end of the
      // connection without a finish, is the failure; unless an earlier piece did say that it was the last.
      this.#broken = brokenOff();
      if (!metered || this.#finish !== undefined) throw this.#broken;
    }
    return events;
  }

  #identify(wire: WireReply, events: ProviderEvent[]): void {
    const model = text(wire.modelVersion);
    const upstreamId = text(wire.responseId);
    if (this.#identified || (!model && !upstreamId)) return;
    this.#identified = true;
    events.push({ type: 'identity', model, upstreamId });
  }

  #say(candidate: WireCandidate, events: ProviderEvent[]): void {
    const { reasoning, text, tokens, toolCalls } = saidBy(candidate, this.#calls);
    if (reasoning) events.push({ type: 'reasoning-delta', text: reasoning });
    if (text || tokens) {
      events.push({ type: 'text-delta', text, ...(tokens && { tokens }) });
    }
    for (const call of toolCalls) {
      events.push({ type: 'tool-delta', index: this.#calls, ...call });
      this.#calls++;
    }
  }

  /** Older models and gateways say `STOP` with every piece, so an end is no end of the text: the last one counts. */
  #end(finish: FinishReason | undefined, events: ProviderEvent[]): void {
    if (finish === undefined || finish === this.#finish) return;
    this.#finish = finish;
    events.push({ type: 'finish', reason: finish });
  }

  /** Counts are cumulative. A piece that only adds searches tells the last counts again, with their price. */
  #meter(
    wire: WireReply,
    candidate: WireCandidate | undefined,
    ends: boolean,
    events: ProviderEvent[],
  ): boolean {
    const known = this.#queries.size;
    for (const query of queriesOf(candidate)) this.#queries.add(query);
    if (this.#queries.size > MAX_QUERIES) throw invalid('more searches than any answer has');
    const metadata = wire.usageMetadata ?? undefined;
    const isNew = metadata !== undefined || this.#queries.size > known;
    const metered =
      metadata === undefined
        ? this.#metered
        : { metadata, whole: ends || this.#finish !== undefined };
    const report = isNew ? reportFrom(metered?.metadata, [...this.#queries]) : undefined;
    if (!report) return false;
    if (typeof report === 'string') {
      events.push({ type: 'usage-refused', reason: report });
      return true;
    }
    this.#metered = metered;
    events.push({
      type: 'usage',
      report: metered?.whole ? report : { ...report, incomplete: ['outputTokens'] },
    });
    return true;
  }
}
