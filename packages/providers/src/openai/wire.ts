import { Fault, type FinishReason, type TokenLogprob, type TopLogprob } from '@weir/core';
import { record, text } from '../wire.ts';

/** The parts of OpenAI's replies that JSON and streams share. Everything is unknown until looked at. */

export interface WireToolCall {
  index?: unknown;
  id?: unknown;
  function?: { name?: unknown; arguments?: unknown } | null;
}

export interface WireMessage {
  content?: unknown;
  refusal?: unknown;
  reasoning_content?: unknown;
  reasoning?: unknown;
  reasoning_details?: unknown;
  tool_calls?: WireToolCall[] | null;
}

export interface WireChoice {
  index?: unknown;
  finish_reason?: unknown;
  message?: WireMessage | null;
  delta?: WireMessage | null;
  logprobs?: unknown;
  top_logprobs?: unknown;
  /** OpenRouter, beside a finish reason that says no more than "error". */
  error?: unknown;
}

export interface WireReply {
  id?: unknown;
  model?: unknown;
  system_fingerprint?: unknown;
  choices?: WireChoice[] | null;
  usage?: unknown;
  x_groq?: unknown;
  error?: unknown;
  object?: unknown;
}

/**
 * Total: a reason nobody knows still ends the answer, and `stop` is what it must have been. The reasons that say the
 * answer was broken off are failures, since half of it is there (invariant I5).
 */
export function finishFrom(reason: unknown): FinishReason {
  switch (reason) {
    case 'length':
    case 'content_filter':
    case 'tool_calls':
      return reason;
    case 'function_call':
      return 'tool_calls';
    // Mistral, for the end of the model's window.
    case 'model_length':
      return 'length';
    // Mistral and OpenRouter; vLLM and SGLang; DeepSeek.
    case 'error':
    case 'abort':
    case 'insufficient_system_resource':
      throw new Fault('upstream_unavailable', 'The provider broke its answer off.');
    default:
      return 'stop';
  }
}

/** A piece of an answer, and of the thought before it. */
export interface Said {
  readonly text: string;
  readonly thought: string;
}

/** What a message says: a text, or Mistral's parts, of which some are thoughts. */
export function saidIn(message: WireMessage): Said {
  const { content } = message;
  const thought = text(message.reasoning_content) || text(message.reasoning);
  if (!Array.isArray(content)) return { text: text(content), thought };
  let said = '';
  let thoughts = thought;
  for (const part of content.map(record)) {
    if (part['type'] === 'text') said += text(part['text']);
    else if (part['type'] === 'thinking') thoughts += thinkingIn(part['thinking']);
  }
  return { text: said, thought: thoughts };
}

function thinkingIn(parts: unknown): string {
  if (!Array.isArray(parts)) return text(parts);
  return parts.map((part) => text(record(part)['text'])).join('');
}

interface WireLogprob {
  token?: unknown;
  logprob?: unknown;
  top_logprobs?: unknown;
}

/** OpenAI's list of tokens: how probable each was, and what else it might have been. */
export function tokensFrom(content: unknown): TokenLogprob[] | undefined {
  if (!Array.isArray(content)) return undefined;
  return (content as WireLogprob[]).map((entry) => ({
    token: text(entry?.token),
    logprob: numberIn(entry?.logprob),
    top: topFrom(entry?.top_logprobs),
  }));
}

const NO_TOP: readonly TopLogprob[] = [];

function topFrom(wire: unknown): readonly TopLogprob[] {
  if (!Array.isArray(wire) || wire.length === 0) return NO_TOP;
  const top: TopLogprob[] = [];
  for (const entry of wire as WireLogprob[]) {
    if (typeof entry?.logprob === 'number')
      top.push({ token: text(entry.token), logprob: entry.logprob });
  }
  return top;
}

export function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
