import type { ChatReply, ChatRequest } from '@weir/core';
import { logprobEvidence, type MissingEvidence } from './evidence.ts';

/** What a probe found out about the log-probabilities of an endpoint. */
export interface ProbeFinding {
  /** Undefined where the answer was none to judge them by. */
  readonly trusted: boolean | undefined;
  readonly finding:
    | 'sound'
    | 'no_answer'
    | 'too_short'
    | 'no_alternatives'
    | 'always_certain'
    | MissingEvidence;
}

/** Enough for half of it to be repeated and half to be made up. */
const MAX_TOKENS = 48;
/** An answer below this is none to judge by. */
const MIN_TOKENS = 4;
/** Of so many tokens that nobody can know, some were in doubt. */
const TELLING_TOKENS = 12;
const SURE = Math.log(0.9);
const DOUBTFUL_SHARE = 1 / 8;

/**
 * What nobody can know: words at random. Before them comes a list to repeat, since engines that guess ahead by what was
 * said before guess, and spoil what they guess, only where something is said again.
 */
const QUESTION =
  'Write these words once more, in this order, and after them twelve others that nobody could guess:\n' +
  'walnut comet ladder violin marsh copper tunnel falcon bonnet quartz meadow anchor';

/** The request of a probe, asked as drafts are: with so many alternatives, and no temperature of its own. */
export function probeChat(topLogprobs: number): ChatRequest {
  return {
    messages: [{ role: 'user', content: QUESTION }],
    maxOutputTokens: MAX_TOKENS,
    topLogprobs,
  };
}

/** What the answer to it says of who gave it. */
export function judgeProbe(chat: ChatRequest, reply: ChatReply): ProbeFinding {
  // Who thinks first may have come to nothing else.
  if (reply.text === '') return { trusted: undefined, finding: 'no_answer' };
  const evidence = logprobEvidence(chat, reply);
  if (evidence.kind === 'missing') return { trusted: false, finding: evidence.reason };
  const { tokens } = evidence;
  // Without them, a certainty that was filled in looks like any other.
  if (tokens.some(({ top }) => top.length === 0)) {
    return { trusted: false, finding: 'no_alternatives' };
  }
  if (tokens.length < MIN_TOKENS) return { trusted: undefined, finding: 'too_short' };
  const doubtful = tokens.filter(({ logprob = 0 }) => logprob < SURE).length;
  if (doubtful >= Math.max(2, tokens.length * DOUBTFUL_SHARE)) {
    return { trusted: true, finding: 'sound' };
  }
  if (tokens.length < TELLING_TOKENS) return { trusted: undefined, finding: 'too_short' };
  return { trusted: false, finding: 'always_certain' };
}
