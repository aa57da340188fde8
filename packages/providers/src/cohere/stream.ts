import type { Fault, ProviderEvent } from '@weir/core';
import type { StreamReader } from '../adapter.ts';
import { invalid, parse, record, text, type Wire } from '../wire.ts';
import { stateFrom } from './thoughts.ts';
import { brokenOff, finishFrom, tokenFrom, usageFrom } from './wire.ts';

/** A fresh reader per reply. */
export function reader(): StreamReader {
  return new ChatReader();
}

interface Call {
  /** Among the tool calls, whatever number the wire gives it. */
  readonly index: number;
  told: boolean;
}

/** The type of every event is in its data too, so that the names of the events are not needed. */
class ChatReader implements StreamReader {
  readonly #calls: Call[] = [];
  /** By the number on the wire; those that have none are the last one's. */
  readonly #callAt = new Map<unknown, Call>();
  #identified = false;
  #finished = false;
  #thinking = '';
  #isThinking = false;
  #hasPlan = false;
  /** Why the answer is none, though it came with a usage that had to be told first. */
  #broken: Fault | undefined;

  read(data: string): readonly ProviderEvent[] {
    if (this.#broken) throw this.#broken;
    // Some that stand between say it, as OpenAI does.
    if (data === '[DONE]') return [{ type: 'done' }];
    const wire = parse(data, 'an event');
    // An error has no type, and says what it is in prose.
    if (wire['type'] === undefined && 'message' in wire) throw brokenOff();
    if (this.#finished) return [];
    const message = record(record(wire['delta'])['message']);
    switch (wire['type']) {
      case 'message-start':
        return this.#start(wire);
      case 'content-start':
      case 'content-delta':
        return this.#content(record(message['content']), wire['logprobs']);
      case 'content-end':
        return this.#endThought();
      case 'tool-plan-delta':
        return this.#plan(text(message['tool_plan']));
      case 'tool-call-start':
        return this.#call(wire['index'], callIn(message['tool_calls']));
      case 'tool-call-delta':
        return this.#arguments(wire['index'], callIn(message['tool_calls']));
      case 'message-end':
        return this.#end(record(wire['delta']));
      // Ends of tool calls, citations, what is there to find errors by, and events nobody knows yet.
      default:
        return [];
    }
  }

  #start(wire: Wire): ProviderEvent[] {
    const upstreamId = text(wire['id']);
    if (this.#identified || !upstreamId) return [];
    this.#identified = true;
    return [{ type: 'identity', model: '', upstreamId }];
  }

  #content(content: Wire, logprobs: unknown): ProviderEvent[] {
    const thinking = text(content['thinking']);
    if (thinking) {
      this.#thinking += thinking;
      this.#isThinking = true;
      return [{ type: 'reasoning-delta', text: thinking }];
    }
    const piece = text(content['text']);
    const isTold = typeof logprobs === 'object' && logprobs !== null;
    if (!piece && !isTold) return [];
    return [{ type: 'text-delta', text: piece, ...(isTold && { tokens: [tokenFrom(logprobs)] }) }];
  }

  #endThought(): ProviderEvent[] {
    if (!this.#isThinking) return [];
    this.#isThinking = false;
    return [{ type: 'reasoning-delta', text: '', state: stateFrom(this.#thinking) }];
  }

  /** What was thought before the plan is all that was thought, so the state is known from its first word on. */
  #plan(plan: string): ProviderEvent[] {
    if (!plan) return [];
    const isFirst = !this.#hasPlan;
    this.#hasPlan = true;
    const state = isFirst && { state: stateFrom(this.#thinking) };
    return [{ type: 'reasoning-delta', text: plan, ...state }];
  }

  #call(at: unknown, wire: Wire): ProviderEvent[] {
    const call: Call = { index: this.#calls.length, told: false };
    this.#calls.push(call);
    this.#callAt.set(at, call);
    const { name, arguments: args } = record(wire['function']);
    const id = text(wire['id']);
    const called = text(name);
    const piece = text(args);
    call.told = piece !== '';
    const told = { ...(id && { id }), ...(called && { name: called }), arguments: piece };
    return [{ type: 'tool-delta', index: call.index, ...told }];
  }

  #arguments(at: unknown, wire: Wire): ProviderEvent[] {
    const call = this.#callAt.get(at);
    if (!call) throw invalid('a piece of a tool call that it never began');
    const piece = text(record(wire['function'])['arguments']);
    if (!piece) return [];
    call.told = true;
    return [{ type: 'tool-delta', index: call.index, arguments: piece }];
  }

  #end(delta: Wire): ProviderEvent[] {
    const finish = delta['error']
      ? 'broken'
      : finishFrom(delta['finish_reason'], this.#calls.length > 0);
    const spent = spentIn(delta['usage']);
    if (finish === 'broken') {
      // What was spent is told first, since nobody asks a fault for it. Then the next event is the failure, or the end
      // of the connection without a finish.
      this.#broken = brokenOff();
      if (spent.length === 0) throw this.#broken;
      return spent;
    }
    if (finish === undefined) throw invalid('an end without its reason');
    this.#finished = true;
    // A call without arguments is one with none.
    const untold = this.#calls.filter(({ told }) => !told);
    return [
      ...untold.map(({ index }) => ({ type: 'tool-delta', index, arguments: '{}' }) as const),
      { type: 'finish', reason: finish },
      ...spent,
      { type: 'done' },
    ];
  }
}

function spentIn(usage: unknown): ProviderEvent[] {
  const spent = usageFrom(usage);
  if (spent === undefined) return [];
  return typeof spent === 'string'
    ? [{ type: 'usage-refused', reason: spent }]
    : [{ type: 'usage', report: spent }];
}

/** One call each time, by itself or as the one element of a list. */
function callIn(value: unknown): Wire {
  return record(Array.isArray(value) ? value[0] : value);
}
