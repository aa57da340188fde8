import {
  type CacheTtl,
  type ChatMessage,
  type Content,
  type ContentPart,
  type ToolCall,
  unreachable,
} from '@weir/core';
import { refused } from '../fault-message.ts';
import { withThoughts } from '../placed-thoughts.ts';
import { argumentsIn } from '../tool-arguments.ts';
import { ToolIds } from '../tool-ids.ts';
import { thoughtsIn } from './thoughts.ts';

export type Block = Readonly<Record<string, unknown>>;

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: Block[];
}

type Answer = Extract<ChatMessage, { role: 'assistant' }>;

export interface Conversation {
  readonly system: readonly Block[];
  readonly turns: readonly Turn[];
  /** Thoughts of earlier answers came without what the API needs to take them back. */
  readonly forgetsThoughts: boolean;
}

/**
 * Messages as the Messages API has them: instructions apart, the rest in turns that alternate. What tools answered is
 * the user's, and comes first in its turn, as the API demands.
 */
export function toConversation(messages: readonly ChatMessage[]): Conversation {
  const system: Block[] = [];
  const turns: Turn[] = [];
  const ids = new ToolIds(toolId);
  let forgetsThoughts = false;
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
      case 'assistant': {
        const blocks = answerBlocks(message, ids, path);
        say(turns, 'assistant', blocks);
        forgetsThoughts ||= hasThought(message) && !blocks.some(isThought);
        break;
      }
      case 'tool':
        answer(turns, toolResult(message.content, ids.ofResult(message.toolCallId), path));
        break;
      default:
        unreachable(message);
    }
  }
  if (turns.length === 0) {
    throw refused('messages', 'must hold more than instructions and blank text for this provider');
  }
  return { system, turns, forgetsThoughts };
}

function answerBlocks(message: Answer, ids: ToolIds, path: string): Block[] {
  const { content, refusal } = message;
  const said = [...blocksOf(content ?? '', path), ...blocksOf(refusal ?? '', path)];
  const calls = (message.toolCalls ?? []).map((call, at) =>
    toolUse(call, ids, `${path}.tool_calls.${at}`),
  );
  const text = typeof content === 'string' && !refusal ? content : '';
  const thoughts = thoughtsIn(message.reasoningState, `${path}.reasoning_state`);
  return withThoughts<Block>(thoughts, { text, said, calls }, textBlock);
}

/**
 * Whether a model may think about what it is told last. One that counts thought by a budget must have thought before it
 * called the tools whose results it now gets.
 */
export function mayThink(turns: readonly Turn[]): boolean {
  const answersTools = turns.at(-1)?.content.some((block) => block['type'] === 'tool_result');
  const called = turns.findLast(({ role }) => role === 'assistant')?.content[0];
  return !answersTools || called === undefined || isThought(called);
}

function hasThought({ reasoning, reasoningState }: Answer): boolean {
  return Boolean(reasoning || reasoningState);
}

function isThought(block: Block): boolean {
  return block['type'] === 'thinking' || block['type'] === 'redacted_thinking';
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
  const parts: readonly ContentPart[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  return parts.flatMap((part, index): Block[] => {
    const { cache } = part;
    if (part.type === 'text') return part.text.trim() === '' ? [] : [textBlock(part.text, cache)];
    const source = sourceOf(part.url, `${path}.content.${index}.image_url.url`);
    return [{ type: 'image', source, ...cacheControl(cache) }];
  });
}

function textBlock(text: string, cache?: CacheTtl): Block {
  return { type: 'text', text, ...cacheControl(cache) };
}

/** A mark is sent with its span, since what it costs to write depends on it. */
export function cacheControl(ttl: CacheTtl | undefined): Block {
  return ttl === undefined ? {} : { cache_control: { type: 'ephemeral', ttl } };
}

function toolUse(call: ToolCall, ids: ToolIds, path: string): Block {
  return {
    type: 'tool_use',
    id: ids.ofCall(call.id),
    name: call.name,
    input: argumentsIn(call.arguments, `${path}.function.arguments`),
  };
}

function toolResult(content: Content, toolUseId: string, path: string): Block {
  const blocks = blocksOf(content, path);
  return {
    type: 'tool_result',
    tool_use_id: toolUseId,
    ...(blocks.length > 0 && { content: typeof content === 'string' ? content : blocks }),
  };
}

function toolId(id: string): string {
  return id.replace(/[^\w-]/g, '_') || '_';
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
