import { type ChatMessage, type Content, type ContentPart, textOf, unreachable } from '@weir/core';
import { refused } from '../fault-message.ts';
import { thoughtsIn } from './thoughts.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Conversation {
  readonly messages: readonly Fields[];
  /** Thoughts of earlier answers are not Cohere's, which has no use for them. */
  readonly forgetsThoughts: boolean;
}

/**
 * Messages as Cohere has them. Instructions must come first, so they are gathered there; a message without a word is
 * refused, so it is left out; and instructions that stand alone are said by the user, since somebody must ask.
 */
export function toConversation(messages: readonly ChatMessage[]): Conversation {
  const instructions: Fields[] = [];
  const said: Fields[] = [];
  let forgetsThoughts = false;
  for (const [index, message] of messages.entries()) {
    const path = `messages.${index}`;
    switch (message.role) {
      case 'system':
      case 'developer':
        instructions.push(...textParts(message.content, path));
        break;
      case 'user': {
        const content = partsOf(message.content, path);
        if (content.length > 0) said.push({ role: 'user', content });
        break;
      }
      case 'assistant': {
        const thoughts = thoughtsIn(message.reasoning, message.reasoningState);
        forgetsThoughts ||= Boolean(message.reasoning || message.reasoningState) && !thoughts;
        const thinking = thoughts?.thinking
          ? [{ type: 'thinking', thinking: thoughts.thinking }]
          : [];
        const content = [
          ...thinking,
          ...textParts(message.content ?? '', path),
          ...textParts(message.refusal ?? '', path),
        ];
        const fields = {
          ...(content.length > 0 && { content }),
          ...callsOf(message, thoughts?.plan ?? ''),
        };
        if (Object.keys(fields).length > 0) said.push({ role: 'assistant', ...fields });
        break;
      }
      case 'tool':
        said.push(toolResult(message, path));
        break;
      default:
        unreachable(message);
    }
  }
  if (said.length === 0 && instructions.length === 0) {
    throw refused('messages', 'must hold more than blank text for this provider');
  }
  if (said.length === 0)
    return { messages: [{ role: 'user', content: instructions }], forgetsThoughts };
  if (instructions.length === 0) return { messages: said, forgetsThoughts };
  return { messages: [{ role: 'system', content: instructions }, ...said], forgetsThoughts };
}

/** A plan is a plan to call tools: without calls there is no place for it. */
function callsOf({ toolCalls }: Extract<ChatMessage, { role: 'assistant' }>, plan: string): Fields {
  if (!toolCalls?.length) return {};
  return {
    ...(plan !== '' && { tool_plan: plan }),
    tool_calls: toolCalls.map((call) => ({
      id: call.id,
      type: 'function',
      // A call without arguments may come as an empty text.
      function: {
        name: call.name,
        arguments: call.arguments.trim() === '' ? '{}' : call.arguments,
      },
    })),
  };
}

function toolResult(message: Extract<ChatMessage, { role: 'tool' }>, path: string): Fields {
  const { content, toolCallId } = message;
  const parts = typeof content === 'string' ? [] : textParts(content, path);
  return {
    role: 'tool',
    tool_call_id: toolCallId,
    content: parts.length > 0 ? parts : textOf(content),
  };
}

/** Of everyone but the user only words are taken. */
function textParts(content: Content, path: string): Fields[] {
  const parts = partsOf(content, path);
  if (parts.every((part) => part['type'] === 'text')) return parts;
  throw refused(`${path}.content`, 'must be text only for this provider, unless the user says it');
}

function partsOf(content: Content, path: string): Fields[] {
  const parts: readonly ContentPart[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  return parts.flatMap((part, index): Fields[] => {
    if (part.type === 'image') return [imageOf(part, `${path}.content.${index}.image_url.url`)];
    return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
  });
}

const DETAILS = new Set(['auto', 'low', 'high']);

/** A detail that it does not know is its own to choose. */
function imageOf({ url, detail }: Extract<ContentPart, { type: 'image' }>, param: string): Fields {
  if (!/^(?:https?:\/\/|data:image\/[\w.+-]+;base64,)/i.test(url)) {
    throw refused(param, 'must be an http(s) URL or a base64 data URL of an image');
  }
  const known = detail !== undefined && DETAILS.has(detail);
  return { type: 'image_url', image_url: { url, ...(known && { detail }) } };
}
