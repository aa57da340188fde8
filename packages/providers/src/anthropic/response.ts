import type { ToolCall } from '@weir/core';
import type { ProviderReply } from '../adapter.ts';
import { argumentsFrom, finishFrom, invalid, parse, record, reportFrom, text } from './wire.ts';

/** A message's body. Whatever came with status 200 and is no message is `upstream_invalid`. */
export function fromBody(body: string): ProviderReply {
  const wire = parse(body, 'a reply');
  if (wire['type'] === 'error' || wire['error']) throw invalid('an error with status 200');
  const content = wire['content'];
  if (!Array.isArray(content)) throw invalid('a reply without an answer');
  const { said, reasoning, toolCalls } = readBlocks(content);
  return {
    reply: {
      text: said,
      toolCalls,
      finish: finishFrom(wire['stop_reason']),
      ...(reasoning && { reasoning }),
    },
    report: reportFrom(wire['usage']),
    model: text(wire['model']),
    upstreamId: text(wire['id']),
  };
}

/** Encrypted thoughts, what the provider's own tools did, and blocks nobody knows yet are no part of the answer. */
function readBlocks(content: readonly unknown[]) {
  let said = '';
  let reasoning = '';
  const toolCalls: ToolCall[] = [];
  for (const value of content) {
    const block = record(value);
    switch (block['type']) {
      case 'text':
        said += text(block['text']);
        break;
      case 'thinking':
        reasoning += text(block['thinking']);
        break;
      case 'tool_use':
        toolCalls.push({
          id: text(block['id']),
          name: text(block['name']),
          arguments: argumentsFrom(block['input']),
        });
    }
  }
  return { said, reasoning, toolCalls };
}
