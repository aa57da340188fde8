import { type ChatMessage, type Content, isShallow, type ToolCall, unreachable } from '@weir/core';
import { refused } from '../fault-message.ts';

export type Block = Readonly<Record<string, unknown>>;

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: Block[];
}

export interface Conversation {
  readonly system: readonly Block[];
  readonly turns: readonly Turn[];
}

/**
 * Messages as the Messages API has them: instructions apart, the rest in turns that alternate. What tools answered is
 * the user's, and comes first in its turn, as the API demands.
 */
export function toConversation(messages: readonly ChatMessage[]): Conversation {
  const system: Block[] = [];
  const turns: Turn[] = [];
  for (const [index, message] of messages.entries()) {
    const path = `messages.${index}`;
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(...instructions(message.content, path));
        break;
      case 'user':
        say(turns, 'user', blocksOf(message.content, path));
        break;
      case 'assistant':
        say(turns, 'assistant', [
          ...blocksOf(message.content ?? '', path),
          ...blocksOf(message.refusal ?? '', path),
          ...(message.toolCalls ?? []).map((call, at) => toolUse(call, `${path}.tool_calls.${at}`)),
        ]);
        break;
      case 'tool':
        answer(turns, toolResult(message.content, message.toolCallId, path));
        break;
      default:
        unreachable(message);
    }
  }
  if (turns.length === 0) {
    throw refused('messages', 'must hold more than instructions and blank text for this provider');
  }
  return { system, turns };
}

function turnOf(turns: Turn[], role: Turn['role']): Turn {
  const last = turns.at(-1);
  if (last?.role === role) return last;
  const turn: Turn = { role, content: [] };
  turns.push(turn);
  return turn;
}

/** A message without a word is left out: the API takes no turn of nothing. */
function say(turns: Turn[], role: Turn['role'], blocks: readonly Block[]): void {
  if (blocks.length > 0) turnOf(turns, role).content.push(...blocks);
}

function answer(turns: Turn[], result: Block): void {
  const { content } = turnOf(turns, 'user');
  const first = content.findIndex((block) => block['type'] !== 'tool_result');
  content.splice(first === -1 ? content.length : first, 0, result);
}

function instructions(content: Content, path: string): Block[] {
  const blocks = blocksOf(content, path);
  if (blocks.some((block) => block['type'] !== 'text')) {
    throw refused(`${path}.content`, 'cannot hold images in instructions for this provider');
  }
  return blocks;
}

/** Blank text is left out: the API refuses a block of it. */
function blocksOf(content: Content, path: string): Block[] {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  return parts.flatMap((part, index): Block[] => {
    if (part.type === 'text') return part.text.trim() === '' ? [] : [textBlock(part.text)];
    const source = sourceOf(part.url, `${path}.content.${index}.image_url.url`);
    return [{ type: 'image', source }];
  });
}

function textBlock(text: string): Block {
  return { type: 'text', text };
}

function toolUse(call: ToolCall, path: string): Block {
  return {
    type: 'tool_use',
    id: toolId(call.id),
    name: call.name,
    input: inputOf(call.arguments, `${path}.function.arguments`),
  };
}

function toolResult(content: Content, toolCallId: string, path: string): Block {
  const blocks = blocksOf(content, path);
  return {
    type: 'tool_result',
    tool_use_id: toolId(toolCallId),
    ...(blocks.length > 0 && { content: typeof content === 'string' ? content : blocks }),
  };
}

/** Other engines put dots and colons into their ids, which the API refuses; both ends of a call are told alike. */
function toolId(id: string): string {
  return id.replace(/[^\w-]/g, '_');
}

/** A call without arguments may come as an empty text. */
function inputOf(text: string, param: string): unknown {
  if (text.trim() === '') return {};
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    input = undefined;
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input) || !isShallow(input)) {
    throw refused(param, 'must be a JSON object for this provider, and not a deep one');
  }
  return input;
}

const IMAGES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
/** Far longer than any media type, far shorter than an image: where the head of a data URL must have ended. */
const MAX_HEAD = 200;

function sourceOf(url: string, param: string): Block {
  if (/^https?:\/\//i.test(url)) return { type: 'url', url };
  const head = url.slice(0, MAX_HEAD);
  const comma = head.indexOf(',');
  const match = /^data:([^;,]+)(?:;[^;,]*)*;base64$/i.exec(head.slice(0, Math.max(0, comma)));
  const named = match?.[1]?.toLowerCase() ?? '';
  const media = named === 'image/jpg' ? 'image/jpeg' : named;
  if (!IMAGES.has(media)) {
    throw refused(param, 'must be an http(s) URL or a base64 data URL of a JPEG, PNG, GIF or WebP');
  }
  return { type: 'base64', media_type: media, data: url.slice(comma + 1) };
}
