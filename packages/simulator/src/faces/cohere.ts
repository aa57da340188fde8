import type { ErrorReply, Failure, FailureKind } from '../failure.ts';
import type { Piece } from '../framing.ts';
import type { MindEnd, MindToken } from '../mind.ts';
import { type Asked, type Face, hasLogprobs, type Reply, textOf } from './face.ts';
import {
  fieldsOf,
  isObject,
  numberIn,
  objectsIn,
  stringIn,
  stringsIn,
  textIn,
} from './json-body.ts';

/** Cohere's chat, version 2. No reply names its model. */
export const cohere: Face = {
  name: 'Cohere',
  readerAt: (path) => (path === 'v2/chat' ? asked : undefined),
  whole: (reply, tokens, end) =>
    JSON.stringify({
      id: reply.identity.id,
      message: {
        role: 'assistant',
        content: tokens.length > 0 ? [{ type: 'text', text: textOf(tokens) }] : [],
      },
      ...endOf(reply, end),
      ...(reply.logprobs && hasLogprobs(tokens) && { logprobs: tokens.map(wireLogprob) }),
    }),
  unanswered: '{"id":"x","finish_reason":"COMPLETE"}',
  head: (reply) => [
    piece('message-start', {
      id: reply.identity.id,
      delta: {
        message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] },
      },
    }),
    piece('content-start', {
      index: 0,
      delta: { message: { content: { type: 'text', text: '' } } },
    }),
  ],
  token: (reply, token, at) =>
    piece('content-delta', {
      index: 0,
      delta: { message: { content: { text: token.text } } },
      ...(reply.logprobs && hasLogprobs([token]) && { logprobs: wireLogprob(token, at) }),
    }),
  tail: (reply, end) => [
    piece('content-end', { index: 0 }),
    piece('message-end', { delta: endOf(reply, end) }),
  ],
  // The end is the last event, with all that there is to say of it.
  terminator: undefined,
  heartbeat: undefined,
  brokenOff: piece('message-end', { delta: { finish_reason: 'ERROR', error: 'engine died' } }),
  junk: { event: 'content-delta', data: '{"type":"content-del' },
  error,
  givesLogprobs: true,
};

function asked(body: string): Asked | undefined {
  const wire = fieldsOf(body);
  const messages = objectsIn(wire?.['messages']);
  const model = stringIn(wire?.['model']);
  if (!wire || model === undefined || !isConversation(messages) || !isInRange(wire)) {
    return undefined;
  }
  return {
    request: {
      model,
      messages: messages.map((message) => ({
        role: stringIn(message['role']) ?? '',
        content: textIn(message['content']),
      })),
      maxTokens: numberIn(wire['max_tokens']) ?? 256,
      temperature: numberIn(wire['temperature']) ?? 0,
      seed: numberIn(wire['seed']) ?? 0,
      stop: stringsIn(wire['stop_sequences']),
      topLogprobs: wire['logprobs'] === true ? 0 : -1,
    },
    stream: wire['stream'] === true ? 'events' : undefined,
    includeUsage: true,
  };
}

/** Somebody must have the last word to whom there is an answer. */
function isConversation(messages: readonly Readonly<Record<string, unknown>>[]): boolean {
  const last = messages.at(-1)?.['role'];
  return last === 'user' || last === 'tool';
}

const RANGES = [
  ['temperature', 0, 1],
  ['p', 0.01, 0.99],
  ['frequency_penalty', 0, 1],
  ['presence_penalty', 0, 1],
  ['seed', 0, Number.MAX_VALUE],
] as const;

function isInRange(wire: Readonly<Record<string, unknown>>): boolean {
  const { thinking } = wire;
  const budget = isObject(thinking) ? (thinking['token_budget'] ?? 1) : 1;
  if (typeof budget !== 'number' || budget < 1) return false;
  return RANGES.every(([name, least, most]) => {
    const value = wire[name];
    return value === undefined || (typeof value === 'number' && value >= least && value <= most);
  });
}

/** The type is told twice: by the event's name and within its data. */
function piece(type: string, fields: object): Piece {
  return { event: type, data: JSON.stringify({ type, ...fields }) };
}

/** Its own templates, which a model reads and nobody pays for. */
const TEMPLATE_TOKENS = 206;

function endOf({ promptTokens, includeUsage }: Reply, { finish, stopWord, ...end }: MindEnd) {
  const stopped = stopWord === undefined ? 'COMPLETE' : 'STOP_SEQUENCE';
  const output = { output_tokens: end.completionTokens };
  return {
    finish_reason: finish === 'length' ? 'MAX_TOKENS' : stopped,
    ...(includeUsage && {
      usage: {
        billed_units: { input_tokens: promptTokens, ...output },
        tokens: { input_tokens: promptTokens + TEMPLATE_TOKENS, ...output },
        cached_tokens: 0,
      },
    }),
  };
}

/** Minds keep the ids of their tokens to themselves, so each has its place for one. The alternatives are nobody's. */
function wireLogprob({ text, logprob }: MindToken, at: number) {
  return { text, token_ids: [at], logprobs: [logprob] };
}

/** There are no words for machines, but the status. */
const STATUSES: Readonly<Record<Exclude<FailureKind, 'overloaded'>, number>> = {
  invalid_request: 400,
  context_overflow: 400,
  authentication: 401,
  quota: 402,
  not_found: 404,
  rate_limit: 429,
  server_error: 500,
  unavailable: 503,
};

function error(failure: Failure): ErrorReply | undefined {
  if (failure.kind === 'overloaded') return undefined;
  const message =
    failure.kind === 'context_overflow'
      ? `too many tokens: total number of tokens in the prompt cannot exceed ${failure.contextTokens} - received ${failure.promptTokens}.`
      : failure.message;
  const body = JSON.stringify({ id: 'sim', message });
  return { status: STATUSES[failure.kind], headers: {}, body };
}
