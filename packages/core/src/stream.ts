import type { ChatReply, FinishReason, TokenLogprob, ToolCall } from './chat.ts';
import type { UsageErrorCode, UsageReport } from './usage.ts';

/** A piece of an answer while it is being made. Names are noun-verb; the order is the model's. */
export type ChatDelta =
  | {
      readonly type: 'text-delta';
      readonly text: string;
      readonly tokens?: readonly TokenLogprob[] | undefined;
    }
  | { readonly type: 'refusal-delta'; readonly text: string }
  | {
      readonly type: 'reasoning-delta';
      readonly text: string;
      /** The reply's `reasoningState`, whole; the last one counts. */
      readonly state?: string | undefined;
    }
  | {
      readonly type: 'tool-delta';
      readonly index: number;
      /** Present on the first delta of a call only. */
      readonly id?: string | undefined;
      readonly name?: string | undefined;
      readonly arguments: string;
    };

/** What a provider's stream says, once its dialect is taken off. */
export type ProviderEvent =
  | ChatDelta
  | { readonly type: 'finish'; readonly reason: FinishReason }
  | { readonly type: 'usage'; readonly report: UsageReport }
  /** Usage was sent, and it cannot be billed from. */
  | { readonly type: 'usage-refused'; readonly reason: UsageErrorCode }
  | {
      readonly type: 'identity';
      readonly model: string;
      readonly upstreamId: string;
      /** What the provider calls the software and settings that answered (`system_fingerprint`). */
      readonly build?: string | undefined;
    }
  | { readonly type: 'done' };

/** Puts deltas together again into the reply they spell. */
export class ReplyBuilder {
  #text = '';
  #refusal = '';
  #reasoning = '';
  #reasoningState: string | undefined;
  readonly #tokens: TokenLogprob[] = [];
  #hasLogprobs = false;
  readonly #tools: { id: string; name: string; arguments: string }[] = [];

  add(delta: ChatDelta): void {
    switch (delta.type) {
      case 'text-delta':
        this.#text += delta.text;
        this.#addTokens(delta.text, delta.tokens);
        return;
      case 'refusal-delta':
        this.#refusal += delta.text;
        return;
      case 'reasoning-delta':
        this.#reasoning += delta.text;
        this.#reasoningState = delta.state ?? this.#reasoningState;
        return;
      case 'tool-delta':
        this.#addTool(delta.index, delta.id, delta.name, delta.arguments);
    }
  }

  /** Text that came without its tokens is kept as one of unknown probability, so that a gap cannot pass unseen. */
  #addTokens(text: string, tokens: readonly TokenLogprob[] | undefined): void {
    if (tokens) {
      this.#hasLogprobs = true;
      // One by one: a whole answer may have more of them than a call takes arguments.
      for (const token of tokens) this.#tokens.push(token);
    } else if (text !== '') this.#tokens.push({ token: text, top: [] });
  }

  #addTool(index: number, id: string | undefined, name: string | undefined, piece: string): void {
    const call = this.#tools[index];
    if (call) call.arguments += piece;
    else this.#tools[index] = { id: id ?? '', name: name ?? '', arguments: piece };
  }

  /** Characters of answer and tool arguments so far; what an estimate of unreported output tokens rests on. */
  get characters(): number {
    let length = this.#text.length + this.#refusal.length + this.#reasoning.length;
    for (const call of this.#tools) length += call?.arguments.length ?? 0;
    return length;
  }

  build(finish: FinishReason): ChatReply {
    return {
      text: this.#text,
      toolCalls: this.#tools.filter((call): call is ToolCall => call !== undefined),
      finish,
      ...(this.#refusal && { refusal: this.#refusal }),
      ...(this.#reasoning && { reasoning: this.#reasoning }),
      ...(this.#reasoningState && { reasoningState: this.#reasoningState }),
      ...(this.#hasLogprobs && { tokens: this.#tokens }),
    };
  }
}

/** A finished reply as the deltas that spell it: it is all there, so cutting it up would only look like a stream. */
export function* deltasOf(reply: ChatReply): Generator<ChatDelta> {
  if (reply.reasoning || reply.reasoningState) {
    yield { type: 'reasoning-delta', text: reply.reasoning ?? '', state: reply.reasoningState };
  }
  if (reply.text) yield { type: 'text-delta', text: reply.text, tokens: reply.tokens };
  if (reply.refusal) yield { type: 'refusal-delta', text: reply.refusal };
  for (const [index, call] of reply.toolCalls.entries()) {
    yield { type: 'tool-delta', index, id: call.id, name: call.name, arguments: call.arguments };
  }
}
