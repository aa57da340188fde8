import type { ChatReply, ToolCall } from '@weir/core';
import type { ProviderReply } from '../adapter.ts';
import { replyWith } from '../broken-reply.ts';
import { invalid, parse, record, text } from '../wire.ts';
import { stateFrom, type Thought, thoughtFrom } from './thoughts.ts';
import { argumentsFrom, finishFrom, isOurs, modelFrom, usageFrom } from './wire.ts';

/** The body of an answer, which has no id of its own. Whatever came with status 200 and is none is `upstream_invalid`. */
export function fromBody(body: string): ProviderReply {
  const wire = parse(body, 'a reply');
  const { content } = record(record(wire['output'])['message']);
  if (!Array.isArray(content)) throw invalid('a reply without an answer');
  const usage = usageFrom(wire);
  const told = {
    report: typeof usage === 'object' ? usage : undefined,
    refusedUsage: typeof usage === 'string' ? usage : undefined,
    model: modelFrom(wire),
    upstreamId: '',
  };
  return replyWith(told, () => replyFrom(content, wire['stopReason']));
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

/** What the provider's own tools did, images, and blocks nobody knows yet, are no part of the answer. */
function readBlocks(content: readonly unknown[]) {
  let said = '';
  let reasoning = '';
  const toolCalls: ToolCall[] = [];
  const thoughts: Thought[] = [];
  for (const value of content) {
    const block = record(value);
    const toolUse = record(block['toolUse']);
    if ('toolUse' in block && isOurs(toolUse)) {
      toolCalls.push({
        id: text(toolUse['toolUseId']),
        name: text(toolUse['name']),
        arguments: argumentsFrom(toolUse['input']),
      });
    } else if ('reasoningContent' in block) {
      const thinking = record(block['reasoningContent']);
      reasoning += text(record(thinking['reasoningText'])['text']);
      const place = { characters: said.length, calls: toolCalls.length };
      const thought = thoughtFrom(block);
      if (thought) thoughts.push({ block: thought, ...place });
    } else said += text(block['text']) + citedIn(block['citationsContent']);
  }
  return { said, reasoning, reasoningState: stateFrom(thoughts), toolCalls };
}

/** Text that has sources is in a block of another kind. */
function citedIn(block: unknown): string {
  const { content } = record(block);
  if (!Array.isArray(content)) return '';
  return content.map((part) => text(record(part)['text'])).join('');
}
