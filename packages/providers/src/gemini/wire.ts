import {
  Fault,
  type FinishReason,
  type TokenLogprob,
  type ToolCall,
  type TopLogprob,
  type UsageErrorCode,
  type UsageReport,
} from '@weir/core';
import { usageReport } from '../usage/index.ts';
import { believedIfTold, invalid, parse as parseObject, text } from '../wire.ts';
import { faultIn } from './error.ts';
import { joinCallId } from './signature.ts';

/** The parts of Gemini's replies that whole ones and pieces share. Everything is unknown until looked at. */

export interface WireReply {
  candidates?: unknown;
  promptFeedback?: { blockReason?: unknown } | null;
  usageMetadata?: unknown;
  modelVersion?: unknown;
  responseId?: unknown;
  error?: unknown;
}

export interface WireCandidate {
  content?: { parts?: unknown } | null;
  finishReason?: unknown;
  logprobsResult?: { chosenCandidates?: unknown; topCandidates?: unknown } | null;
  groundingMetadata?: { webSearchQueries?: unknown } | null;
}

interface WirePart {
  text?: unknown;
  thought?: unknown;
  thoughtSignature?: unknown;
  functionCall?: { id?: unknown; name?: unknown; args?: unknown } | null;
}

/** A reply or a piece of one. An error that came with status 200 is the fault that it says it is. */
export function parse(json: string, what: string): WireReply {
  const reply: WireReply = parseObject(json, what);
  if (reply.error) throw faultIn(reply.error);
  return reply;
}

/** One answer is all that is ever asked for. */
export function candidateOf(wire: WireReply): WireCandidate | undefined {
  const first: unknown = Array.isArray(wire.candidates) ? wire.candidates[0] : undefined;
  return typeof first === 'object' && first !== null ? first : undefined;
}

/** The prompt itself was refused: there is no answer, and that is the answer. */
export function isBlocked(wire: WireReply): boolean {
  return text(wire.promptFeedback?.blockReason) !== '';
}

/** What the parts of one candidate say. */
export interface Said {
  readonly text: string;
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCall[];
  readonly tokens: readonly TokenLogprob[] | undefined;
}

/** Images, code that Gemini ran itself and whatever else a part can be have no place in a chat reply. */
export function saidBy(candidate: WireCandidate, callsBefore: number): Said {
  let answer = '';
  let reasoning = '';
  const toolCalls: ToolCall[] = [];
  const parts = candidate.content?.parts;
  for (const part of Array.isArray(parts) ? (parts as (WirePart | null)[]) : []) {
    const call = part?.functionCall;
    if (typeof call === 'object' && call !== null) {
      const id = text(call.id) || `call_${callsBefore + toolCalls.length}`;
      toolCalls.push({
        id: joinCallId(id, text(part?.thoughtSignature)),
        name: text(call.name),
        arguments: argumentsFrom(call.args),
      });
    } else if (part?.thought === true) reasoning += text(part.text);
    else answer += text(part?.text);
  }
  return { text: answer, reasoning, toolCalls, tokens: tokensFrom(candidate.logprobsResult) };
}

function argumentsFrom(args: unknown): string {
  try {
    return JSON.stringify(args ?? {});
  } catch (cause) {
    throw invalid('a tool call nested too deeply', cause);
  }
}

/**
 * `undefined` while the answer goes on, `broken` where it was given up. Only `STOP` is a natural end, and every name
 * that Google added since was one more way to fail; so a name nobody knows is no end either (invariant I5).
 */
export function finishFrom(reason: unknown, called: boolean): FinishReason | 'broken' | undefined {
  switch (reason) {
    case undefined:
    case null:
    case '':
    case 'FINISH_REASON_UNSPECIFIED':
      return undefined;
    case 'STOP':
      return called ? 'tool_calls' : 'stop';
    case 'MAX_TOKENS':
    // Cut at the limit of one call, to be asked for the rest; nobody here does.
    case 'CONTINUATION':
      return 'length';
    case 'SAFETY':
    case 'RECITATION':
    case 'LANGUAGE':
    case 'BLOCKLIST':
    case 'PROHIBITED_CONTENT':
    case 'SPII':
    case 'IMAGE_SAFETY':
    case 'IMAGE_PROHIBITED_CONTENT':
    case 'IMAGE_RECITATION':
      return 'content_filter';
    // MALFORMED_FUNCTION_CALL, UNEXPECTED_TOOL_CALL, TOO_MANY_TOOL_CALLS, MISSING_THOUGHT_SIGNATURE,
    // MALFORMED_RESPONSE, NO_IMAGE, IMAGE_OTHER, OTHER.
    default:
      return 'broken';
  }
}

export function brokenOff(): Fault {
  return new Fault('upstream_unavailable', 'The provider broke its answer off.');
}

/** What was used, or why figures that cannot all be true are none; undefined where nothing is said. */
export function reportFrom(
  metadata: unknown,
  webSearchQueries: readonly string[],
): UsageReport | UsageErrorCode | undefined {
  if (metadata === undefined || metadata === null) return undefined;
  // Vertex sends some that hold the kind of traffic and no counts.
  return believedIfTold(() =>
    usageReport('google', 'generateContent', metadata, { webSearchQueries }),
  );
}

/** What Gemini searched the web for; each different query is charged. */
export function queriesOf(candidate: WireCandidate | undefined): readonly string[] {
  const queries = candidate?.groundingMetadata?.webSearchQueries;
  return Array.isArray(queries) ? queries.filter((query) => typeof query === 'string') : [];
}

interface WireLogprob {
  token?: unknown;
  logProbability?: unknown;
}

/** Log-probabilities as reported: judging them is the scorer's work. */
function tokensFrom(wire: WireCandidate['logprobsResult']): TokenLogprob[] | undefined {
  const chosen = wire?.chosenCandidates;
  // An empty list is none: the text beside it has no evidence.
  if (!Array.isArray(chosen) || chosen.length === 0) return undefined;
  const tops: unknown = wire?.topCandidates;
  return (chosen as (WireLogprob | null)[]).map((entry, index) => ({
    token: text(entry?.token),
    logprob: typeof entry?.logProbability === 'number' ? entry.logProbability : undefined,
    top: topFrom(Array.isArray(tops) ? tops[index] : undefined),
  }));
}

const NO_TOP: readonly TopLogprob[] = [];

function topFrom(wire: { candidates?: unknown } | null | undefined): readonly TopLogprob[] {
  const candidates = wire?.candidates;
  if (!Array.isArray(candidates) || candidates.length === 0) return NO_TOP;
  const top: TopLogprob[] = [];
  for (const entry of candidates as (WireLogprob | null)[]) {
    if (typeof entry?.logProbability === 'number')
      top.push({ token: text(entry.token), logprob: entry.logProbability });
  }
  return top;
}
