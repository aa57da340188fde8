import type { Piece } from '../framing.ts';
import type { MindEnd, MindRequest, MindToken } from '../mind.ts';
import { type Asked, type Face, hasLogprobs, type Reply, textOf } from './face.ts';
import { fieldsOf, numberIn, objectsIn, stringIn, stringsIn, textIn } from './json-body.ts';
import { openai } from './openai.ts';

/** OpenAI's Responses. Every event is numbered, and the last one holds all of the response. */
export const responses: Face = {
  name: 'OpenAI Responses',
  readerAt: (path) => (path === 'v1/responses' ? asked : undefined),
  whole: (reply, tokens, end) => JSON.stringify(ended(reply, tokens, end)),
  unanswered: '{"id":"x","object":"response","status":"completed","error":null}',
  head: (reply) => {
    const response = responseOf(reply, 'in_progress', []);
    const item = { ...messageOf(reply, 'in_progress'), content: [] };
    return numbered(0, [
      ['response.created', { response }],
      ['response.in_progress', { response }],
      ['response.output_item.added', { output_index: 0, item }],
      ['response.content_part.added', { ...placeIn(reply), part: partOf([], reply) }],
    ]);
  },
  token: (reply, token, at) => {
    const logprobs = reply.logprobs ? wireLogprobs([token]) : [];
    const fields = { ...placeIn(reply), delta: token.text, logprobs };
    return piece('response.output_text.delta', fields, HEAD_PIECES + at);
  },
  tail: (reply, end, tokens = []) => {
    const part = partOf(tokens, reply);
    const response = ended(reply, tokens, end);
    const { text, logprobs } = part;
    return numbered(HEAD_PIECES + tokens.length, [
      ['response.output_text.done', { ...placeIn(reply), text, logprobs }],
      ['response.content_part.done', { ...placeIn(reply), part }],
      ['response.output_item.done', { output_index: 0, item: response.output[0] }],
      [`response.${response.status}`, { response }],
    ]);
  },
  // The event that says how it ended is of the answer, which cannot be whole without.
  terminator: undefined,
  heartbeat: undefined,
  brokenOff: piece('error', { code: 'server_error', message: 'engine died', param: null }, 9),
  junk: { event: 'response.output_text.delta', data: '{"type":"response.output_te' },
  error: openai.error,
  givesLogprobs: true,
};

const HEAD_PIECES = 4;
const MIN_OUTPUT_TOKENS = 16;

/** A field that is not among these is refused, as there. */
const KNOWN = new Set([
  'model',
  'input',
  'instructions',
  'include',
  'max_output_tokens',
  'metadata',
  'parallel_tool_calls',
  'prompt_cache_key',
  'prompt_cache_retention',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'store',
  'stream',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'user',
]);

function asked(body: string): Asked | undefined {
  const wire = fieldsOf(body);
  if (!wire || !Object.keys(wire).every((name) => KNOWN.has(name))) return undefined;
  const messages = messagesIn(wire['input']);
  const limit = numberIn(wire['max_output_tokens']);
  if (messages.length === 0 || (limit !== undefined && limit < MIN_OUTPUT_TOKENS)) return undefined;
  const instructions = stringIn(wire['instructions']);
  const wantsLogprobs = stringsIn(wire['include']).includes('message.output_text.logprobs');
  return {
    request: {
      model: stringIn(wire['model']) ?? '',
      messages: [
        ...(instructions === undefined ? [] : [{ role: 'system', content: instructions }]),
        ...messages,
      ],
      maxTokens: limit ?? 256,
      temperature: numberIn(wire['temperature']) ?? 0,
      seed: 0,
      stop: [],
      topLogprobs: wantsLogprobs ? (numberIn(wire['top_logprobs']) ?? 0) : -1,
    },
    stream: wire['stream'] === true ? 'events' : undefined,
    includeUsage: true,
  };
}

/** A text, or items; of these, thoughts and calls are no words that anybody said. */
function messagesIn(input: unknown): MindRequest['messages'] {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  return objectsIn(input).flatMap((item) => {
    switch (item['type'] ?? 'message') {
      case 'message':
        return [{ role: stringIn(item['role']) ?? '', content: textIn(item['content']) }];
      case 'function_call_output':
        return [{ role: 'tool', content: textIn(item['output']) }];
      default:
        return [];
    }
  });
}

function ended(reply: Reply, tokens: readonly MindToken[], end: MindEnd) {
  const isCut = end.finish === 'length';
  const status = isCut ? 'incomplete' : 'completed';
  const item = { ...messageOf(reply, status), content: [partOf(tokens, reply)] };
  return {
    ...responseOf(reply, status, [item]),
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    usage: reply.includeUsage ? usageOf(reply, end.completionTokens) : null,
  };
}

function responseOf({ identity }: Reply, status: string, output: readonly object[]) {
  return {
    id: identity.id,
    object: 'response',
    created_at: identity.createdS,
    status,
    error: null,
    incomplete_details: null as object | null,
    instructions: null,
    metadata: {},
    model: identity.model,
    output,
    parallel_tool_calls: true,
    service_tier: 'default',
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: null as object | null,
  };
}

function itemId({ identity }: Reply): string {
  return `msg_${identity.id}`;
}

function messageOf(reply: Reply, status: string) {
  return { id: itemId(reply), type: 'message', status, role: 'assistant' };
}

function placeIn(reply: Reply) {
  return { item_id: itemId(reply), output_index: 0, content_index: 0 };
}

function partOf(tokens: readonly MindToken[], reply: Reply) {
  const logprobs = reply.logprobs ? wireLogprobs(tokens) : [];
  return { type: 'output_text', text: textOf(tokens), annotations: [], logprobs };
}

function wireLogprobs(tokens: readonly MindToken[]) {
  if (!hasLogprobs(tokens)) return [];
  const entry = (token: string, logprob: number) => ({
    token,
    bytes: [...Buffer.from(token)],
    logprob,
  });
  return tokens.map(({ text, logprob = 0, top }) => ({
    ...entry(text, logprob),
    top_logprobs: top.map((other) => entry(other.token, other.logprob)),
  }));
}

function usageOf({ promptTokens }: Reply, completionTokens: number) {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: promptTokens + completionTokens,
  };
}

function numbered(from: number, events: readonly (readonly [string, object])[]): Piece[] {
  return events.map(([type, fields], at) => piece(type, fields, from + at));
}

/** The type is told twice: by the event's name and within its data. */
function piece(type: string, fields: object, sequence_number: number): Piece {
  return { event: type, data: JSON.stringify({ type, sequence_number, ...fields }) };
}
