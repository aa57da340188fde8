import { type ChatRequest, type Expectations, Fault } from '@weir/core';

/** As over HTTP; a proto's fields hold far more than a provider, or a hold on a budget, can make sense of. */
const RANGES = [
  ['maxOutputTokens', 'max_output_tokens', 1, 10_000_000],
  ['temperature', 'temperature', 0, 2],
  ['topP', 'top_p', 0, 1],
  ['frequencyPenalty', 'frequency_penalty', -2, 2],
  ['presencePenalty', 'presence_penalty', -2, 2],
  ['topLogprobs', 'top_logprobs', 0, 20],
] as const;

const MAX_STOPS = 16;
const MAX_KEYWORDS = 100;
const MAX_PATTERN_LENGTH = 1000;
/** How deep JSON may nest where Weir does not look into it. */
const MAX_JSON_DEPTH = 64;

/** Throws `invalid_request`, naming the field, when a caller asks for what no chat can have. */
export function checkChat(chat: ChatRequest): void {
  for (const [name, field, min, max] of RANGES) {
    const value = chat[name];
    // Written so that what is no number is out of range.
    if (value !== undefined && !(value >= min && value <= max)) {
      throw invalid(`chat.${field}`, `must be between ${min} and ${max}`);
    }
  }
  if ((chat.stop?.length ?? 0) > MAX_STOPS) {
    throw invalid('chat.stop', `must have at most ${MAX_STOPS} elements`);
  }
  if (!isShallow(chat.passthrough, MAX_JSON_DEPTH)) throw tooDeep('chat.passthrough_json');
  for (const [index, { parameters }] of (chat.tools ?? []).entries()) {
    if (!isShallow(parameters, MAX_JSON_DEPTH)) {
      throw tooDeep(`chat.tools.${index}.parameters_json`);
    }
  }
  const format = chat.responseFormat;
  if (format?.type === 'json_schema' && !isShallow(format.schema, MAX_JSON_DEPTH)) {
    throw tooDeep('chat.response_format.json_schema.schema_json');
  }
}

/** The same for what an answer must satisfy. */
export function checkExpectations(expect: Expectations | undefined): void {
  if ((expect?.keywords?.length ?? 0) > MAX_KEYWORDS) {
    throw invalid('expect.keywords', `must have at most ${MAX_KEYWORDS} elements`);
  }
  if ((expect?.pattern?.length ?? 0) > MAX_PATTERN_LENGTH) {
    throw invalid('expect.pattern', `must have at most ${MAX_PATTERN_LENGTH} characters`);
  }
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  return Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

function tooDeep(field: string): Fault {
  return invalid(field, `must not nest deeper than ${MAX_JSON_DEPTH} levels`);
}

function invalid(field: string, complaint: string): Fault {
  return new Fault('invalid_request', `"${field}" ${complaint}.`, { param: field });
}
