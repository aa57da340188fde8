import {
  CHAT_RANGES,
  type ChatMessage,
  type ChatRequest,
  type Content,
  type ContentPart,
  type Expectations,
  type Json,
  MAX_KEYWORDS,
  MAX_PARTS,
  MAX_PATTERN_CHARACTERS,
  MAX_STOPS,
  MAX_TAG_NAME_CHARACTERS,
  MAX_TAG_VALUE_CHARACTERS,
  RESERVED_TAG_PREFIX,
  type RequestLimits,
  type ResponseFormat,
  type Tool,
  type ToolCall,
  type ToolChoice,
} from '@weir/core';
import { Fields } from './fields.ts';
import { cacheTtl, HINTS, requestHints } from './request-hints.ts';

export interface CompletionLimits extends RequestLimits {
  readonly maxChoices: number;
}

/** A chat completion request, understood. */
export interface CompletionRequest {
  readonly model: string;
  readonly chat: ChatRequest;
  readonly choices: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly wantsLogprobs: boolean;
  /** The caller asked for Weir's own report beside the usage. */
  readonly report: boolean;
  readonly expect: Expectations | undefined;
  readonly timeoutMs: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Parameters that nobody here knows; named to the caller, never dropped in silence. */
  readonly ignored: readonly string[];
}

/** Handed on as they are to providers that know them. */
const PASSTHROUGH = new Set([
  'user',
  'metadata',
  'store',
  'logit_bias',
  'safety_identifier',
  'verbosity',
]);

const READ = new Set<string>([
  ...HINTS,
  'model',
  'messages',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'stop',
  'seed',
  'n',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'logprobs',
  'top_logprobs',
  'weir',
]);

/** Of Weir's own field. */
const WEIR = new Set(['report', 'expect', 'timeout_ms']);

const MAX_CHARACTERS = 10_000_000;

/** Reads an OpenAI chat completion body that has been parsed from JSON. Throws `invalid_request` naming the field. */
export function completionRequest(body: unknown, limits: CompletionLimits): CompletionRequest {
  const fields = Fields.of(body, '');
  const stream = fields.boolean('stream') ?? false;
  const streamOptions = fields.fields('stream_options');
  if (streamOptions && !stream) throw fields.fault('stream_options', 'is only for streams');
  const weir = fields.fields('weir');
  const wantsLogprobs = fields.boolean('logprobs') ?? false;
  const names = fields.names();
  return {
    model: fields.requiredString('model'),
    chat: chatRequest(fields, limits, wantsLogprobs),
    choices: fields.integer('n', 1, limits.maxChoices) ?? 1,
    stream,
    includeUsage: streamOptions?.boolean('include_usage') ?? false,
    wantsLogprobs,
    report: weir?.boolean('report') ?? false,
    expect: expectations(weir?.fields('expect')),
    timeoutMs: weir?.number('timeout_ms', 1, 86_400_000),
    tags: tags(fields, limits),
    ignored: [
      ...names.filter((name) => !READ.has(name) && !PASSTHROUGH.has(name)),
      ...(weir?.names() ?? []).filter((name) => !WEIR.has(name)).map((name) => `weir.${name}`),
    ],
  };
}

