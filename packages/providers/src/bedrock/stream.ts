import type { ProviderEvent } from '@weir/core';
import type { StreamReader } from '../adapter.ts';
import type { Place } from '../placed-thoughts.ts';
import { invalid, parse, record, text, type Wire } from '../wire.ts';
import { eventFault } from './error.ts';
import { stateFrom, thoughtFrom } from './thoughts.ts';
import { argumentsFrom, finishFrom, isOurs, modelFrom, usageFrom } from './wire.ts';

/** A part of the answer while it is being made. `other` is none: what the provider's own tools did, images. */
type Block = { readonly kind: 'text' | 'other' } | Thinking | Calling;

interface Thinking {
  readonly kind: 'thinking';
  readonly place: Place;
  said: string;
  signature: string;
  redacted: string;
}

interface Calling {
  readonly kind: 'tool';
  /** Among the tool calls only. */
  readonly index: number;
  /** Its arguments were told, all or in part. */
  told: boolean;
}

/** A fresh reader per reply. */
export function reader(): StreamReader {
  return new ConverseReader();
}

/**
 * Each event is one member named by its type. Most blocks begin without saying so: what they are is told by their first
 * piece. The usage comes after the end of the message, and nothing after the usage.
 */
class ConverseReader implements StreamReader {
  readonly #blocks = new Map<unknown, Block>();
  #tools = 0;
  #characters = 0;
  #finished = false;

  read(data: string): readonly ProviderEvent[] {
    const event = parse(data, 'an event');
    const [type = ''] = Object.keys(event);
    const wire = record(event[type]);
    const index = wire['contentBlockIndex'];
    switch (type) {
      case 'contentBlockStart':
        return this.#finished ? [] : this.#open(index, record(wire['start']));
      case 'contentBlockDelta':
        return this.#finished ? [] : this.#delta(index, record(wire['delta']));
      case 'contentBlockStop':
        return this.#finished ? [] : restOf(this.#blocks.get(index));
      case 'messageStop':
        return this.#finished ? [] : this.#finish(wire['stopReason']);
      case 'metadata':
        return this.#meter(wire);
      default:
        if (type === 'error' || type.endsWith('Exception')) throw eventFault(type, wire);
        return [];
    }
  }

  #open(index: unknown, start: Wire): ProviderEvent[] {
    const toolUse = record(start['toolUse']);
    if ('toolResult' in start || 'image' in start || !isOurs(toolUse)) {
      this.#blocks.set(index, { kind: 'other' });
      return [];
    }
    if (!('toolUse' in start)) return [];
    const tool: Calling = { kind: 'tool', index: this.#tools++, told: false };
    this.#blocks.set(index, tool);
    const id = text(toolUse['toolUseId']);
    const name = text(toolUse['name']);
    return [
      {
        type: 'tool-delta',
        index: tool.index,
        ...(id && { id }),
        ...(name && { name }),
        arguments: '',
      },
    ];
  }

  #delta(index: unknown, delta: Wire): ProviderEvent[] {
    const known = this.#blocks.get(index);
    if (known?.kind === 'other') return [];
    if ('text' in delta) {
      const block = known ?? this.#begin(index, { kind: 'text' });
      return block.kind === 'text' ? this.#say(text(delta['text'])) : [];
    }
    if ('reasoningContent' in delta) {
      const block = known ?? this.#begin(index, this.#thinking());
      return block.kind === 'thinking' ? think(block, record(delta['reasoningContent'])) : [];
    }
    if ('toolUse' in delta) {
      if (!known) throw invalid('a piece of what it never began');
      const piece = text(record(delta['toolUse'])['input']);
      if (known.kind !== 'tool' || piece === '') return [];
      known.told = true;
      return [{ type: 'tool-delta', index: known.index, arguments: piece }];
    }
    return [];
  }

  #begin(index: unknown, block: Block): Block {
    this.#blocks.set(index, block);
    return block;
  }

  #say(piece: string): ProviderEvent[] {
    this.#characters += piece.length;
    return piece ? [{ type: 'text-delta', text: piece }] : [];
  }

  #thinking(): Thinking {
    const place = { characters: this.#characters, calls: this.#tools };
    return { kind: 'thinking', place, said: '', signature: '', redacted: '' };
  }

  /** Usage that no message came before is kept for none: what has no end is no answer. */
  #meter(wire: Wire): ProviderEvent[] {
    const events: ProviderEvent[] = [];
    const model = modelFrom(wire);
    if (model) events.push({ type: 'identity', model, upstreamId: '' });
    const usage = usageFrom(wire);
    if (typeof usage === 'string') events.push({ type: 'usage-refused', reason: usage });
    else if (usage) events.push({ type: 'usage', report: usage });
    if (this.#finished) events.push({ type: 'done' });
    return events;
  }

  /** Where the model spoilt its answer no end is told: the usage is still to come, and the stream is a failure after it. */
  #finish(stopReason: unknown): ProviderEvent[] {
    this.#finished = true;
    const rest = [...this.#blocks.values()].flatMap(restOf);
    const ended = endOf(stopReason);
    return ended ? [...rest, ...this.#state(), ended] : [];
  }

  /** Thoughts are signed at their end only. */
  #state(): ProviderEvent[] {
    const thoughts = [...this.#blocks.values()].flatMap((block) => {
      if (block.kind !== 'thinking') return [];
      const { said, signature, redacted, place } = block;
      const content = { redactedContent: redacted, reasoningText: { text: said, signature } };
      const thought = thoughtFrom({ reasoningContent: content });
      return thought ? { block: thought, ...place } : [];
    });
    const state = stateFrom(thoughts);
    return state ? [{ type: 'reasoning-delta', text: '', state }] : [];
  }
}

function endOf(stopReason: unknown): ProviderEvent | undefined {
  try {
    return { type: 'finish', reason: finishFrom(stopReason) };
  } catch {
    return undefined;
  }
}

function think(block: Thinking, delta: Wire): ProviderEvent[] {
  const piece = text(delta['text']);
  block.said += piece;
  block.signature += text(delta['signature']);
  block.redacted += text(delta['redactedContent']);
  return piece ? [{ type: 'reasoning-delta', text: piece }] : [];
}

/** The arguments of a tool call that came in no pieces are an empty object. */
function restOf(block: Block | undefined): ProviderEvent[] {
  if (block?.kind !== 'tool' || block.told) return [];
  block.told = true;
  return [{ type: 'tool-delta', index: block.index, arguments: argumentsFrom(undefined) }];
}
