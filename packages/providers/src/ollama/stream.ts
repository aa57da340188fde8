import type { ProviderEvent, TokenLogprob } from '@weir/core';
import type { StreamReader } from '../adapter.ts';
import { text } from '../wire.ts';
import {
  finishFrom,
  parse,
  spelling,
  tokensIn,
  toolCallsIn,
  usageIn,
  type WireReply,
} from './wire.ts';

/** A fresh reader per reply. */
export function reader(): StreamReader {
  return new OllamaReader();
}

/** Every line has the shape of a whole reply; the one that is done counts what was used and is the last. */
class OllamaReader implements StreamReader {
  #identified = false;
  #calls = 0;
  /** Anything that tokens could spell other than a tool call. */
  #said = false;
  /** Told before the text that they spell, while Ollama makes sure that it is no tool call. */
  #ahead: TokenLogprob[] = [];

  read(data: string): readonly ProviderEvent[] {
    const wire = parse(data, 'a line');
    const events: ProviderEvent[] = [];
    const model = text(wire.model);
    if (!this.#identified && model) {
      this.#identified = true;
      events.push({ type: 'identity', model, upstreamId: '' });
    }
    this.#say(wire, events);
    if (wire.done === true) this.#end(wire, events);
    return events;
  }

  #say(wire: WireReply, events: ProviderEvent[]): void {
    const thinking = text(wire.message?.thinking);
    const answer = text(wire.message?.content);
    for (const token of tokensIn(wire)) this.#ahead.push(token);
    this.#said ||= thinking !== '' || answer !== '';
    if (thinking) events.push({ type: 'reasoning-delta', text: thinking });
    if (answer) {
      const spelled = spelling(this.#ahead, answer) ?? this.#ahead;
      events.push({
        type: 'text-delta',
        text: answer,
        ...(spelled.length > 0 && { tokens: spelled }),
      });
    }
    if (answer || thinking) this.#ahead = [];
    for (const call of toolCallsIn(wire, this.#calls)) {
      events.push({ type: 'tool-delta', index: this.#calls, ...call });
      this.#calls++;
    }
  }

  #end(wire: WireReply, events: ProviderEvent[]): void {
    if (this.#ahead.length > 0 && !this.#said) {
      events.push({ type: 'text-delta', text: '', tokens: this.#ahead });
    }
    const reason = finishFrom(wire.done_reason, this.#calls > 0);
    if (reason) events.push({ type: 'finish', reason });
    const usage = usageIn(wire);
    if (typeof usage === 'object') events.push({ type: 'usage', report: usage });
    else if (usage) events.push({ type: 'usage-refused', reason: usage });
    events.push({ type: 'done' });
  }
}