function chatRequest(fields: Fields, limits: RequestLimits, wantsLogprobs: boolean): ChatRequest {
  const topLogprobs = fields.integer('top_logprobs', ...CHAT_RANGES.topLogprobs);
  if (topLogprobs !== undefined && !wantsLogprobs) {
    throw fields.fault('top_logprobs', 'needs "logprobs": true');
  }
  const messages = fields.array('messages', limits.maxMessages);
  if (!messages || messages.length === 0) throw fields.fault('messages', 'is required');
  return {
    messages: messages.map((value, index) => message(Fields.of(value, `messages.${index}`))),
    maxOutputTokens:
      fields.integer('max_completion_tokens', ...CHAT_RANGES.maxOutputTokens) ??
      fields.integer('max_tokens', ...CHAT_RANGES.maxOutputTokens),
    temperature: fields.number('temperature', ...CHAT_RANGES.temperature),
    topP: fields.number('top_p', ...CHAT_RANGES.topP),
    frequencyPenalty: fields.number('frequency_penalty', ...CHAT_RANGES.frequencyPenalty),
    presencePenalty: fields.number('presence_penalty', ...CHAT_RANGES.presencePenalty),
    stop: stops(fields),
    seed: fields.integer('seed', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    tools: tools(fields, limits),
    toolChoice: toolChoice(fields),
    parallelToolCalls: fields.boolean('parallel_tool_calls'),
    responseFormat: responseFormat(fields.fields('response_format')),
    topLogprobs: wantsLogprobs ? (topLogprobs ?? 0) : undefined,
    ...requestHints(fields),
    passthrough: passthrough(fields),
  };
}

function message(fields: Fields): ChatMessage {
  const role = fields.oneOf('role', ['system', 'developer', 'user', 'assistant', 'tool']);
  const name = fields.string('name');
  switch (role) {
    case 'system':
    case 'developer':
    case 'user':
      return { role, content: requiredContent(fields), name };
    case 'assistant': {
      const toolCalls = fields.array('tool_calls', MAX_PARTS)?.map((value, index) => {
        return toolCall(Fields.of(value, `${fields.pathOf('tool_calls')}.${index}`));
      });
      const refusal = fields.string('refusal');
      const content = contentOf(fields) ?? null;
      if (content === null && !toolCalls?.length && refusal === undefined) {
        throw fields.fault('content', 'is required unless there are tool calls');
      }
      return {
        role,
        content,
        name,
        refusal,
        toolCalls,
        // Under both names that providers give it.
        reasoning: fields.string('reasoning_content') ?? fields.string('reasoning'),
        reasoningState: fields.string('reasoning_state'),
      };
    }
    case 'tool':
      return {
        role,
        content: requiredContent(fields),
        toolCallId: fields.requiredString('tool_call_id'),
      };
    default:
      throw fields.fault('role', 'is required');
  }
}

function requiredContent(fields: Fields): Content {
  const content = contentOf(fields);
  if (content === undefined) throw fields.fault('content', 'is required');
  return content;
}

function contentOf(fields: Fields): Content | undefined {
  const raw = fields.raw('content');
  if (raw === undefined || typeof raw === 'string') return raw;
  if (!Array.isArray(raw)) throw fields.fault('content', 'must be a string or an array of parts');
  const parts = fields.array('content', MAX_PARTS) ?? [];
  return parts.map((value, index) =>
    part(Fields.of(value, `${fields.pathOf('content')}.${index}`)),
  );
}

function part(fields: Fields): ContentPart {
  const type = fields.oneOf('type', ['text', 'image_url', 'refusal']);
  const cache = cacheTtl(fields);
  if (type === 'text') return { type, text: requiredText(fields, 'text'), cache };
  if (type === 'refusal') return { type: 'text', text: requiredText(fields, 'refusal'), cache };
  const image = fields.fields('image_url');
  if (!image) throw fields.fault('type', 'must be text or image_url, with its field');
  const url = image.requiredString('url');
  if (!/^(https?|data):/i.test(url)) throw image.fault('url', 'must be an http, https or data URL');
  return { type: 'image', url, detail: image.string('detail'), cache };
}

function requiredText(fields: Fields, name: string): string {
  const text = fields.string(name);
  if (text === undefined) throw fields.fault(name, 'is required');
  return text;
}

function toolCall(fields: Fields): ToolCall {
  const called = fields.fields('function');
  if (!called) throw fields.fault('function', 'is required');
  return {
    id: fields.requiredString('id'),
    name: called.requiredString('name'),
    arguments: called.string('arguments') ?? '',
  };
}

function stops(fields: Fields): readonly string[] | undefined {
  const raw = fields.raw('stop');
  if (typeof raw === 'string') return [raw];
  return fields.strings('stop', MAX_STOPS);
}

function tools(fields: Fields, limits: RequestLimits): readonly Tool[] | undefined {
  const values = fields.array('tools', limits.maxTools);
  if (!values || values.length === 0) return undefined;
  return values.map((value, index) => {
    const tool = Fields.of(value, `tools.${index}`);
    if (tool.oneOf('type', ['function']) === undefined) throw tool.fault('type', 'is required');
    const described = tool.fields('function');
    if (!described) throw tool.fault('function', 'is required');
    return {
      name: described.requiredString('name'),
      description: described.string('description'),
      parameters: schemaOf(described, 'parameters'),
      strict: described.boolean('strict'),
      cache: cacheTtl(tool),
    };
  });
}

function toolChoice(fields: Fields): ToolChoice | undefined {
  const raw = fields.raw('tool_choice');
  if (raw === undefined) return undefined;
  if (typeof raw === 'string')
    return fields.oneOf<'none' | 'auto' | 'required'>('tool_choice', ['none', 'auto', 'required']);
  const named = fields.fields('tool_choice')?.fields('function');
  if (!named) throw fields.fault('tool_choice', 'must be none, auto, required or a function');
  return { name: named.requiredString('name') };
}

function responseFormat(fields: Fields | undefined): ResponseFormat | undefined {
  if (!fields) return undefined;
  const type = fields.oneOf('type', ['text', 'json_object', 'json_schema']);
  if (type === undefined) throw fields.fault('type', 'is required');
  if (type !== 'json_schema') return { type };
  const described = fields.fields('json_schema');
  if (!described) throw fields.fault('json_schema', 'is required');
  const schema = schemaOf(described, 'schema');
  if (schema === undefined) throw described.fault('schema', 'is required');
  return {
    type,
    name: described.requiredString('name'),
    schema,
    strict: described.boolean('strict'),
  };
}

function schemaOf(fields: Fields, name: string): Json | undefined {
  const schema = fields.json(name);
  if (schema === undefined) return undefined;
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw fields.fault(name, 'must be a JSON Schema object');
  }
  return schema;
}

