import type { ChatMessage, Content, ContentPart, ToolCall } from '@weir/core';
import type { Dialect, Target } from '../adapter.ts';
import { refused } from '../fault-message.ts';
import { checksSignatures } from './model.ts';
import { NO_SIGNATURE, splitCallId } from './signature.ts';

type Part = Readonly<Record<string, unknown>>;

interface Turn {
  readonly role: 'user' | 'model';
  readonly parts: Part[];
}

export interface Conversation {
  readonly systemInstruction: { readonly parts: readonly Part[] } | undefined;
  readonly contents: readonly Turn[];
}

/**
 * The messages as turns of user and model, in alternation. Gemini wants no empty part and no empty turn, so what says
 * nothing is left out; and it wants a turn, so instructions that stand alone are said by the user.
 */
export function toConversation(messages: readonly ChatMessage[], target: Target): Conversation {
  const system: Part[] = [];
  const contents: Turn[] = [];
  const names = new Map<string, string>();
  const say = (role: Turn['role'], parts: readonly Part[]): void => {
    const last = contents.at(-1);
    if (parts.length === 0) return;
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts: [...parts] });
  };
  for (const [index, message] of messages.entries()) {
    const param = `messages.${index}`;
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(...toText(message.content, `${param}.content`));
        break;
      case 'user':
        say('user', toParts(message.content, `${param}.content`));
        break;
      case 'assistant':
        // The last call of that id counts: where Gemini gives none, every turn counts its calls anew.
        for (const call of message.toolCalls ?? []) names.set(call.id, call.name);
        say('model', [
          ...toParts(message.content, `${param}.content`),
          ...toText(message.refusal ?? null, param),
          ...toCalls(message.toolCalls ?? [], target, `${param}.tool_calls`),
        ]);
        break;
      case 'tool':
        say('user', toResponse(message, names, target.dialect, param));
    }
  }
  if (contents.length > 0) {
    return { systemInstruction: system.length > 0 ? { parts: system } : undefined, contents };
  }
  if (system.length === 0) throw refused('messages', 'must say something');
  return { systemInstruction: undefined, contents: [{ role: 'user', parts: system }] };
}

function toText(content: Content | null, param: string): Part[] {
  const parts = toParts(content, param);
  if (parts.every((part) => 'text' in part)) return parts;
  throw refused(param, 'must be text only for this model');
}

function toParts(content: Content | null, param: string): Part[] {
  if (content === null) return [];
  const parts: readonly ContentPart[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  return parts.flatMap((part, index): Part[] => {
    if (part.type === 'image') return [toImage(part.url, `${param}.${index}.image_url.url`)];
    return part.text === '' ? [] : [{ text: part.text }];
  });
}

/** Far longer than any media type, far shorter than an image: where the head of a data URL must have ended. */
const MAX_HEAD = 200;
/** Data URLs only in base64; Google takes no other encoding, and there is none among images. */
const DATA_URL = /^data:([\w.+-]+\/[\w.+-]+)(?:;[^;,]*)*;base64,/i;

/**
 * Both APIs fetch a public or signed http(s) URL themselves. They take gs:// too, which is not for callers to name: it
 * would be read with our rights. Vertex wants the type said; where the name of the file does not tell it, it is left to
 * Google.
 */
function toImage(url: string, param: string): Part {
  const data = DATA_URL.exec(url.slice(0, MAX_HEAD));
  if (data) {
    return { inlineData: { mimeType: data[1]?.toLowerCase(), data: url.slice(data[0].length) } };
  }
  if (!/^https?:\/\//i.test(url)) {
    throw refused(param, 'must be a base64 data URL or an http(s) URL');
  }
  return { fileData: { mimeType: imageType(url), fileUri: url } };
}

const IMAGE_TYPES: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
]);

function imageType(url: string): string | undefined {
  const extension = /\.([a-z]+)(?:[?#]|$)/i.exec(url)?.[1];
  return extension && IMAGE_TYPES.get(extension.toLowerCase());
}

/** Gemini 3 signs the first call of a turn, for all that it makes at once. */
function toCalls(calls: readonly ToolCall[], { model, dialect }: Target, param: string): Part[] {
  const ids = calls.map((call) => splitCallId(call.id));
  const isSigned = ids.some(({ signature }) => signature !== undefined);
  const standIn = !isSigned && checksSignatures(model) ? NO_SIGNATURE : undefined;
  return calls.map((call, index) => ({
    functionCall: {
      id: toId(ids[index]?.id, dialect),
      name: call.name,
      args: toArguments(call.arguments, `${param}.${index}.function.arguments`),
    },
    thoughtSignature: ids[index]?.signature ?? (index === 0 ? standIn : undefined),
  }));
}

/** Vertex pairs calls and answers by their order. */
function toId(id: string | undefined, dialect: Dialect): string | undefined {
  return dialect.refusesCallIds ? undefined : id;
}

function toArguments(text: string, param: string): unknown {
  const args = text.trim() === '' ? {} : objectIn(text);
  if (!args) throw refused(param, 'must be a JSON object');
  return args;
}

/** The answer to a call, by the name of the function; images stand beside it, since not every model takes them inside. */
function toResponse(
  message: Extract<ChatMessage, { role: 'tool' }>,
  names: ReadonlyMap<string, string>,
  dialect: Dialect,
  param: string,
): Part[] {
  const name = names.get(message.toolCallId);
  if (name === undefined) {
    throw refused(`${param}.tool_call_id`, 'must be the id of an earlier tool call');
  }
  const parts = toParts(message.content, `${param}.content`);
  const text = parts.map((part) => part['text'] ?? '').join('');
  return [
    {
      functionResponse: {
        id: toId(splitCallId(message.toolCallId).id, dialect),
        name,
        response: objectIn(text) ?? { result: text },
      },
    },
    ...parts.filter((part) => !('text' in part)),
  ];
}

function objectIn(json: string): object | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}
