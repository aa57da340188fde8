import type { ErrorReply, Failure, FailureKind } from '../failure.ts';
import type { Piece } from '../framing.ts';
import type { MindEnd } from '../mind.ts';
import { type Asked, type Face, type Reader, type Reply, textOf } from './face.ts';
import { fieldsOf, isObject, numberIn, objectsIn, stringsIn, textIn } from './json-body.ts';

/** Converse of AWS Bedrock, by a key: who signs is not asked. */
export const bedrock: Face = {
  name: 'Bedrock',
  readerAt,
  whole: (reply, tokens, end) =>
    JSON.stringify({
      output: {
        message: {
          role: 'assistant',
          content: tokens.length > 0 ? [{ text: textOf(tokens) }] : [],
        },
      },
      stopReason: stopOf(end),
      ...metadataOf(reply, end),
    }),
  unanswered: '{"output":{},"stopReason":"end_turn"}',
  head: () => [piece('messageStart', { role: 'assistant' })],
  // A block of text does not say that it begins.
  token: (_reply, { text }, at) =>
    piece('contentBlockDelta', { contentBlockIndex: 0, delta: { text }, p: paddingOf(at) }),
  tail: (reply, end) => [
    piece('contentBlockStop', { contentBlockIndex: 0 }),
    piece('messageStop', { stopReason: stopOf(end) }),
    piece('metadata', metadataOf(reply, end)),
  ],
  terminator: undefined,
  heartbeat: undefined,
  brokenOff: piece('internalServerException', { message: 'engine died' }),
  junk: { event: 'contentBlockDelta', data: '{"contentBlockIndex":0,"del' },
  error,
  givesLogprobs: false,
};

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** So that the lengths of its events tell nothing of its words, Bedrock pads them. */
function paddingOf(at: number): string {
  return ALPHABET.slice(0, 1 + ((at * 29) % ALPHABET.length));
}

/** The model is in the address, its colons and slashes escaped. */
function readerAt(path: string): Reader | undefined {
  const match = /^model\/([^/]+)\/converse(-stream)?$/.exec(path);
  if (!match) return undefined;
  const model = decodeURIComponent(match[1] ?? '');
  return (body) => asked(body, model, match[2] === undefined ? undefined : 'frames');
}

function asked(body: string, model: string, stream: Asked['stream']): Asked | undefined {
  const wire = fieldsOf(body);
  const messages = objectsIn(wire?.['messages']);
  if (!wire || messages.length === 0) return undefined;
  const system = textIn(wire['system']);
  const config = isObject(wire['inferenceConfig']) ? wire['inferenceConfig'] : {};
  return {
    request: {
      model,
      messages: [
        ...(system === '' ? [] : [{ role: 'system', content: system }]),
        ...messages.map(({ role, content }) => ({
          role: role === 'assistant' ? 'assistant' : 'user',
          content: textIn(content),
        })),
      ],
      maxTokens: numberIn(config['maxTokens']) ?? 256,
      temperature: numberIn(config['temperature']) ?? 0,
      seed: 0,
      stop: stringsIn(config['stopSequences']),
      topLogprobs: -1,
    },
    stream,
    includeUsage: true,
  };
}

/** The type is told by the frame and not within it. */
function piece(event: string, fields: object): Piece {
  return { event, data: JSON.stringify(fields) };
}

function stopOf({ finish, stopWord }: MindEnd): string {
  if (finish === 'length') return 'max_tokens';
  return stopWord === undefined ? 'end_turn' : 'stop_sequence';
}

/** Who answered is told only where a router chose another than was asked. */
function metadataOf({ identity, includeUsage, promptTokens }: Reply, end: MindEnd) {
  const { completionTokens } = end;
  const usage = {
    inputTokens: promptTokens,
    outputTokens: completionTokens,
    totalTokens: promptTokens + completionTokens,
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
  };
  return {
    metrics: { latencyMs: 1 },
    ...(includeUsage && { usage }),
    ...(identity.isOther && { trace: { promptRouter: { invokedModelId: identity.model } } }),
  };
}

type Row = readonly [status: number, type: string];

/** An overload is no other failure than being unavailable, and a quota that is used up no other than a limit of rate. */
const ERRORS: Readonly<Record<Exclude<FailureKind, 'overloaded'>, Row>> = {
  invalid_request: [400, 'ValidationException'],
  context_overflow: [400, 'ValidationException'],
  authentication: [403, 'UnrecognizedClientException'],
  not_found: [404, 'ResourceNotFoundException'],
  rate_limit: [429, 'ThrottlingException'],
  quota: [429, 'ThrottlingException'],
  server_error: [500, 'InternalServerException'],
  unavailable: [503, 'ServiceUnavailableException'],
};

function error(failure: Failure): ErrorReply | undefined {
  if (failure.kind === 'overloaded') return undefined;
  const [status, type] = ERRORS[failure.kind];
  const message =
    failure.kind === 'context_overflow'
      ? `The model returned the following errors: prompt is too long: ${failure.promptTokens} tokens > ${failure.contextTokens} maximum`
      : failure.message;
  return { status, headers: { 'x-amzn-errortype': type }, body: JSON.stringify({ message }) };
}
