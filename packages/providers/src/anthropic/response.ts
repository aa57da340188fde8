import type { ChatReply, ToolCall } from '@weir/core';
import type { ProviderReply } from '../adapter.ts';
import { replyWith } from '../broken-reply.ts';
import { invalid, parse, record, text } from '../wire.ts';
import { stateFrom, type Thought, thoughtFrom } from './thoughts.ts';
import { argumentsFrom, finishFrom, reportFrom } from './wire.ts';

/** A message's body. Whatever came with status 200 and is no message is `upstream_invalid`. */
export function fromBody(body: string): ProviderReply {
  const wire = parse(body, 'a reply');
  if (wire['type'] === 'error' || wire['error']) throw invalid('an error with status 200');
  const content = wire['content'];
  if (!Array.isArray(content)) throw invalid('a reply without an answer');
  const usage = reportFrom(wire['usage']);
  const told = {
    report: typeof usage === 'string' ? undefined : usage,
    refusedUsage: typeof usage === 'string' ? usage : undefined,
    model: text(wire['model']),
    upstreamId: text(wire['id']),
  };
  return replyWith(told, () => replyFrom(content, wire['stop_reason']));
}

function replyFrom(content: readonly unknown[], stopReason: unknown): ChatReply {
  const { said, reasoning, reasoningState, toolCalls } = readBlocks(content);
  return {
    text: said,
    toolCalls,
    finish: finishFrom(stopReason),
    ...(reasoning && { reasoning }),
    ...(reasoningState && { reasoningState }),
  };
}

/** What the provider's own tools did, and blocks nobody knows yet, are no part of the answer. */
function readBlocks(content: readonly unknown[]) {
  let said = '';
  let reasoning = '';
  const toolCalls: ToolCall[] = [];
  const thoughts: Thought[] = [];
  for (const value of content) {
    const block = record(value);
    switch (block['type']) {
      case 'text':
        said += text(block['text']);
        break;
      case 'thinking':
      case 'redacted_thinking': {
        reasoning += text(block['thinking']);
        const at = { characters: said.length, calls: toolCalls.length };
        const thought = thoughtFrom(block);
        if (thought) thoughts.push({ block: thought, ...at });
        break;
      }
      case 'tool_use':
        toolCalls.push({
          id: text(block['id']),
          name: text(block['name']),
          arguments: argumentsFrom(block['input']),
        });
    }
  }
  return { said, reasoning, reasoningState: stateFrom(thoughts), toolCalls };
}
