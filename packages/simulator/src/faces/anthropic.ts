import type { ErrorReply, Failure, FailureKind } from '../failure.ts';
import type { Piece } from '../framing.ts';
import type { MindEnd } from '../mind.ts';
import { type Asked, type Face, type Reply, textOf } from './face.ts';
import { fieldsOf, numberIn, objectsIn, stringIn, stringsIn, textIn } from './json-body.ts';

const PING = piece('ping', {});

/** Anthropic's Messages. */
export const anthropic: Face = {
  name: 'Anthropic',
  readerAt: (path) => (path === 'v1/messages' ? asked : undefined),
  whole: (reply, tokens, end) =>
    JSON.stringify({
      ...message(reply),
      content: tokens.length > 0 ? [{ type: 'text', text: textOf(tokens) }] : [],
      ...stopOf(end),
      ...(reply.includeUsage && { usage: usageOf(reply, end.completionTokens) }),
    }),
  unanswered: '{"id":"x","type":"message","role":"assistant"}',
  head: (reply) => [
    piece('message_start', {
      message: {
        ...message(reply),
        content: [],
        stop_reason: null,
        stop_sequence: null,
        // One token is said to be there before there is any.
        ...(reply.includeUsage && { usage: usageOf(reply, 1) }),
      },
    }),
    piece('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    PING,
  ],
  token: (_reply, { text }) =>
    piece('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  tail: (reply, end) => [
    piece('content_block_stop', { index: 0 }),
    piece('message_delta', {
      delta: stopOf(end),
      ...(reply.includeUsage && { usage: { output_tokens: end.completionTokens } }),
    }),
  ],
  terminator: piece('message_stop', {}),
  heartbeat: PING,
  brokenOff: piece('error', { error: { type: 'api_error', message: 'engine died' } }),
  junk: { event: 'content_block_delta', data: '{"type":"content_block_del' },
  error,
  givesLogprobs: false,
};

/** The limit is demanded here, as nowhere else. */
function asked(body: string): Asked | undefined {
  const wire = fieldsOf(body);
  const messages = objectsIn(wire?.['messages']);
  const maxTokens = numberIn(wire?.['max_tokens']);
  if (!wire || messages.length === 0 || maxTokens === undefined) return undefined;
  const system = textIn(wire['system']);
  return {
    request: {
      model: stringIn(wire['model']) ?? '',
      messages: [
        ...(system === '' ? [] : [{ role: 'system', content: system }]),
        ...messages.map((turn) => ({
          role: stringIn(turn['role']) ?? '',
          content: textIn(turn['content']),
        })),
      ],
      maxTokens,
      temperature: numberIn(wire['temperature']) ?? 0,
      seed: 0,
      stop: stringsIn(wire['stop_sequences']),
      topLogprobs: -1,
    },
    stream: wire['stream'] === true ? 'events' : undefined,
    includeUsage: true,
  };
}

/** The type is told twice: by the event's name and within its data. */
function piece(type: string, fields: object): Piece {
  return { event: type, data: JSON.stringify({ type, ...fields }) };
}

function message({ identity }: Reply) {
  return { id: identity.id, type: 'message', role: 'assistant', model: identity.model };
}

function stopOf({ finish, stopWord }: MindEnd) {
  if (finish === 'length') return { stop_reason: 'max_tokens', stop_sequence: null };
  if (stopWord === undefined) return { stop_reason: 'end_turn', stop_sequence: null };
  return { stop_reason: 'stop_sequence', stop_sequence: stopWord };
}

function usageOf({ promptTokens }: Reply, outputTokens: number) {
  return {
    input_tokens: promptTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: outputTokens,
    service_tier: 'standard',
  };
}

type Row = readonly [status: number, type: string, headers?: Readonly<Record<string, string>>];

const ERRORS: Readonly<Record<FailureKind, Row>> = {
  invalid_request: [400, 'invalid_request_error'],
  context_overflow: [400, 'invalid_request_error'],
  authentication: [401, 'authentication_error'],
  quota: [402, 'billing_error'],
  not_found: [404, 'not_found_error'],
  // In seconds, and whole ones: none is the shortest wait that there is a word for, besides a second.
  rate_limit: [429, 'rate_limit_error', { 'retry-after': '0' }],
  server_error: [500, 'api_error'],
  unavailable: [503, 'api_error'],
  overloaded: [529, 'overloaded_error'],
};

function error(failure: Failure): ErrorReply {
  const [status, type, headers = {}] = ERRORS[failure.kind];
  const text =
    failure.kind === 'context_overflow'
      ? `prompt is too long: ${failure.promptTokens} tokens > ${failure.contextTokens} maximum`
      : failure.message;
  return {
    status,
    headers,
    body: JSON.stringify({ type: 'error', error: { type, message: text } }),
  };
}
