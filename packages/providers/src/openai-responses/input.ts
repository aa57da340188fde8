import { type ChatMessage, type Content, type ToolCall, unreachable } from '@weir/core';
import { refused } from '../fault-message.ts';
import { withCallIds } from '../openai/call-ids.ts';
import { type Entry, outlineIn, type Phase, type Thought } from './reasoning-state.ts';

export type Item = Readonly<Record<string, unknown>>;

type Spoken = Extract<ChatMessage, { readonly role: 'assistant' }>;

export interface Input {
  readonly items: readonly Item[];
  /** There are thoughts among the items, so that the model is one that has them. */
  readonly hasThoughts: boolean;
}

/** Ids of other providers may be longer than the API takes. */
const CALL_IDS = /^.{1,64}$/s;

/**
 * Messages as the items of a response's input, in their order: instructions stay where they stood. No item but a
 * thought has an id, since nothing that an id could refer to was stored. A model that does not think refuses to be told
 * what another thought.
 */
export function toInput(
  messages: readonly ChatMessage[],
  takesThoughts: boolean,
  dropped: Set<string>,
): Input {
  let hasThoughts = false;
  const items = withCallIds(messages, CALL_IDS).flatMap((message, index): readonly Item[] => {
    if (message.role !== 'tool' && message.name !== undefined) dropped.add('name');
    switch (message.role) {
      case 'system':
      case 'developer':
      case 'user':
        return [{ type: 'message', role: message.role, content: contentOf(message.content) }];
      case 'assistant': {
        const outline = takesThoughts ? outlineIn(message.reasoningState) : undefined;
        if (outline?.some(({ type }) => type === 'reasoning')) hasThoughts = true;
        else if (message.reasoning || message.reasoningState) dropped.add('reasoning_content');
        const text = spokenText(message.content ?? '', `messages.${index}`);
        const calls = (message.toolCalls ?? []).map(callItem);
        return turnOf(message, outline ?? [], text, calls);
      }
      case 'tool': {
        const { toolCallId: call_id, content } = message;
        return [{ type: 'function_call_output', call_id, output: outputOf(content) }];
      }
      default:
        return unreachable(message);
    }
  });
  return { items, hasThoughts };
}

function contentOf(content: Content): unknown {
  if (typeof content === 'string') return content;
  return content.map((part) =>
    part.type === 'text'
      ? { type: 'input_text', text: part.text }
      : // Some servers demand the detail.
        { type: 'input_image', image_url: part.url, detail: part.detail ?? 'auto' },
  );
}

/** Parts are newer than plain text, so that only images need them. */
function outputOf(content: Content): unknown {
  if (typeof content === 'string') return content;
  const texts = content.map((part) => (part.type === 'text' ? part.text : undefined));
  return texts.includes(undefined) ? contentOf(content) : texts.join('');
}

function spokenText(content: Content, path: string): string {
  if (typeof content === 'string') return content;
  return content
    .map((part) => {
      if (part.type === 'text') return part.text;
      throw refused(`${path}.content`, 'cannot hold images in an answer for this provider');
    })
    .join('');
}

/** One turn of the model: as it put it out where that is known and still true, else thoughts, text and calls. */
function turnOf(
  { refusal }: Spoken,
  outline: readonly Entry[],
  text: string,
  calls: readonly Item[],
): readonly Item[] {
  if (!refusal && isOf(outline, text, calls)) return followed(rebuilt(outline, text, calls));
  const thoughts = outline.filter((entry) => entry.type === 'reasoning').map(thoughtItem);
  const said = text || refusal ? [messageItem(text, refusal)] : [];
  return followed([...thoughts, ...said, ...calls]);
}

function isOf(outline: readonly Entry[], text: string, calls: readonly Item[]): boolean {
  let characters = 0;
  let called = 0;
  for (const entry of outline) {
    if (entry.type === 'message') characters += entry.characters;
    else if (entry.type === 'function_call') called++;
  }
  return outline.length > 0 && characters === text.length && called === calls.length;
}

function rebuilt(outline: readonly Entry[], text: string, calls: readonly Item[]): Item[] {
  const rest = calls.values();
  let at = 0;
  return outline.flatMap((entry): Item[] => {
    switch (entry.type) {
      case 'reasoning':
        return [thoughtItem(entry)];
      case 'message': {
        const said = text.slice(at, at + entry.characters);
        at += entry.characters;
        return said === '' ? [] : [messageItem(said, undefined, entry.phase)];
      }
      case 'function_call': {
        const { value } = rest.next();
        return value === undefined ? [] : [value];
      }
      default:
        return unreachable(entry);
    }
  });
}

/** The API refuses a thought that nothing follows, as of an answer that was cut short. */
function followed(items: readonly Item[]): readonly Item[] {
  return items.slice(0, items.findLastIndex((item) => item['type'] !== 'reasoning') + 1);
}

function thoughtItem({ summary, ...thought }: Thought): Item {
  return { ...thought, summary: summary.map((text) => ({ type: 'summary_text', text })) };
}

/** As plain text where it is nothing else: the one form that every server takes without an id. */
function messageItem(text: string, refusal?: string, phase?: Phase): Item {
  const parts = [...(text ? [{ type: 'output_text', text }] : []), { type: 'refusal', refusal }];
  const content = refusal ? parts : text;
  return { type: 'message', role: 'assistant', content, ...(phase && { phase }) };
}

function callItem({ id, name, arguments: text }: ToolCall): Item {
  return { type: 'function_call', call_id: id, name, arguments: text };
}
