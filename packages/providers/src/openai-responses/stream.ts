import { Fault, type ProviderEvent } from '@weir/core';
import type { StreamReader } from '../adapter.ts';
import { listOf, parse, record, text, type Wire } from '../wire.ts';
import { faultIn } from './error.ts';
import { Output } from './output.ts';
import { stateFrom } from './reasoning-state.ts';
import { finishFrom, usageIn } from './wire.ts';

/** A fresh reader per reply. */
export function reader(): StreamReader {
  return new ResponseReader();
}

/**
 * The type of every event is in its data too, so that the names of the events are not needed. A response ends with the
 * event that says how; there is no other terminator, and a stream without that event was cut.
 */
class ResponseReader implements StreamReader {
  readonly #output = new Output();
  #model = '';
  #upstreamId = '';
  /** Why the answer is none, though it came with a usage that had to be told first. */
  #broken: Fault | undefined;

  read(data: string): readonly ProviderEvent[] {
    // Of servers that speak chat completions as well.
    if (data === '[DONE]') return [{ type: 'done' }];
    if (this.#broken) throw this.#broken;
    const wire = parse(data, 'an event');
    switch (wire['type']) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        return this.#identify(record(wire['response']));
      case 'response.output_item.added':
        return this.#output.begin(wire);
      case 'response.output_text.delta':
        return this.#output.text(wire);
      case 'response.refusal.delta':
        return this.#output.refusal(wire);
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return this.#output.reasoning(wire);
      case 'response.function_call_arguments.delta':
        return this.#output.arguments(wire);
      case 'response.output_item.done':
        return this.#output.done(wire);
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        return this.#end(record(wire['response']), wire['type'].slice('response.'.length));
      default:
        if (wire['type'] === 'error' || wire['error']) throw faultIn(wire);
        return [];
    }
  }

  /** The model that is named at the end is the one that served. */
  #identify(response: Wire): ProviderEvent[] {
    const model = text(response['model']) || this.#model;
    const upstreamId = text(response['id']) || this.#upstreamId;
    if (model === this.#model && upstreamId === this.#upstreamId) return [];
    this.#model = model;
    this.#upstreamId = upstreamId;
    return [{ type: 'identity', model, upstreamId }];
  }

  #end(response: Wire, status: string): ProviderEvent[] {
    const output = listOf(response['output']);
    const events: ProviderEvent[] = [...this.#identify(response), ...this.#output.end(output)];
    const items = this.#output.items;
    const state = stateFrom(items);
    if (state !== undefined) events.push({ type: 'reasoning-delta', text: '', state });
    const usage = usageEvents(response, output.length > 0 ? output : items);
    try {
      const reason = finishFrom(response, status, this.#output.hasCalls);
      return [...events, { type: 'finish', reason }, ...usage, { type: 'done' }];
    } catch (error) {
      this.#broken = Fault.from(error);
      if (usage.length === 0) throw error;
      return usage;
    }
  }
}

function usageEvents(response: Wire, items: readonly unknown[]): ProviderEvent[] {
  const usage = usageIn(response, items);
  if (usage === undefined) return [];
  return typeof usage === 'string'
    ? [{ type: 'usage-refused', reason: usage }]
    : [{ type: 'usage', report: usage }];
}
