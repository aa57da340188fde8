import { type ChatReply, isShallow, type ToolCall } from '@weir/core';
import type { ProviderReply } from '../adapter.ts';
import { replyWith } from '../broken-reply.ts';
import { invalid, parse as parseObject, record, text } from '../wire.ts';
import { Details } from './details.ts';
import { faultIn } from './error.ts';
import { logprobsIn } from './logprobs.ts';
import { ThinkTag } from './think-tag.ts';
import { usageIn } from './usage.ts';
import {
  finishFrom,
  type Said,
  saidIn,
  type WireChoice,
  type WireMessage,
  type WireReply,
} from './wire.ts';
import type { Words } from './words.ts';

/** A chat completion's body. Whatever came with status 200 and is no completion is `upstream_invalid`. */
export function fromBody(body: string, words: Words): ProviderReply {
  const wire = parse(body, words);
  const usage = usageIn(record(wire), words);
  const build = text(wire.system_fingerprint);
  const told = {
    report: typeof usage === 'object' ? usage : undefined,
    refusedUsage: typeof usage === 'string' ? usage : undefined,
    model: text(wire.model),
    upstreamId: text(wire.id),
    ...(build && { build }),
  };
  return replyWith(told, () => replyFrom(wire.choices?.[0], words));
}

function replyFrom(choice: WireChoice | undefined, words: Words): ChatReply {
  if (choice?.error) throw faultIn(choice, 'upstream_unavailable', words.errors);
  const message = choice?.message;
  if (!message) throw invalid('a reply without an answer');
  const said = toldApart(saidIn(message), words);
  const refusal = text(message.refusal);
  const tokens = logprobsIn(choice, said.text);
  const state = stateOf(message, words);
  return {
    text: said.text,
    toolCalls: toolCallsFrom(message),
    finish: finishFrom(reasonOf(choice)),
    ...(refusal && { refusal }),
    ...(said.thought && { reasoning: said.thought }),
    ...(state && { reasoningState: state }),
    ...(tokens && { tokens }),
  };
}

function parse(body: string, words: Words): WireReply {
  const reply: WireReply = parseObject(body, 'a reply');
  if (reply.error || reply.object === 'error') {
    throw faultIn(reply, 'upstream_invalid', words.errors);
  }
  if (!Array.isArray(reply.choices)) throw invalid('a reply without choices');
  return reply;
}

function toldApart(said: Said, words: Words): Said {
  if (!words.thinksInText) return said;
  const tag = new ThinkTag();
  const first = tag.push(said.text);
  const last = tag.end();
  return {
    text: first.text + last.text,
    thought: said.thought + first.thought + last.thought,
  };
}

function stateOf(message: WireMessage, words: Words): string | undefined {
  if (words.thoughts !== 'details' || !message.reasoning_details) return undefined;
  const details = new Details();
  details.add(message.reasoning_details);
  return details.state();
}

/** xAI says nothing of why an answer ended that is a tool call. */
function reasonOf({ finish_reason, message }: WireChoice): unknown {
  const isCall = finish_reason === '' && (message?.tool_calls?.length ?? 0) > 0;
  return isCall ? 'tool_calls' : finish_reason;
}

function toolCallsFrom(message: WireMessage): readonly ToolCall[] {
  if (!Array.isArray(message.tool_calls)) return [];
  return message.tool_calls.map((call) => ({
    id: text(call?.id),
    name: text(call?.function?.name),
    arguments: argumentsFrom(call?.function?.arguments),
  }));
}

/** TGI wrote an object until its version 3.2. */
function argumentsFrom(value: unknown): string {
  if (typeof value !== 'object' || value === null) return text(value);
  if (!isShallow(value)) throw invalid('a tool call nested too deeply');
  return JSON.stringify(value);
}
