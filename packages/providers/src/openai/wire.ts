import { Fault, type FinishReason, type TokenLogprob, type TopLogprob } from '@weir/core';

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
  tool_calls?: WireToolCall[] | null;
}

export interface WireChoice {
  index?: unknown;
  finish_reason?: unknown;
  message?: WireMessage | null;
  delta?: WireMessage | null;
  logprobs?: { content?: unknown } | null;
}

export interface WireReply {
  id?: unknown;
  model?: unknown;
  choices?: WireChoice[] | null;
  usage?: unknown;
  error?: unknown;
  object?: unknown;
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
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

interface WireLogprob {
  token?: unknown;
  logprob?: unknown;
  top_logprobs?: unknown;
}

/** Token log-probabilities as reported, false ones included: judging them is the scorer's work. */
export function tokensFrom(content: unknown): TokenLogprob[] | undefined {
  if (!Array.isArray(content)) return undefined;
  return (content as WireLogprob[]).map((entry) => ({
    token: text(entry?.token),
    logprob: typeof entry?.logprob === 'number' ? entry.logprob : undefined,
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
