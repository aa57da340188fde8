import { type InferenceEnd, type InferenceEvent, unreachable } from '@weir/core';
import { finishOf, wireLogprobs, wireReport, wireUsage } from './chat-response.ts';

export interface StreamSettings {
  readonly id: string;
  readonly createdS: number;
  readonly model: string;
  readonly includeUsage: boolean;
  readonly wantsLogprobs: boolean;
  readonly report: boolean;
}

/**
 * Writes OpenAI's chunks. What is the same in every chunk of a stream is put into text once; only what changes is
 * serialised, because a stream has hundreds of these.
 */
export class ChunkWriter {
  readonly #settings: StreamSettings;
  readonly #head: string;
  readonly #tail: string;
  readonly #begun = new Set<number>();
  readonly #ends: InferenceEnd[] = [];

  constructor(settings: StreamSettings) {
    this.#settings = settings;
    const { id, createdS, model, includeUsage } = settings;
    const fixed = JSON.stringify({
      id,
      object: 'chat.completion.chunk',
      created: createdS,
      model,
    });
    this.#head = `data: ${fixed.slice(0, -1)},"choices":[`;
    this.#tail = includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  }

  /** The text of one event of one choice; empty when callers are told nothing. */
  event(choice: number, event: InferenceEvent): string {
    switch (event.type) {
      case 'text-delta': {
        const { wantsLogprobs } = this.#settings;
        const logprobs = wantsLogprobs ? JSON.stringify(wireLogprobs(event.tokens)) : 'null';
        return this.#delta(choice, `"content":${JSON.stringify(event.text)}`, logprobs);
      }
      case 'refusal-delta':
        return this.#delta(choice, `"refusal":${JSON.stringify(event.text)}`);
      case 'reasoning-delta':
        return this.#delta(choice, reasoningFields(event.text, event.state));
      case 'tool-delta': {
        const { index, id, name } = event;
        const call = {
          index,
          ...(id !== undefined && { id, type: 'function' }),
          function: { ...(name !== undefined && { name }), arguments: event.arguments },
        };
        return this.#delta(choice, `"tool_calls":[${JSON.stringify(call)}]`);
      }
      case 'verdict':
        return '';
      case 'end':
        this.#ends.push(event.end);
        return this.#finish(choice, event.end);
      default:
        return unreachable(event);
    }
  }

  #delta(choice: number, fields: string, logprobs = 'null'): string {
    const role = this.#begun.has(choice) ? '' : '"role":"assistant",';
    this.#begun.add(choice);
    return `${this.#head}{"index":${choice},"delta":{${role}${fields}},"logprobs":${logprobs},"finish_reason":null}${this.#tail}`;
  }

  #finish(choice: number, end: InferenceEnd): string {
    const opening = this.#begun.has(choice) ? '' : this.#delta(choice, '"content":""');
    const reason = JSON.stringify(finishOf(end.reply));
    const report = this.#settings.report && !this.#settings.includeUsage;
    const tail = report ? `],"weir":${JSON.stringify(wireReport([end]))}}\n\n` : this.#tail;
    return `${opening}${this.#head}{"index":${choice},"delta":{},"logprobs":null,"finish_reason":${reason}}${tail}`;
  }

  /** After every choice has ended: the usage, where it was asked for, and the terminator. */
  done(): string {
    const { includeUsage, report } = this.#settings;
    if (!includeUsage) return 'data: [DONE]\n\n';
    const usage = JSON.stringify(wireUsage(this.#ends));
    const weir = report ? `,"weir":${JSON.stringify(wireReport(this.#ends))}` : '';
    return `${this.#head}],"usage":${usage}${weir}}\n\ndata: [DONE]\n\n`;
  }
}

/** The state comes whole, once, and mostly after the last word of it. */
function reasoningFields(text: string, state: string | undefined): string {
  const content = `"reasoning_content":${JSON.stringify(text)}`;
  return state === undefined ? content : `${content},"reasoning_state":${JSON.stringify(state)}`;
}
