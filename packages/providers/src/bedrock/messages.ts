import {
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
import type { CachePoints } from './cache-points.ts';
import { imageOf } from './image.ts';
import { thoughtsIn } from './thoughts.ts';

export type Block = Readonly<Record<string, unknown>>;

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: Block[];
}

export interface Conversation {
  readonly system: readonly Block[];
  readonly turns: readonly Turn[];
  /** Thoughts of earlier answers came without what is needed to take them back. */
  readonly forgetsThoughts: boolean;
}

/** What this model takes of a conversation. */
export interface Taking {
  readonly points: CachePoints;
  readonly thoughts: boolean;
}

type Answer = Extract<ChatMessage, { role: 'assistant' }>;

/**
 * Messages as Converse has them: instructions apart, the rest in turns that alternate. What tools answered is the
 * user's, and comes first in its turn.
 */
export function toConversation(messages: readonly ChatMessage[], taking: Taking): Conversation {
  const system: Block[] = [];
  const turns: Turn[] = [];
  const ids = new ToolIds(toolId);
  let forgetsThoughts = false;
  for (const [index, message] of messages.entries()) {
    const path = `messages.${index}`;
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(
          ...textBlocks(message.content, taking, path, 'cannot hold images in instructions'),
        );
        break;
      case 'user':
        say(turns, 'user', blocksOf(message.content, taking, path));
        break;
      case 'assistant': {
        const blocks = answerBlocks(message, taking, ids, path);
        say(turns, 'assistant', blocks);
        forgetsThoughts ||= hasThought(message) && !blocks.some(isThought);
        break;
      }
      case 'tool':
        answer(
          turns,
          resultBlocks(message.content, ids.ofResult(message.toolCallId), taking, path),
        );
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

/** Whether anybody called a tool: Converse then wants to know the tools. */
export function usesTools(turns: readonly Turn[]): boolean {
  return turns.some(({ content }) =>
    content.some((block) => 'toolUse' in block || 'toolResult' in block),
  );
}

/**
 * Whether a model may think about what it is told last. One that counts thought by a budget must have thought before it
 * called the tools whose results it now gets.
 */
export function mayThink(turns: readonly Turn[]): boolean {
  const answersTools = turns.at(-1)?.content.some((block) => 'toolResult' in block);
  const called = turns.findLast(({ role }) => role === 'assistant')?.content[0];
  return !answersTools || called === undefined || isThought(called);
}

function hasThought({ reasoning, reasoningState }: Answer): boolean {
  return Boolean(reasoning || reasoningState);
}

function isThought(block: Block): boolean {
  return 'reasoningContent' in block;
}

/** A message without a word is left out: Converse takes no turn of nothing. */
function say(turns: Turn[], role: Turn['role'], blocks: readonly Block[]): void {
  if (blocks.length > 0) turnOf(turns, role).content.push(...blocks);
}

function turnOf(turns: Turn[], role: Turn['role']): Turn {
  const last = turns.at(-1);
  if (last?.role === role) return last;
  const turn: Turn = { role, content: [] };
  turns.push(turn);
  return turn;
}

/** Behind the results that are there, each with its cache point, and before all else. */
function answer(turns: Turn[], blocks: readonly Block[]): void {
  const { content } = turnOf(turns, 'user');
  const first = content.findIndex((block) => !('toolResult' in block || 'cachePoint' in block));
  content.splice(first === -1 ? content.length : first, 0, ...blocks);
}

function textBlocks(
  content: Content | null,
  { points }: Taking,
  path: string,
  whyNot: string,
): Block[] {
  return partsOf(content).flatMap((part): Block[] => {
    if (part.type === 'image') throw refused(`${path}.content`, `${whyNot} for this provider`);
    return part.text.trim() === '' ? [] : [{ text: part.text }, ...points.after(part.cache)];
  });
}

/** Blank text is left out: Converse refuses a block of it. */
function blocksOf(content: Content, { points }: Taking, path: string): Block[] {
  return partsOf(content).flatMap((part, index): Block[] => {
    if (part.type === 'text' && part.text.trim() === '') return [];
    return [partBlock(part, `${path}.content.${index}`), ...points.after(part.cache)];
  });
}

function partBlock(part: ContentPart, path: string): Block {
  if (part.type === 'text') return { text: part.text };
  return { image: imageOf(part.url, `${path}.image_url.url`) };
}

function partsOf(content: Content | null): readonly ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content ?? [];
}

function answerBlocks(message: Answer, taking: Taking, ids: ToolIds, path: string): Block[] {
  const { content, refusal } = message;
  const whyNot = 'cannot hold images in an answer';
  const said = [
    ...textBlocks(content, taking, path, whyNot),
    ...textBlocks(refusal ?? null, taking, path, whyNot),
  ];
  const calls = (message.toolCalls ?? []).map((call, at) =>
    toolUse(call, ids, `${path}.tool_calls.${at}`),
  );
  const thoughts = taking.thoughts
    ? thoughtsIn(message.reasoningState, `${path}.reasoning_state`)
    : [];
  const text = typeof content === 'string' && !refusal ? content : '';
  return withThoughts<Block>(thoughts, { text, said, calls }, (piece) => ({ text: piece }));
}

function toolUse({ id, name, arguments: text }: ToolCall, ids: ToolIds, path: string): Block {
  const input = argumentsIn(text, `${path}.function.arguments`);
  return { toolUse: { toolUseId: ids.ofCall(id), name, input } };
}

/** No point may stand within a result, so that the last of its marks stands behind it. */
function resultBlocks(
  content: Content,
  toolUseId: string,
  { points }: Taking,
  path: string,
): Block[] {
  const parts = partsOf(content);
  const said = parts
    .map((part, index) => partBlock(part, `${path}.content.${index}`))
    .filter((block) => block['text'] !== '');
  const mark = parts.findLast(({ cache }) => cache !== undefined)?.cache;
  return [{ toolResult: { toolUseId, content: said } }, ...points.after(mark)];
}

const MAX_ID = 64;
const ID_START = 24;

/** Some engines put a whole signature into an id: of a long one its start and its end are kept, which tell it from others. */
function toolId(id: string): string {
  const safe = id.replace(/[^\w-]/g, '_') || '_';
  if (safe.length <= MAX_ID) return safe;
  return safe.slice(0, ID_START) + safe.slice(ID_START - MAX_ID);
}
