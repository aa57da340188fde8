import type { ChatReply, ChatRequest, TokenLogprob, TopLogprob } from '@weir/core';
import { holdsWord, isConstrained, isSteered } from './constraint.ts';
import { spellingOf } from './spelling.ts';

/** Why log-probabilities are treated as absent. Each was seen on a real engine; see the comments below. */
export type MissingEvidence =
  | 'endpoint_not_trusted'
  | 'no_logprobs'
  | 'no_content_tokens'
  | 'tool_calls_not_covered'
  | 'tokens_do_not_cover_text'
  | 'missing_on_some_tokens'
  | 'zero_filled'
  | 'impossible_logprob'
  | 'contradictory_alternatives'
  | 'repeated_alternatives';

export interface UsableLogprobs {
  readonly kind: 'logprobs';
  /** Those that spell the text, in order, the forced ones too. Every number in them is finite and at most zero. */
  readonly tokens: readonly TokenLogprob[];
  /** Positions of tokens that a grammar left no choice: their log-probabilities say nothing. */
  readonly forced: ReadonlySet<number>;
}

export type LogprobEvidence =
  | UsableLogprobs
  | { readonly kind: 'missing'; readonly reason: MissingEvidence };

/** vLLM's and OpenAI's -9999 for "not among the tokens we kept", and other stand-ins; no softmax comes near it. */
const NOT_KEPT = -1000;
/** Rounding may put a certain token's log-probability a hair above zero. */
const ROUNDING = 1e-6;
/** Two log-probabilities of one token are the same to the half precision that some engines compute in. */
const SAME = 0.01;
/** Greedy decoding does not pass over what is twenty times likelier; a server's own repetition penalty may do a little. */
const PASSED_OVER = 3;
/** Chance does not choose what is ten thousand times less likely: where there is a grammar, it did. */
const UNCHOSEN = 9;
/** Of several alternatives, at most so much more than all there is: rounding again. */
const MOST_MASS = 1.02;
/** Alternatives of less than one in fifty are not worth adding up. */
const COUNTS = -4;
/** The list of alternatives of one token may be another's by chance, but not so often in a row. */
const REPEATS = 3;

/**
 * The log-probabilities that may count as evidence, or why there are none (invariant I10).
 *
 * Speculative decoding makes engines fill the tokens of a verify step with 0.0 and no alternatives, or leave them out
 * of the stream; a mean over that says "certain" about an answer nobody was certain of. So one spoilt token spoils the
 * answer: which others the same step touched is not told. `trusted` is false where a probe of the endpoint said so.
 */
export function logprobEvidence(
  chat: ChatRequest,
  reply: ChatReply,
  trusted?: boolean,
): LogprobEvidence {
  if (trusted === false) return missing('endpoint_not_trusted');
  const { tokens: all, text, toolCalls } = reply;
  if (!all) return missing('no_logprobs');
  // Which tokens are a call's nobody tells, and a preamble's certainty is not the call's.
  if (toolCalls.length > 0) return missing('tool_calls_not_covered');
  if (text === '' || all.length === 0) return missing('no_content_tokens');
  const spelling = spellingOf(reply, all);
  if (!spelling) return missing('tokens_do_not_cover_text');
  const { from, to } = spelling;
  const inspected = inspect(chat, all, from, to);
  if (typeof inspected === 'string') return missing(inspected);
  const tokens = from === 0 && to === all.length ? all : all.slice(from, to);
  const { forced, isClean } = inspected;
  return { kind: 'logprobs', tokens: isClean ? tokens : tokens.map(cleaned), forced };
}

/** Those tokens of the evidence where the model had a choice. */
export function freeTokens({ tokens, forced }: UsableLogprobs): readonly TokenLogprob[] {
  return forced.size === 0 ? tokens : tokens.filter((_, at) => !forced.has(at));
}

interface Inspected {
  readonly forced: ReadonlySet<number>;
  /** Nothing in it is a stand-in or rounded above zero. */
  readonly isClean: boolean;
}

