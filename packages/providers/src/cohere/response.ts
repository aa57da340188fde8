import type { ChatReply, ToolCall } from '@weir/core';
import type { ProviderReply } from '../adapter.ts';
import { replyWith } from '../broken-reply.ts';
import { invalid, parse, record, text, type Wire } from '../wire.ts';
import { stateFrom } from './thoughts.ts';
import { brokenOff, finishFrom, tokenFrom, usageFrom } from './wire.ts';

/** The body of a chat. Whatever came with status 200 and is no answer is a fault. No reply names its model. */
export function fromBody(body: string): ProviderReply {
  const wire = parse(body, 'a reply');
  const message = wire['message'];
  // In an error the message is a text.
  if (typeof message !== 'object' || message === null) throw invalid('a reply without an answer');
  const usage = usageFrom(wire['usage']);
  const told = {
    report: typeof usage === 'object' ? usage : undefined,
    refusedUsage: typeof usage === 'string' ? usage : undefined,
    model: '',
    upstreamId: text(wire['id']),
  };
  return replyWith(told, () => replyFrom(wire, message as Wire));
}

function replyFrom(wire: Wire, message: Wire): ChatReply {
  const { said, thinking } = readContent(message['content']);
  const toolCalls = toolCallsFrom(message['tool_calls']);
  const finish = finishFrom(wire['finish_reason'], toolCalls.length > 0);
  if (finish === undefined) throw invalid('a reply without its end');
  if (finish === 'broken') throw brokenOff();
  const reasoning = thinking + text(message['tool_plan']);
  const logprobs = wire['logprobs'];
  return {
    text: said,
    toolCalls,
    finish,
    ...(reasoning && { reasoning, reasoningState: stateFrom(thinking) }),
    ...(Array.isArray(logprobs) && logprobs.length > 0 && { tokens: logprobs.map(tokenFrom) }),
  };
}

/** Citations stand beside the text and are no part of it. */
function readContent(content: unknown): { said: string; thinking: string } {
  let said = '';
  let thinking = '';
  for (const value of Array.isArray(content) ? content : []) {
    const block = record(value);
    if (block['type'] === 'thinking') thinking += text(block['thinking']);
    else if (block['type'] === 'text') said += text(block['text']);
  }
  return { said, thinking };
}

function toolCallsFrom(calls: unknown): readonly ToolCall[] {
  if (!Array.isArray(calls)) return [];
  return calls.map((value) => {
    const call = record(value);
    const { name, arguments: args } = record(call['function']);
    return { id: text(call['id']), name: text(name), arguments: text(args) || '{}' };
  });
}
