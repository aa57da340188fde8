import type { ChatReply, ChatRequest, TokenLogprob } from '@weir/core';

/** Why log-probabilities are treated as absent. Each was seen on a real engine; see the comments below. */
export type MissingEvidence =
  | 'no_logprobs'
  | 'no_content_tokens'
  | 'missing_on_some_tokens'
  | 'zero_filled'
  | 'impossible_logprob'
  | 'tokens_do_not_cover_text';

export type LogprobEvidence =
  | { readonly kind: 'logprobs'; readonly tokens: readonly TokenLogprob[] }
  | { readonly kind: 'missing'; readonly reason: MissingEvidence };

/** vLLM's and OpenAI's stand-in for "not among the tokens we kept". */
const NOT_KEPT = -9999;
/** Rounding may put a certain token's log-probability a hair above zero. */
const ROUNDING = 1e-6;
/** Byte-level pieces of one character may be printed as replacement characters, so the texts need not match exactly. */
const COVERED_SHARE = 0.9;

/**
 * The log-probabilities that may count as evidence, or why there are none (invariant I10).
 *
 * Speculative decoding makes engines fill the tokens of a verify step with 0.0 and no alternatives, or leave them out
 * of the stream; a mean over that says "certain" about an answer nobody was certain of. The end-of-text entry is
 * dropped: engines disagree on whether it is there. Under a grammar the punctuation was forced, so it says nothing.
 */
export function logprobEvidence(chat: ChatRequest, reply: ChatReply): LogprobEvidence {
  if (!reply.tokens) return { kind: 'missing', reason: 'no_logprobs' };
  const content = reply.tokens.filter((token) => token.token !== '');
  if (content.length === 0) return { kind: 'missing', reason: 'no_content_tokens' };
  const alternativesAsked = (chat.topLogprobs ?? 0) > 0;
  let covered = 0;
  for (const { token, logprob, top } of content) {
    covered += token.length;
    if (logprob === undefined || logprob <= NOT_KEPT) return missing('missing_on_some_tokens');
    if (!Number.isFinite(logprob) || logprob > ROUNDING) return missing('impossible_logprob');
    if (logprob === 0 && top.length === 0 && alternativesAsked) return missing('zero_filled');
  }
  if (covered < reply.text.length * COVERED_SHARE) return missing('tokens_do_not_cover_text');
  if (!alternativesAsked && content.every((token) => token.logprob === 0))
    return missing('zero_filled');
  const structured = chat.responseFormat !== undefined && chat.responseFormat.type !== 'text';
  const free = structured ? content.filter(({ token }) => /[\p{L}\p{N}]/u.test(token)) : content;
  if (free.length === 0) return missing('no_content_tokens');
  return { kind: 'logprobs', tokens: free };
}

function missing(reason: MissingEvidence): LogprobEvidence {
  return { kind: 'missing', reason };
}
