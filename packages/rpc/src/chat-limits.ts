import {
  CHAT_RANGES,
  type ChatRequest,
  type ContentPart,
  type Expectations,
  Fault,
  isShallow,
  MAX_CACHE_KEY_CHARACTERS,
  MAX_JSON_DEPTH,
  MAX_KEYWORDS,
  MAX_PARTS,
  MAX_PATTERN_CHARACTERS,
  MAX_STOPS,
  MAX_TAG_NAME_CHARACTERS,
  MAX_TAG_VALUE_CHARACTERS,
  RESERVED_TAG_PREFIX,
  type RequestLimits,
} from '@weir/core';

/** As the proto calls them. */
const FIELDS = [
  ['maxOutputTokens', 'max_output_tokens'],
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
  ['topLogprobs', 'top_logprobs'],
  ['priority', 'priority'],
] as const;

/** Throws `invalid_request`, naming the field, when a caller asks for what no chat can have. */
export function checkChat(chat: ChatRequest, limits: RequestLimits): void {
  if (chat.messages.length === 0) throw invalid('chat.messages', 'is required');
  atMost('chat.messages', chat.messages, limits.maxMessages);
  for (const [index, message] of chat.messages.entries()) {
    const { content } = message;
    const path = `chat.messages.${index}`;
    if (typeof content === 'object' && content) checkParts(`${path}.parts`, content);
    if (message.role === 'assistant') atMost(`${path}.tool_calls`, message.toolCalls, MAX_PARTS);
  }
  atMost('chat.tools', chat.tools, limits.maxTools);
  atMost('chat.stop', chat.stop, MAX_STOPS);
  for (const [name, field] of FIELDS) {
    const value = chat[name];
    const [min, max] = CHAT_RANGES[name];
    // Written so that what is no number is out of range.
    if (value !== undefined && !(value >= min && value <= max)) {
      throw invalid(`chat.${field}`, `must be between ${min} and ${max}`);
    }
  }
  if ((chat.promptCache?.key?.length ?? 0) > MAX_CACHE_KEY_CHARACTERS) {
    const complaint = `must have at most ${MAX_CACHE_KEY_CHARACTERS} characters`;
    throw invalid('chat.prompt_cache.key', complaint);
  }
  if (!isShallow(chat.passthrough)) throw tooDeep('chat.passthrough_json');
  for (const [index, { parameters }] of (chat.tools ?? []).entries()) {
    if (!isShallow(parameters)) {
      throw tooDeep(`chat.tools.${index}.parameters_json`);
    }
  }
  const format = chat.responseFormat;
  if (format?.type === 'json_schema' && !isShallow(format.schema)) {
    throw tooDeep('chat.response_format.json_schema.schema_json');
  }
}

function checkParts(path: string, parts: readonly ContentPart[]): void {
  atMost(path, parts, MAX_PARTS);
  for (const [index, part] of parts.entries()) {
    // Some providers read others, from places of their own or with our rights.
    if (part.type === 'image' && !/^(?:https?|data):/i.test(part.url)) {
      throw invalid(`${path}.${index}.image.url`, 'must be an http, https or data URL');
    }
  }
}

/** The same for what an answer must satisfy. */
export function checkExpectations(expect: Expectations | undefined): void {
  atMost('expect.keywords', expect?.keywords, MAX_KEYWORDS);
  if ((expect?.pattern?.length ?? 0) > MAX_PATTERN_CHARACTERS) {
    throw invalid('expect.pattern', `must have at most ${MAX_PATTERN_CHARACTERS} characters`);
  }
}

/** And for the tags that go with every ledger entry of a request. */
export function checkTags(tags: Readonly<Record<string, string>>, limits: RequestLimits): void {
  atMost('tags', Object.keys(tags), limits.maxTags);
  for (const [name, value] of Object.entries(tags)) {
    if (name.startsWith(RESERVED_TAG_PREFIX)) {
      throw invalid('tags', `must not begin with "${RESERVED_TAG_PREFIX}": those are Weir's own`);
    }
    if (name.length > MAX_TAG_NAME_CHARACTERS || value.length > MAX_TAG_VALUE_CHARACTERS) {
      throw invalid(
        'tags',
        `must be short: names ${MAX_TAG_NAME_CHARACTERS}, values ${MAX_TAG_VALUE_CHARACTERS} characters`,
      );
    }
  }
}

function atMost(field: string, values: readonly unknown[] | undefined, limit: number): void {
  if ((values?.length ?? 0) > limit) throw invalid(field, `must have at most ${limit} elements`);
}

function tooDeep(field: string): Fault {
  return invalid(field, `must not nest deeper than ${MAX_JSON_DEPTH} levels`);
}

function invalid(field: string, complaint: string): Fault {
  return new Fault('invalid_request', `"${field}" ${complaint}.`, { param: field });
}
