import type { ErrorReply, Failure, FailureKind } from '../failure.ts';
import type { Piece } from '../framing.ts';
import type { MindEnd, MindToken } from '../mind.ts';
import { type Asked, type Face, hasLogprobs, type Reader, type Reply, textOf } from './face.ts';
import { fieldsOf, isObject, numberIn, objectsIn, stringsIn, textIn } from './json-body.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Google's generateContent. What a stream sends are whole replies in little, each with the usage so far. */
export const gemini: Face = {
  name: 'Gemini',
  readerAt,
  whole: (reply, tokens, end) =>
    replyOf(reply, tokens, textOf(tokens), end.completionTokens, finishOf(end)),
  unanswered: '{"candidates":[]}',
  head: () => [],
  token: (reply, token, at) => ({ data: replyOf(reply, [token], token.text, at + 1) }),
  tail: (reply, end) => [{ data: replyOf(reply, [], '', end.completionTokens, finishOf(end)) }],
  terminator: undefined,
  heartbeat: undefined,
  brokenOff: errorPiece(),
  junk: { data: '{"candidates":[{"con' },
  error,
  givesLogprobs: true,
};

function errorPiece(): Piece {
  const failed = { code: 500, status: 'INTERNAL', message: 'engine died' };
  return { data: JSON.stringify({ error: failed }) };
}

const ADDRESS =
  /^v1(?:beta1?)?\/((?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/google\/)?models\/([^/:]+):(generateContent|streamGenerateContent)$/;

/**
 * Model and manner are in the address: without `alt=sse` a stream is one array. Google's own client says `v1`. Below a
 * publisher it is Vertex AI, which refuses the ids of calls and takes labels; the Gemini API has it the other way round.
 */
function readerAt(path: string, query: URLSearchParams): Reader | undefined {
  const match = ADDRESS.exec(path);
  if (!match) return undefined;
  const isVertex = match[1] !== undefined;
  const model = decodeURIComponent(match[2] ?? '');
  const streams = match[3] === 'streamGenerateContent';
  const framing = query.get('alt') === 'sse' ? 'events' : 'array';
  return (body) => {
    const wire = fieldsOf(body);
    const isForeign = wire && (isVertex ? hasCallIds(wire) : 'labels' in wire);
    return wire && !isForeign ? asked(wire, model, streams ? framing : undefined) : undefined;
  };
}

function hasCallIds(wire: Fields): boolean {
  const parts = objectsIn(wire['contents']).flatMap((content) => objectsIn(content['parts']));
  return parts.some(({ functionCall, functionResponse }) =>
    [functionCall, functionResponse].some((each) => isObject(each) && 'id' in each),
  );
}

function asked(wire: Fields, model: string, stream: Asked['stream']): Asked | undefined {
  const contents = objectsIn(wire['contents']);
  if (contents.length === 0) return undefined;
  const instruction = wire['systemInstruction'];
  const system = isObject(instruction) ? textIn(instruction['parts']) : '';
  const config = isObject(wire['generationConfig']) ? wire['generationConfig'] : {};
  return {
    request: {
      model,
      messages: [
        ...(system === '' ? [] : [{ role: 'system', content: system }]),
        ...contents.map(({ role, parts }) => ({
          role: role === 'model' ? 'assistant' : 'user',
          content: textIn(parts),
        })),
      ],
      maxTokens: numberIn(config['maxOutputTokens']) ?? 256,
      temperature: numberIn(config['temperature']) ?? 0,
      seed: numberIn(config['seed']) ?? 0,
      stop: stringsIn(config['stopSequences']),
      topLogprobs: config['responseLogprobs'] === true ? (numberIn(config['logprobs']) ?? 0) : -1,
    },
    stream,
    includeUsage: true,
  };
}

function finishOf({ finish }: MindEnd): string {
  return finish === 'length' ? 'MAX_TOKENS' : 'STOP';
}

function replyOf(
  reply: Reply,
  tokens: readonly MindToken[],
  text: string,
  completionTokens: number,
  finishReason?: string,
): string {
  return JSON.stringify({
    candidates: [
      {
        content: { role: 'model', parts: [{ text }] },
        ...(finishReason !== undefined && { finishReason }),
        index: 0,
        ...(reply.logprobs &&
          tokens.length > 0 &&
          hasLogprobs(tokens) && {
            // Of the whole answer, so that no piece of one has it.
            ...(finishReason !== undefined && { avgLogprobs: averageOf(tokens) }),
            logprobsResult: wireLogprobs(tokens),
          }),
      },
    ],
    ...(reply.includeUsage && { usageMetadata: usageOf(reply, completionTokens) }),
    modelVersion: reply.identity.model,
    responseId: reply.identity.id,
  });
}

function usageOf({ promptTokens }: Reply, completionTokens: number) {
  return {
    promptTokenCount: promptTokens,
    candidatesTokenCount: completionTokens,
    totalTokenCount: promptTokens + completionTokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: promptTokens }],
  };
}

function averageOf(tokens: readonly MindToken[]): number {
  return tokens.reduce((sum, { logprob = 0 }) => sum + logprob, 0) / tokens.length;
}

function wireLogprobs(tokens: readonly MindToken[]) {
  return {
    topCandidates: tokens.map(({ top }) => ({
      candidates: top.map(({ token, logprob }) => ({ token, logProbability: logprob })),
    })),
    chosenCandidates: tokens.map(({ text, logprob }) => ({ token: text, logProbability: logprob })),
  };
}

type Row = readonly [status: number, name: string, details?: readonly object[]];

/** Google has no status for an overload of its own; it is `UNAVAILABLE`. */
const ERRORS: Readonly<Record<Exclude<FailureKind, 'overloaded'>, Row>> = {
  invalid_request: [400, 'INVALID_ARGUMENT'],
  context_overflow: [400, 'INVALID_ARGUMENT'],
  authentication: [401, 'UNAUTHENTICATED'],
  not_found: [404, 'NOT_FOUND'],
  // The wait is told in the body, and in no header.
  rate_limit: [
    429,
    'RESOURCE_EXHAUSTED',
    [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '0.050s' }],
  ],
  quota: [
    429,
    'RESOURCE_EXHAUSTED',
    [
      {
        '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
        violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel' }],
      },
    ],
  ],
  server_error: [500, 'INTERNAL'],
  unavailable: [503, 'UNAVAILABLE'],
};

function error(failure: Failure): ErrorReply | undefined {
  if (failure.kind === 'overloaded') return undefined;
  const [code, status, details] = ERRORS[failure.kind];
  const message =
    failure.kind === 'context_overflow'
      ? `The input token count (${failure.promptTokens}) exceeds the maximum number of tokens allowed (${failure.contextTokens}).`
      : failure.message;
  const body = JSON.stringify({ error: { code, message, status, ...(details && { details }) } });
  return { status: code, headers: {}, body };
}
