import { type ErrorReply, type Failure, type FailureKind, messageOf } from '../failure.ts';
import type { Piece } from '../framing.ts';
import type { MindToken } from '../mind.ts';
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

/** Chat completions as llama-server speaks them. */
export const openai: Face = {
  name: 'OpenAI',
  readerAt: (path) => (path === 'v1/chat/completions' ? asked : undefined),
  whole: (reply, tokens, { finish, completionTokens }) =>
    JSON.stringify({
      ...envelope(reply, 'chat.completion'),
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: textOf(tokens) },
          logprobs: reply.logprobs ? wireLogprobs(tokens) : null,
          finish_reason: finish,
        },
      ],
      ...(reply.includeUsage && { usage: usageOf(reply, completionTokens) }),
    }),
  unanswered: '{"id":"x","object":"chat.completion","choices":[]}',
  head: () => [],
  token: (reply, token, at) => {
    const logprobs = reply.logprobs ? wireLogprobs([token]) : null;
    return chunk(reply, {
      index: 0,
      delta: { ...(at === 0 && { role: 'assistant' }), content: token.text },
      ...(logprobs && { logprobs }),
      finish_reason: null,
    });
  },
  tail: (reply, { finish, completionTokens }) => [
    chunk(reply, { index: 0, delta: {}, finish_reason: finish }),
    ...(reply.includeUsage ? [chunk(reply, undefined, completionTokens)] : []),
  ],
  terminator: { data: '[DONE]' },
  heartbeat: undefined,
  brokenOff: { data: '{"error":{"message":"engine died","type":"server_error"}}' },
  junk: { data: '{"choices":[{"del' },
  error,
  givesLogprobs: true,
};

function asked(body: string): Asked | undefined {
  const wire = fieldsOf(body);
  const messages = objectsIn(wire?.['messages']);
  if (!wire || messages.length === 0) return undefined;
  const { stop } = wire;
  const stream = wire['stream'] === true;
  const options = wire['stream_options'];
  return {
    request: {
      model: stringIn(wire['model']) ?? '',
      messages: messages.map((message) => ({
        role: stringIn(message['role']) ?? '',
        content: textIn(message['content']),
      })),
      maxTokens: numberIn(wire['max_completion_tokens']) ?? numberIn(wire['max_tokens']) ?? 256,
      temperature: numberIn(wire['temperature']) ?? 0,
      seed: numberIn(wire['seed']) ?? 0,
      stop: typeof stop === 'string' ? [stop] : stringsIn(stop),
      topLogprobs: wire['logprobs'] === true ? (numberIn(wire['top_logprobs']) ?? 0) : -1,
    },
    stream: stream ? 'events' : undefined,
    includeUsage: !stream || (isObject(options) && options['include_usage'] === true),
  };
}

function envelope({ identity }: Reply, object: string) {
  return { id: identity.id, object, created: identity.createdS, model: identity.model };
}

function usageOf({ promptTokens }: Reply, completionTokens: number) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

function wireLogprobs(tokens: readonly MindToken[]) {
  return hasLogprobs(tokens) ? { content: tokens.map(wireToken) } : null;
}

function wireToken(token: MindToken) {
  const entry = (text: string, logprob: number) => ({
    token: text,
    bytes: [...Buffer.from(text)],
    logprob,
  });
  return {
    ...entry(token.text, token.logprob ?? 0),
    top_logprobs: token.top.map((top) => entry(top.token, top.logprob)),
  };
}

function chunk(reply: Reply, choice: object | undefined, completionTokens?: number): Piece {
  return {
    data: JSON.stringify({
      ...envelope(reply, 'chat.completion.chunk'),
      choices: choice ? [choice] : [],
      ...(completionTokens !== undefined && { usage: usageOf(reply, completionTokens) }),
    }),
  };
}

type Row = readonly [
  status: number,
  type: string,
  code: string | null,
  headers?: Readonly<Record<string, string>>,
];

const ERRORS: Readonly<Record<Exclude<FailureKind, 'overloaded'>, Row>> = {
  invalid_request: [400, 'invalid_request_error', null],
  context_overflow: [400, 'invalid_request_error', 'context_length_exceeded'],
  authentication: [401, 'invalid_request_error', 'invalid_api_key'],
  not_found: [404, 'invalid_request_error', 'model_not_found'],
  rate_limit: [429, 'rate_limit_error', 'rate_limit_exceeded', { 'retry-after-ms': '50' }],
  quota: [429, 'insufficient_quota', 'insufficient_quota'],
  server_error: [500, 'server_error', null],
  unavailable: [503, 'server_error', null],
};

function error(failure: Failure): ErrorReply {
  if (failure.kind === 'overloaded') {
    // Engines behind this protocol have an envelope of their own for it.
    const body = { object: 'error', message: 'overloaded', type: 'overloaded', code: 529 };
    return { status: 529, headers: {}, body: JSON.stringify(body) };
  }
  const [status, type, code, headers = {}] = ERRORS[failure.kind];
  const message = messageOf(failure);
  return { status, headers, body: JSON.stringify({ error: { message, type, param: null, code } }) };
}
