import { type ErrorReply, type Failure, type FailureKind, messageOf } from '../failure.ts';
import type { MindEnd, MindToken } from '../mind.ts';
import { type Asked, type Face, hasLogprobs, type Reply, textOf } from './face.ts';
import { fieldsOf, isObject, numberIn, objectsIn, stringIn, stringsIn } from './json-body.ts';

/** Ollama's own chat. What a stream sends are whole replies in little; the last is done and counts. */
export const ollama: Face = {
  name: 'Ollama',
  readerAt: (path) => (path === 'api/chat' ? asked : undefined),
  whole: (reply, tokens, end) =>
    JSON.stringify({ ...pieceOf(reply, tokens), ...endOf(reply, end), ...logprobs(reply, tokens) }),
  // What an order to load the model is answered.
  unanswered:
    '{"model":"x","message":{"role":"assistant","content":""},"done":true,"done_reason":"load"}',
  head: () => [],
  token: (reply, token) => ({
    data: JSON.stringify({ ...pieceOf(reply, [token]), done: false, ...logprobs(reply, [token]) }),
  }),
  tail: (reply, end) => [{ data: JSON.stringify({ ...pieceOf(reply, []), ...endOf(reply, end) }) }],
  terminator: undefined,
  heartbeat: undefined,
  brokenOff: { data: '{"error":"an error was encountered while running the model"}' },
  junk: { data: '{"model":"x","message":{"con' },
  error,
  givesLogprobs: true,
};

/** A stream is what there is unless it is not wanted; a limit is not. */
function asked(body: string): Asked | undefined {
  const wire = fieldsOf(body);
  const messages = objectsIn(wire?.['messages']);
  if (!wire || messages.length === 0) return undefined;
  const options = isObject(wire['options']) ? wire['options'] : {};
  return {
    request: {
      model: stringIn(wire['model']) ?? '',
      messages: messages.map(({ role, content }) => ({
        role: stringIn(role) ?? '',
        content: stringIn(content) ?? '',
      })),
      maxTokens: numberIn(options['num_predict']) ?? 256,
      temperature: numberIn(options['temperature']) ?? 0,
      seed: numberIn(options['seed']) ?? 0,
      stop: stringsIn(options['stop']),
      topLogprobs: wire['logprobs'] === true ? (numberIn(wire['top_logprobs']) ?? 0) : -1,
    },
    stream: wire['stream'] === false ? undefined : 'lines',
    includeUsage: true,
  };
}

function pieceOf({ identity }: Reply, tokens: readonly MindToken[]) {
  return {
    model: identity.model,
    created_at: new Date(identity.createdS * 1000).toISOString(),
    message: { role: 'assistant', content: textOf(tokens) },
  };
}

/** Durations are in nanoseconds. */
function endOf(reply: Reply, { finish, completionTokens }: MindEnd) {
  return {
    done: true,
    done_reason: finish,
    total_duration: 2_000_000,
    load_duration: 500_000,
    ...(reply.includeUsage && {
      prompt_eval_count: reply.promptTokens,
      prompt_eval_duration: 500_000,
      eval_count: completionTokens,
      eval_duration: 1_000_000,
    }),
  };
}

function logprobs(reply: Reply, tokens: readonly MindToken[]) {
  if (!reply.logprobs || tokens.length === 0 || !hasLogprobs(tokens)) return undefined;
  const entry = (token: string, logprob: number) => ({
    token,
    logprob,
    bytes: [...Buffer.from(token)],
  });
  return {
    logprobs: tokens.map(({ text, logprob = 0, top }) => ({
      ...entry(text, logprob),
      ...(top.length > 0 && { top_logprobs: top.map((each) => entry(each.token, each.logprob)) }),
    })),
  };
}

/** Ollama has no status for an overload but the one for a full queue. Limits of rate and plan are its cloud's. */
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
  const body = JSON.stringify({ error: textFor(failure) });
  return { status: STATUSES[failure.kind], headers: {}, body };
}

/** A prompt that does not fit is the runner's error, handed on as a text. */
function textFor(failure: Failure): string {
  if (failure.kind !== 'context_overflow') return failure.message;
  return JSON.stringify({
    error: {
      code: 400,
      message: messageOf(failure),
      type: 'exceed_context_size_error',
      n_prompt_tokens: failure.promptTokens,
      n_ctx: failure.contextTokens,
    },
  });
}