function expectations(fields: Fields | undefined): Expectations | undefined {
  if (!fields) return undefined;
  const pattern = fields.string('pattern');
  if (pattern !== undefined && pattern.length > MAX_PATTERN_CHARACTERS) {
    throw fields.fault('pattern', `must have at most ${MAX_PATTERN_CHARACTERS} characters`);
  }
  return {
    keywords: fields.strings('keywords', MAX_KEYWORDS),
    pattern,
    minCharacters: fields.integer('min_characters', 0, MAX_CHARACTERS),
    maxCharacters: fields.integer('max_characters', 1, MAX_CHARACTERS),
  };
}

function passthrough(fields: Fields): ChatRequest['passthrough'] {
  let kept: Record<string, Json> | undefined;
  for (const name of fields.names()) {
    if (!PASSTHROUGH.has(name)) continue;
    const value = fields.json(name);
    if (value === undefined) continue;
    kept ??= {};
    kept[name] = value;
  }
  return kept;
}

/** OpenAI's `metadata` doubles as tags: small string pairs that go with every ledger entry of the request. */
function tags(fields: Fields, limits: RequestLimits): Readonly<Record<string, string>> {
  const metadata = fields.fields('metadata');
  const names = metadata?.names() ?? [];
  if (metadata && names.length > limits.maxTags) {
    throw fields.fault('metadata', `must have at most ${limits.maxTags} entries`);
  }
  if (!metadata || names.length === 0) return NO_TAGS;
  const kept: Record<string, string> = {};
  for (const name of names) {
    const value = metadata.string(name);
    // The one name that a plain object, here or in a peer, cannot hold as its own.
    if (value === undefined || name === '__proto__') continue;
    if (name.startsWith(RESERVED_TAG_PREFIX)) {
      throw metadata.fault(
        name,
        `is not yours to set: "${RESERVED_TAG_PREFIX}" is how Weir's own begin`,
      );
    }
    if (name.length > MAX_TAG_NAME_CHARACTERS || value.length > MAX_TAG_VALUE_CHARACTERS) {
      throw metadata.fault(
        name,
        `must be short: names ${MAX_TAG_NAME_CHARACTERS}, values ${MAX_TAG_VALUE_CHARACTERS} characters`,
      );
    }
    kept[name] = value;
  }
  return kept;
}

const NO_TAGS: Readonly<Record<string, string>> = Object.freeze({});
