import { Fault, type ProviderEvent, type UsageErrorCode, type UsageReport } from '@weir/core';
import type { StreamReader } from '../adapter.ts';
import type { Place } from '../placed-thoughts.ts';
import { invalid, parse, record, text, type Wire } from '../wire.ts';
import { eventFault } from './error.ts';
import { stateFrom, thoughtFrom } from './thoughts.ts';
import { argumentsFrom, countedIn, finishFrom, reportFrom, reportSoFar } from './wire.ts';

/** A part of the answer while it is being made. `other` is none: what the provider's own tools did. */
type Block = { readonly kind: 'text' | 'other' } | ThinkingBlock | ToolBlock;

interface ThinkingBlock {
  readonly kind: 'thinking';
  /** As the API would give it whole. */
  readonly wire: {
    readonly type: unknown;
    readonly data: unknown;
    thinking: string;
    signature: string;
  };
  readonly at: Place;
}

interface ToolBlock {
  readonly kind: 'tool';
  /** Among the tool calls only. */
  readonly index: number;
  /** What it began with: nothing, or all that there is where a server does not cut arguments up. */
  readonly input: unknown;
  /** Its arguments were told, all or in part. */
  told: boolean;
}

/** A fresh reader per reply. */
export function reader(): StreamReader {
  return new MessageReader();
}

/** The type of every event is in its data too, so that the names of the events are not needed. */
class MessageReader implements StreamReader {
  readonly #blocks = new Map<unknown, Block>();
  #tools = 0;
  #characters = 0;
  #counted: Wire | undefined;
  #identified = false;
  #finished = false;
  /** Why the answer is none, though it came with a usage that had to be told first. */
  #broken: Fault | undefined;

  read(data: string): readonly ProviderEvent[] {
    const wire = parse(data, 'an event');
    if (this.#broken) throw this.#broken;
    if (wire['type'] === 'error' || wire['error']) throw eventFault(wire);
    switch (wire['type']) {
      case 'message_start':
        return this.#start(record(wire['message']));
      case 'content_block_start':
        return this.#finished ? [] : this.#open(wire['index'], record(wire['content_block']));
      case 'content_block_delta':
        return this.#finished ? [] : this.#delta(wire['index'], record(wire['delta']));
      case 'content_block_stop':
        return this.#finished ? [] : argumentsOf(this.#blocks.get(wire['index']));
      case 'message_delta':
        return this.#end(record(wire['delta']), wire['usage']);
      case 'message_stop':
        return [{ type: 'done' }];
      default:
        return [];
    }
  }

  /** The prompt's tokens are known from here on, so that a stream cut short is not billed by estimate alone. */
  #start(message: Wire): ProviderEvent[] {
    const events: ProviderEvent[] = [];
    const model = text(message['model']);
    const upstreamId = text(message['id']);
    if (!this.#identified && (model || upstreamId)) {
      this.#identified = true;
      events.push({ type: 'identity', model, upstreamId });
    }
    const counted = countedIn(undefined, message['usage']);
    if (typeof counted !== 'string') this.#counted = counted;
    events.push(...usageEvents(counted, reportSoFar));
    return events;
  }

  #open(index: unknown, block: Wire): ProviderEvent[] {
    switch (block['type']) {
      case 'text':
        this.#blocks.set(index, { kind: 'text' });
        return this.#said(block['text']);
      case 'thinking':
      case 'redacted_thinking': {
        const { type, data } = block;
        const wire = { type, data, thinking: '', signature: text(block['signature']) };
        const at = { characters: this.#characters, calls: this.#tools };
        const thinking = { kind: 'thinking', wire, at } as const;
        this.#blocks.set(index, thinking);
        return reasoningDelta(thinking, block['thinking']);
      }
      case 'tool_use': {
        const tool = {
          kind: 'tool',
          index: this.#tools++,
          input: block['input'],
          told: false,
        } as const;
        this.#blocks.set(index, { ...tool });
        const id = text(block['id']);
        const name = text(block['name']);
        const told = { ...(id && { id }), ...(name && { name }), arguments: '' };
        return [{ type: 'tool-delta', index: tool.index, ...told }];
      }
      default:
        this.#blocks.set(index, { kind: 'other' });
        return [];
    }
  }

  #delta(index: unknown, delta: Wire): ProviderEvent[] {
    const block = this.#blocks.get(index);
    if (!block) throw invalid('a piece of what it never began');
    switch (delta['type']) {
      case 'text_delta':
        return block.kind === 'text' ? this.#said(delta['text']) : [];
      case 'thinking_delta':
        return block.kind === 'thinking' ? reasoningDelta(block, delta['thinking']) : [];
      case 'signature_delta':
        if (block.kind === 'thinking') block.wire.signature += text(delta['signature']);
        return [];
      case 'input_json_delta': {
        const piece = text(delta['partial_json']);
        if (block.kind !== 'tool' || piece === '') return [];
        block.told = true;
        return [{ type: 'tool-delta', index: block.index, arguments: piece }];
      }
      default:
        return [];
    }
  }

  #end(delta: Wire, usage: unknown): ProviderEvent[] {
    const events: ProviderEvent[] = [];
    if (delta['stop_reason'] && !this.#finished) events.push(...this.#finish(delta['stop_reason']));
    const counted = usage ? countedIn(this.#counted, usage) : undefined;
    if (counted !== undefined && typeof counted !== 'string') this.#counted = counted;
    events.push(...usageEvents(counted, reportFrom));
    return events;
  }

  #said(value: unknown): ProviderEvent[] {
    const piece = text(value);
    this.#characters += piece.length;
    return piece ? [{ type: 'text-delta', text: piece }] : [];
  }

  /** Signed thoughts are known at their end only. */
  #state(): ProviderEvent[] {
    const thoughts = [...this.#blocks.values()].flatMap((block) => {
      const thought = block.kind === 'thinking' ? thoughtFrom(block.wire) : undefined;
      return thought && block.kind === 'thinking' ? { block: thought, ...block.at } : [];
    });
    const state = stateFrom(thoughts);
    return state ? [{ type: 'reasoning-delta', text: '', state }] : [];
  }

  #finish(stopReason: unknown): ProviderEvent[] {
    this.#finished = true;
    try {
      const reason = finishFrom(stopReason);
      const rest = [...this.#blocks.values()].flatMap(argumentsOf);
      return [...rest, ...this.#state(), { type: 'finish', reason }];
    } catch (error) {
      this.#broken = Fault.from(error);
      return [];
    }
  }
}

function usageEvents(
  counted: Wire | UsageErrorCode | undefined,
  read: (counted: Wire) => UsageReport | UsageErrorCode | undefined,
): ProviderEvent[] {
  const told = typeof counted === 'object' ? read(counted) : counted;
  if (told === undefined) return [];
  return [
    typeof told === 'string'
      ? { type: 'usage-refused', reason: told }
      : { type: 'usage', report: told },
  ];
}

function reasoningDelta(block: ThinkingBlock, value: unknown): ProviderEvent[] {
  const piece = text(value);
  block.wire.thinking += piece;
  return piece ? [{ type: 'reasoning-delta', text: piece }] : [];
}

/** The arguments of a tool call that came in no pieces: whole at its start, or none at all, which is an empty object. */
function argumentsOf(block: Block | undefined): ProviderEvent[] {
  if (block?.kind !== 'tool' || block.told) return [];
  block.told = true;
  return [{ type: 'tool-delta', index: block.index, arguments: argumentsFrom(block.input) }];
}
