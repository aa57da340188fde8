import { type ChatMessage, type Content, type ToolCall, textOf } from '@weir/core';
import { refused } from '../fault-message.ts';
import { argumentsIn } from '../tool-arguments.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A list without messages would be an order to load the model. */
export function toMessages(messages: readonly ChatMessage[]): Fields[] {
  if (messages.length === 0) throw refused('messages', 'must not be empty');
  const names = new Map<string, string>();
  return messages.map((message, index) => toMessage(message, names, `messages.${index}`));
}

function toMessage(message: ChatMessage, names: Map<string, string>, path: string): Fields {
  const said = {
    content: textOf(message.content),
    images: imagesIn(message.content, `${path}.content`),
  };
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', ...said };
    case 'user':
      return { role: 'user', ...said };
    case 'assistant': {
      const calls = message.toolCalls ?? [];
      // Ids of Ollama's first versions began anew with every answer, so the last call of an id is the one that is meant.
      for (const { id, name } of calls) names.set(id, name);
      return {
        role: 'assistant',
        ...said,
        content: said.content + (message.refusal ?? ''),
        thinking: message.reasoning || undefined,
        tool_calls:
          calls.length > 0 ? calls.map((call, at) => toToolCall(call, at, path)) : undefined,
      };
    }
    case 'tool':
      return {
        role: 'tool',
        ...said,
        tool_name: names.get(message.toolCallId),
        tool_call_id: message.toolCallId,
      };
  }
}

function toToolCall({ id, name, arguments: text }: ToolCall, index: number, path: string): Fields {
  const param = `${path}.tool_calls.${index}.function.arguments`;
  return { id, function: { index, name, arguments: argumentsIn(text, param) } };
}

/** Far longer than any media type, far shorter than an image: where the head of a data URL must have ended. */
const MAX_HEAD = 200;

/** Base64 and nothing around it. Ollama fetches nothing, and sees for itself what kind of image it is. */
function imagesIn(content: Content | null, param: string): string[] | undefined {
  if (content === null || typeof content === 'string') return undefined;
  const images = content.flatMap((part, index): string[] => {
    if (part.type !== 'image') return [];
    const comma = part.url.slice(0, MAX_HEAD).indexOf(',');
    if (!/^data:[^,]*;base64,$/i.test(part.url.slice(0, comma + 1))) {
      throw refused(
        `${param}.${index}.image_url.url`,
        'must be a base64 data URL: it is not fetched',
      );
    }
    return [part.url.slice(comma + 1)];
  });
  return images.length > 0 ? images : undefined;
}
