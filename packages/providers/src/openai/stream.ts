import { Fault, type ProviderEvent } from '@weir/core';
import type { StreamReader } from '../adapter.ts';
import { parse, record, text, type Wire } from '../wire.ts';
import { Details } from './details.ts';
import { faultIn } from './error.ts';
import { logprobsIn } from './logprobs.ts';
import { ThinkTag } from './think-tag.ts';
import { type ToldBefore, usageIn } from './usage.ts';
import {
  finishFrom,
  type Said,
  saidIn,
  type WireChoice,
  type WireMessage,
  type WireReply,
} from './wire.ts';
import type { Words } from './words.ts';

/** A fresh reader per reply: it remembers whether the answer's identity and end were already told. */
export function reader(words: Words): StreamReader {
  return new ChunkReader(words);
}

class ChunkReader implements StreamReader {
  readonly #words: Words;
  readonly #tag: ThinkTag | undefined;
  readonly #details: Details | undefined;
  readonly #told: ToldBefore = {};
  #identified = false;
  #finished = false;

  constructor(words: Words) {
    this.#words = words;
    if (words.thinksInText) this.#tag = new ThinkTag();
    if (words.thoughts === 'details') this.#details = new Details();
  }

  read(data: string): readonly ProviderEvent[] {
    if (data === '[DONE]') return [{ type: 'done' }];
    const wire = this.#parse(data);
    const events: ProviderEvent[] = [];
    if (!this.#identified && (wire.id || wire.model)) {
      this.#identified = true;
      const build = text(wire.system_fingerprint);
      events.push({
        type: 'identity',
        model: text(wire.model),
        upstreamId: text(wire.id),
        ...(build && { build }),
      });
    }
    const choice = wire.choices?.[0];
    // TabbyAPI repeats choice and finish reason beside the usage.
    if (choice && !this.#finished) this.#read(choice, events);
    const usage = usageIn(wire as Wire, this.#words, this.#told);
    if (typeof usage === 'object') events.push({ type: 'usage', report: usage });
    else if (usage) events.push({ type: 'usage-refused', reason: usage });
    return events;
  }

  #read(choice: WireChoice, events: ProviderEvent[]): void {
    if (choice.error) throw faultIn(choice, 'upstream_unavailable', this.#words.errors);
    if (choice.delta) this.#readDelta(choice.delta, choice, events);
    if (!choice.finish_reason) return;
    this.#finished = true;
    const reason = finishFrom(choice.finish_reason);
    if (this.#tag) tell(this.#tag.end(), events);
    const state = this.#details?.state();
    if (state) events.push({ type: 'reasoning-delta', text: '', state });
    events.push({ type: 'finish', reason });
  }

  #readDelta(delta: WireMessage, choice: WireChoice, events: ProviderEvent[]): void {
    const said = saidIn(delta);
    const told = this.#tag ? this.#tag.push(said.text) : said;
    const tokens = logprobsIn(choice, said.text);
    if (told.text || tokens?.length) {
      events.push({ type: 'text-delta', text: told.text, ...(tokens && { tokens }) });
    }
    const refusal = text(delta.refusal);
    if (refusal) events.push({ type: 'refusal-delta', text: refusal });
    const thought = this.#tag ? said.thought + told.thought : said.thought;
    if (thought) events.push({ type: 'reasoning-delta', text: thought });
    this.#details?.add(delta.reasoning_details);
    if (Array.isArray(delta.tool_calls)) readCalls(delta.tool_calls, events);
  }

  #parse(data: string): WireReply {
    const reply: WireReply = parse(data, 'an event');
    // Groq tells in a field of its own that it stopped.
    if (reply.error || reply.object === 'error' || record(reply.x_groq)['error']) {
      throw faultIn(reply, 'upstream_unavailable', this.#words.errors);
    }
    return reply;
  }
}

function tell({ thought, text: said }: Said, events: ProviderEvent[]): void {
  if (said) events.push({ type: 'text-delta', text: said });
  if (thought) events.push({ type: 'reasoning-delta', text: thought });
}

function readCalls(calls: NonNullable<WireMessage['tool_calls']>, events: ProviderEvent[]): void {
  for (const [position, call] of calls.entries()) {
    const index = typeof call?.index === 'number' ? call.index : position;
    if (!Number.isInteger(index) || index < 0 || index > 127) {
      throw new Fault(
        'upstream_invalid',
        'The provider sent a tool call with an index out of range.',
      );
    }
    const name = text(call?.function?.name);
    const id = text(call?.id);
    events.push({
      type: 'tool-delta',
      index,
      arguments: text(call?.function?.arguments),
      ...(id && { id }),
      ...(name && { name }),
    });
  }
}
