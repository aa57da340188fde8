import type { ChatReply, ChatRequest, TokenLogprob } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { logprobEvidence } from './evidence.ts';

const TOP = [{ token: 'x', logprob: -2 }];

function token(text: string, logprob: number | undefined, top = TOP): TokenLogprob {
  return { token: text, logprob, top };
}

function replyOf(tokens: readonly TokenLogprob[] | undefined, text?: string): ChatReply {
  const spelled = text ?? (tokens ?? []).map((entry) => entry.token).join('');
  return { text: spelled, toolCalls: [], finish: 'stop', tokens };
}

function chatOf(topLogprobs: number, rest: Partial<ChatRequest> = {}): ChatRequest {
  return { messages: [{ role: 'user', content: 'Q' }], topLogprobs, ...rest };
}

function reasonFor(tokens: readonly TokenLogprob[] | undefined, topLogprobs = 5, text?: string) {
  const evidence = logprobEvidence(chatOf(topLogprobs), replyOf(tokens, text));
  return evidence.kind === 'missing' ? evidence.reason : 'evidence';
}

const HONEST = [token('The', -0.1), token(' sum', -0.4), token(' is', -0.01), token(' 42', -1.2)];

test('log-probabilities of every token, with alternatives, are evidence', () => {
  const evidence = logprobEvidence(chatOf(5), replyOf(HONEST));
  expect(evidence).toEqual({ kind: 'logprobs', tokens: HONEST });
});

describe('missing evidence is never confidence (invariant I10)', () => {
  test('a reply without log-probabilities has no evidence', () => {
    expect(reasonFor(undefined)).toBe('no_logprobs');
  });

  test('an empty list of tokens is no evidence', () => {
    expect(reasonFor([], 5, 'text all the same')).toBe('no_content_tokens');
  });

  test('a zero without the alternatives that were asked for was filled in by speculative decoding', () => {
    const filled = [token('The', -0.1), token(' sum', 0, []), token(' is', 0, [])];
    expect(reasonFor(filled)).toBe('zero_filled');
  });

  test('one filled-in token among many spoils the whole', () => {
    expect(reasonFor([...HONEST, ...HONEST, token('.', 0, [])])).toBe('zero_filled');
  });

  test('zeros throughout are filled in, also where no alternatives were asked for', () => {
    expect(reasonFor([token('a', 0, []), token('b', 0, [])], 0)).toBe('zero_filled');
  });

  test('a token without a log-probability leaves the answer without evidence', () => {
    expect(reasonFor([...HONEST, token('.', undefined, [])])).toBe('missing_on_some_tokens');
  });

  test.each([-9999, -9999.0001, -1e9, Number.NEGATIVE_INFINITY])(
    '%d stands for "not kept" and not for very unlikely',
    (logprob) => {
      expect(reasonFor([...HONEST, token('.', logprob)])).toBe('missing_on_some_tokens');
    },
  );

  test.each([0.5, 1e-3, Number.POSITIVE_INFINITY, Number.NaN])(
    'a log-probability of %d cannot be, so none of them is believed',
    (logprob) => {
      expect(reasonFor([...HONEST, token('.', logprob)])).toBe('impossible_logprob');
    },
  );

  test('tokens that spell only part of the text are not the evidence for all of it', () => {
    const text = `${HONEST.map((entry) => entry.token).join('')} and so on, at length`;
    expect(reasonFor(HONEST, 5, text)).toBe('tokens_do_not_cover_text');
  });

  test('under a grammar, punctuation alone says nothing', () => {
    const chat = chatOf(5, { responseFormat: { type: 'json_object' } });
    const evidence = logprobEvidence(chat, replyOf([token('{', -0.1), token('}', -0.1)]));
    expect(evidence).toEqual({ kind: 'missing', reason: 'no_content_tokens' });
  });
});

test('the end-of-text entry is dropped, however unlikely a grammar made it', () => {
  const evidence = logprobEvidence(chatOf(5), replyOf([...HONEST, token('', -21.5, [])]));
  expect(evidence).toEqual({ kind: 'logprobs', tokens: HONEST });
});

test('an end-of-text entry alone is not an answer with evidence', () => {
  expect(reasonFor([token('', -0.001)])).toBe('no_content_tokens');
});

test('under a grammar only the tokens that hold words or numbers count', () => {
  const tokens = [token('{"', -8), token('age', -0.2), token('":', -7), token('31', -0.3)];
  const chat = chatOf(5, {
    responseFormat: { type: 'json_schema', name: 'person', schema: { type: 'object' } },
  });
  const evidence = logprobEvidence(chat, replyOf(tokens));
  expect(evidence).toEqual({ kind: 'logprobs', tokens: [tokens[1], tokens[3]] });
});

test('a rounding error above zero is certainty, not an impossibility', () => {
  expect(reasonFor([token('Paris', 1e-9)])).toBe('evidence');
});

test('a certain token is believed where its alternatives are there', () => {
  expect(reasonFor([token('Paris', 0)])).toBe('evidence');
});

test('pieces of one character that print as replacement characters still cover the text', () => {
  expect(reasonFor([token('\u{fffd}', -0.5), token('\u{fffd}', -0.1)], 5, '語')).toBe('evidence');
});
