import {
  type CacheTtl,
  type ChatMessage,
  type Content,
  type ContentPart,
  type Tool,
  unreachable,
} from '@weir/core';
import { detailsIn } from './details.ts';
import type { Words } from './words.ts';

type Assistant = Extract<ChatMessage, { role: 'assistant' }>;

export function toMessages(
  messages: readonly ChatMessage[],
  words: Words,
  dropped: Set<string>,
): readonly unknown[] {
  return messages.map((message, index) => toMessage(message, index, words, dropped));
}

function toMessage(
  message: ChatMessage,
  index: number,
  words: Words,
  dropped: Set<string>,
): unknown {
  const content = message.content === null ? null : toContent(message.content, words, dropped);
  switch (message.role) {
    case 'system':
    case 'developer':
    case 'user': {
      const role = message.role === 'developer' ? words.developer : message.role;
      return { role, content, name: nameOf(message, words, dropped) };
    }
    case 'assistant':
      return {
        role: 'assistant',
        name: nameOf(message, words, dropped),
        ...saidBefore(message, content, words),
        tool_calls: message.toolCalls?.map((call) => ({
          id: call.id,
          type: 'function',
          function: { name: call.name, arguments: call.arguments },
        })),
        ...thoughtBefore(message, index, words, dropped),
      };
    case 'tool':
      return { role: 'tool', content, tool_call_id: message.toolCallId };
    default:
      return unreachable(message);
  }
}

function nameOf(
  message: { readonly name?: string | undefined },
  words: Words,
  dropped: Set<string>,
): string | undefined {
  if (message.name === undefined || !words.lacking.has('name')) return message.name;
  dropped.add('name');
  return undefined;
}

/** Where a refusal has no field of its own, it is what was said. */
function saidBefore({ refusal, reasoning }: Assistant, content: unknown, words: Words) {
  const isSaid = words.lacking.has('refusal');
  const said = isSaid ? (content ?? refusal ?? null) : content;
  const thinks = words.thoughts === 'parts' && reasoning;
  return {
    content: thinks ? [thinkingPart(reasoning), ...partsOf(said)] : said,
    refusal: isSaid ? undefined : refusal,
  };
}

function thinkingPart(thought: string): unknown {
  return { type: 'thinking', thinking: [{ type: 'text', text: thought }] };
}

function partsOf(content: unknown): readonly unknown[] {
  if (Array.isArray(content)) return content;
  return content === null ? [] : [{ type: 'text', text: content }];
}

function thoughtBefore(
  { reasoning, reasoningState, toolCalls }: Assistant,
  index: number,
  words: Words,
  dropped: Set<string>,
) {
  switch (words.thoughts) {
    case undefined:
      if (reasoning) dropped.add('reasoning_content');
      return undefined;
    case 'parts':
      return undefined;
    case 'details': {
      const details = detailsIn(reasoningState, `messages.${index}.reasoning_state`);
      return details ? { reasoning_details: details } : { reasoning };
    }
    default: {
      const thought = reasoning ?? (toolCalls?.length ? words.blankThought : undefined);
      return { [words.thoughts]: thought };
    }
  }
}

function toContent(content: Content, words: Words, dropped: Set<string>): unknown {
  if (typeof content === 'string') return content;
  return content.map((part) => toPart(part, words, dropped));
}

function toPart(part: ContentPart, words: Words, dropped: Set<string>): unknown {
  const cache_control = markOf(part.cache, 'parts', words, dropped);
  if (part.type === 'text') return { type: 'text', text: part.text, cache_control };
  const { url, detail } = part;
  return { type: 'image_url', image_url: { url, detail }, cache_control };
}

export function toTool(tool: Tool, words: Words, dropped: Set<string>): unknown {
  const { cache, ...definition } = tool;
  const cache_control = markOf(cache, 'tools', words, dropped);
  return { type: 'function', function: definition, cache_control };
}

/** The end of a prefix that is worth caching, as it is marked on a part, a tool or the whole request. */
export function markOf(
  span: CacheTtl | undefined,
  on: 'parts' | 'tools' | 'request',
  { cacheMarks }: Words,
  dropped: Set<string>,
): unknown {
  if (span === undefined) return undefined;
  if (!cacheMarks?.on.includes(on)) {
    dropped.add('cache_control');
    return undefined;
  }
  // The shortest is what is meant where none is said.
  const isLonger = span !== '5m' && cacheMarks.spans.includes(span);
  return isLonger ? { type: 'ephemeral', ttl: span } : { type: 'ephemeral' };
}
