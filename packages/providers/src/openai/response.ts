import { Fault, type ToolCall } from '@weir/core';
import type { ProviderReply } from '../adapter.ts';
import { reportFrom } from './usage.ts';
import { finishFrom, text, tokensFrom, type WireMessage, type WireReply } from './wire.ts';

/** A chat completion's body. Whatever came with status 200 and is no completion is `upstream_invalid`. */
export function fromBody(body: string): ProviderReply {
  const wire = parse(body);
  const choice = wire.choices?.[0];
  const message = choice?.message;
  if (!message) throw invalid('a reply without an answer');
  const refusal = text(message.refusal);
  const reasoning = text(message.reasoning_content) || text(message.reasoning);
  const tokens = tokensFrom(choice.logprobs?.content);
  return {
    reply: {
      text: text(message.content),
      toolCalls: toolCallsFrom(message),
      finish: finishFrom(choice.finish_reason),
      ...(refusal && { refusal }),
      ...(reasoning && { reasoning }),
      ...(tokens && { tokens }),
    },
    report: reportFrom(wire.usage),
    model: text(wire.model),
    upstreamId: text(wire.id),
  };
}

function parse(body: string): WireReply {
  let wire: unknown;
  try {
    wire = JSON.parse(body);
  } catch (cause) {
    throw invalid('a reply that is not JSON', cause);
  }
  if (typeof wire !== 'object' || wire === null) throw invalid('a reply that is not an object');
  const reply = wire as WireReply;
  if (reply.error || reply.object === 'error') throw invalid('an error with status 200');
  if (!Array.isArray(reply.choices)) throw invalid('a reply without choices');
  return reply;
}

function toolCallsFrom(message: WireMessage): readonly ToolCall[] {
  if (!Array.isArray(message.tool_calls)) return [];
  return message.tool_calls.map((call) => ({
    id: text(call?.id),
    name: text(call?.function?.name),
    arguments: text(call?.function?.arguments),
  }));
}

function invalid(what: string, cause?: unknown): Fault {
  return new Fault('upstream_invalid', `The provider sent ${what}.`, { cause });
}
