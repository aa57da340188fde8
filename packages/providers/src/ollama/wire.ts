import type {
  FinishReason,
  TokenLogprob,
  ToolCall,
  TopLogprob,
  UsageErrorCode,
  UsageReport,
} from '@weir/core';
import { ollamaReport } from '../usage/ollama.ts';
import { believedIfTold, invalid, parse as parseObject, text } from '../wire.ts';
import { faultIn } from './error.ts';

/** The parts of Ollama's replies that whole ones and the lines of a stream share. Everything is unknown until looked at. */

export interface WireReply {
  model?: unknown;
  created_at?: unknown;
  message?: { content?: unknown; thinking?: unknown; tool_calls?: unknown } | null;
  logprobs?: unknown;
  done?: unknown;
  done_reason?: unknown;
  error?: unknown;
}

/** A reply or a line of one. An error that came with status 200 is the fault that it says it is. */
export function parse(json: string, what: string): WireReply {
  const reply: WireReply = parseObject(json, what);
  if (reply.error) throw faultIn(reply);
  return reply;
}

/**
 * `undefined` for what is no end of an answer: `load` and `unload` answer nothing but an order, and an answer without a
 * reason is one whose runner was left in the middle of it (invariant I5).
 */
export function finishFrom(reason: unknown, called: boolean): FinishReason | undefined {
  switch (reason) {
    case 'stop':
      return called ? 'tool_calls' : 'stop';
    case 'length':
      return reason;
    default:
      return undefined;
  }
}

interface WireToolCall {
  id?: unknown;
  function?: { name?: unknown; arguments?: unknown } | null;
}

/**
 * The calls that one object tells, each all at once. Older versions give them no ids: theirs are made from when the
 * call was made, to the nanosecond, so that no two of a conversation are the same.
 */
export function toolCallsIn(wire: WireReply, callsBefore: number): readonly ToolCall[] {
  const calls = wire.message?.tool_calls;
  if (!Array.isArray(calls)) return [];
  const time = text(wire.created_at).replace(/\D/g, '').slice(0, 24);
  return (calls as (WireToolCall | null)[]).map((call, at) => ({
    id: text(call?.id) || ['call', time, callsBefore + at].filter((part) => part !== '').join('_'),
    name: text(call?.function?.name),
    arguments: argumentsFrom(call?.function?.arguments),
  }));
}

function argumentsFrom(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value ?? {});
  } catch (cause) {
    throw invalid('a tool call nested too deeply', cause);
  }
}

interface WireLogprob {
  token?: unknown;
  logprob?: unknown;
  top_logprobs?: unknown;
}

const NO_TOKENS: readonly TokenLogprob[] = [];

/** Log-probabilities as reported: judging them is the scorer's work. Those of thoughts are among them. */
export function tokensIn(wire: WireReply): readonly TokenLogprob[] {
  if (!Array.isArray(wire.logprobs)) return NO_TOKENS;
  return (wire.logprobs as (WireLogprob | null)[]).map((entry) => ({
    token: text(entry?.token),
    logprob: typeof entry?.logprob === 'number' ? entry.logprob : undefined,
    top: topFrom(entry?.top_logprobs),
  }));
}

const NO_TOP: readonly TopLogprob[] = [];

function topFrom(wire: unknown): readonly TopLogprob[] {
  if (!Array.isArray(wire) || wire.length === 0) return NO_TOP;
  const top: TopLogprob[] = [];
  for (const entry of wire as (WireLogprob | null)[]) {
    if (typeof entry?.logprob === 'number') {
      top.push({ token: text(entry.token), logprob: entry.logprob });
    }
  }
  return top;
}

/**
 * Those among the tokens that spell the answer: what stands around it are thoughts, and the marks by which a model says
 * where they end. Undefined where they do not spell it, since pieces of one character are printed as something else.
 */
export function spelling(
  tokens: readonly TokenLogprob[],
  answer: string,
): readonly TokenLogprob[] | undefined {
  const start = tokens
    .map(({ token }) => token)
    .join('')
    .lastIndexOf(answer);
  if (answer === '' || start === -1) return undefined;
  const end = start + answer.length;
  let at = 0;
  return tokens.filter(({ token }) => {
    const from = at;
    at += token.length;
    return from < end && at > start;
  });
}

/** What was used, or why figures that cannot all be true are none. Old servers do not count a prompt that they had cached. */
export function usageIn(wire: WireReply): UsageReport | UsageErrorCode | undefined {
  return believedIfTold(() => ollamaReport(wire));
}