/** Looks at every token up to `to`. Written for speed: it sees all alternatives of every draft. */
function inspect(
  chat: ChatRequest,
  tokens: readonly TokenLogprob[],
  from: number,
  to: number,
): Inspected | MissingEvidence {
  const { wantsAlternatives, isForm, mostPassedOver } = expectationsOf(chat);
  const forced = new Set<number>();
  let isClean = true;
  let zeroes = 0;
  let lonelyZeroes = 0;
  let bare = 0;
  let most = 0;
  let repeats = 0;
  let before = tokens[0] as TokenLogprob;
  for (let at = 0; at < to; at++) {
    const entry = tokens[at] as TokenLogprob;
    const { token, logprob, top } = entry;
    if (logprob === undefined || logprob <= NOT_KEPT) return 'missing_on_some_tokens';
    if (logprob === 0) zeroes++;
    if (isForm && at >= from && !holdsWord(token)) forced.add(at - from);
    if (isOrdinary(logprob, top)) {
      if (top.length > most) most = top.length;
    } else {
      // Written so that what is no number is impossible too.
      if (!(logprob <= ROUNDING)) return 'impossible_logprob';
      const list = top.length === 0 ? EMPTY : listOf(logprob, top);
      if (typeof list === 'string') return list;
      const { kept, best, isMasked } = list;
      if (logprob > 0 || !list.isClean) isClean = false;
      if (kept > most) most = kept;
      if (kept === 0) bare++;
      const isPassedOver = best - logprob > mostPassedOver;
      if (isForm && (isMasked || isPassedOver)) {
        if (at >= from) forced.add(at - from);
      } else if (isPassedOver) return 'contradictory_alternatives';
      else if (isMasked) return 'zero_filled';
      else if (logprob === 0 && kept < 2) lonelyZeroes++;
      if (logprob === 0 && kept === 0 && wantsAlternatives) return 'zero_filled';
    }
    repeats = isSameList(top, before.top) && token !== before.token ? repeats + 1 : 0;
    if (repeats >= REPEATS) return 'repeated_alternatives';
    before = entry;
  }
  if (wantsAlternatives && bare > 0 && most > 0) return 'missing_on_some_tokens';
  // Others have alternatives; or none has, and nothing was ever in doubt.
  if (most > 1 ? lonelyZeroes > 0 : zeroes === to) return 'zero_filled';
  return forced.size === to - from ? 'no_content_tokens' : { forced, isClean };
}

function expectationsOf(chat: ChatRequest) {
  const isForm = isConstrained(chat);
  const isGreedy = chat.temperature === 0 && !isSteered(chat);
  const most = isGreedy ? PASSED_OVER : Number.POSITIVE_INFINITY;
  return {
    wantsAlternatives: (chat.topLogprobs ?? 0) > 0,
    /** There was a form to keep to. */
    isForm,
    /** How much likelier an alternative may be than what was chosen. */
    mostPassedOver: isForm ? (isGreedy ? SAME : UNCHOSEN) : most,
  };
}

/** The usual: it is the likeliest itself, the others come in order, and together they are not too many. */
function isOrdinary(logprob: number, top: readonly TopLogprob[]): boolean {
  if (top.length < 2) return false;
  let before = (top[0] as TopLogprob).logprob;
  if (!(logprob <= 0 && before <= 0 && Math.abs(before - logprob) < SAME)) return false;
  for (let rank = 1; rank < top.length; rank++) {
    const other = (top[rank] as TopLogprob).logprob;
    if (!(other <= before)) return false;
    before = other;
  }
  return before > NOT_KEPT && ((top[1] as TopLogprob).logprob <= COUNTS || isPossible(top));
}

/** Whether all alternatives that are worth adding up can be true together. */
function isPossible(top: readonly TopLogprob[]): boolean {
  let mass = 0;
  for (let rank = 0; rank < top.length; rank++) {
    const { logprob } = top[rank] as TopLogprob;
    if (logprob > COUNTS) mass += Math.exp(logprob);
  }
  return mass <= MOST_MASS;
}

/** Alternatives as any server may list them. */
interface Listed {
  /** Those that are no stand-ins. */
  readonly kept: number;
  readonly best: number;
  /** The token was left no choice. */
  readonly isMasked: boolean;
  readonly isClean: boolean;
}

const EMPTY: Listed = {
  kept: 0,
  best: Number.NEGATIVE_INFINITY,
  isMasked: false,
  isClean: true,
};

function listOf(logprob: number, top: readonly TopLogprob[]): Listed | MissingEvidence {
  let best = Number.NEGATIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  let kept = 0;
  let isListed = false;
  let isClean = true;
  for (let rank = 0; rank < top.length; rank++) {
    const other = (top[rank] as TopLogprob).logprob;
    if (!(other <= ROUNDING)) return 'impossible_logprob';
    if (other > 0 || other <= NOT_KEPT) isClean = false;
    if (other <= NOT_KEPT) continue;
    kept++;
    if (other > best) best = other;
    if (other < least) least = other;
    if (other > logprob - SAME && other < logprob + SAME) isListed = true;
  }
  // What is likelier than one on the list is on the list.
  if (!isListed && (kept === 0 || logprob > least)) return 'contradictory_alternatives';
  if (!isPossible(top)) return 'impossible_logprob';
  const isMasked = logprob === 0 && kept === 1 && top.length > 1;
  return { kept, best, isMasked, isClean };
}

function isSameList(a: readonly TopLogprob[], b: readonly TopLogprob[]): boolean {
  if (a.length < 2 || a.length !== b.length) return false;
  for (let rank = 0; rank < a.length; rank++) {
    const [one, other] = [a[rank] as TopLogprob, b[rank] as TopLogprob];
    if (one.logprob !== other.logprob || one.token !== other.token) return false;
  }
  return true;
}

/** Without rounding and stand-ins, so that whoever computes with it meets none. */
function cleaned({ token, logprob = 0, top }: TokenLogprob): TokenLogprob {
  const kept = top.filter((other) => other.logprob > NOT_KEPT);
  return {
    token,
    logprob: Math.min(0, logprob),
    top: kept.map((other) => ({ token: other.token, logprob: Math.min(0, other.logprob) })),
  };
}

function missing(reason: MissingEvidence): LogprobEvidence {
  return { kind: 'missing', reason };
}
