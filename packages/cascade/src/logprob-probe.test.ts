import type { ChatReply, TokenLogprob } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { judgeProbe, probeChat } from './logprob-probe.ts';

const CHAT = probeChat(3);

/** Tokens as an honest engine lists them, so sure of each. */
function said(logprobs: readonly number[], top = true): ChatReply {
  const tokens = logprobs.map((logprob, at): TokenLogprob => {
    const token = `w${at} `;
    const others = [1, 2].map((rank) => ({ token: `${rank}`, logprob: logprob - 7 - rank - at }));
    return { token, logprob, top: top ? [{ token, logprob }, ...others] : [] };
  });
  return replyOf(tokens);
}

function replyOf(tokens: readonly TokenLogprob[] | undefined, text?: string): ChatReply {
  const spelled = text ?? (tokens ?? []).map(({ token }) => token).join('');
  return { text: spelled, toolCalls: [], finish: 'length', tokens };
}

function certain(count: number): number[] {
  return Array.from({ length: count }, () => -0.0001);
}

function doubtful(count: number): number[] {
  return Array.from({ length: count }, (_, at) => -1 - (at % 5));
}

test('asks for something finite, with the alternatives that drafts ask for, at no temperature of its own', () => {
  expect(CHAT).toMatchObject({ topLogprobs: 3, maxOutputTokens: 48 });
  expect(CHAT).not.toHaveProperty('temperature');
});

test('an answer that is sure of what it repeats, and not of what it makes up, is sound', () => {
  const reply = said([...certain(24), ...doubtful(24)]);
  expect(judgeProbe(CHAT, reply)).toEqual({ trusted: true, finding: 'sound' });
});

describe('not believed is', () => {
  test('who is certain of what nobody can know', () => {
    const finding = { trusted: false, finding: 'always_certain' };
    expect(judgeProbe(CHAT, said(certain(48)))).toEqual(finding);
    // Right on the first token of a step, and filled in after it.
    expect(judgeProbe(CHAT, said([-2, ...certain(23), -2, ...certain(23)]))).toEqual(finding);
  });

  test('who fills in what was guessed, if it is one token', () => {
    const reply = said(doubtful(48));
    const [first, ...rest] = reply.tokens ?? [];
    const filled = rest.map((token, at) => (at === 30 ? { ...token, logprob: 0, top: [] } : token));
    expect(judgeProbe(CHAT, replyOf(first && [first, ...filled]))).toEqual({
      trusted: false,
      finding: 'zero_filled',
    });
  });

  test('who gives none, or no alternatives', () => {
    expect(judgeProbe(CHAT, replyOf(undefined, 'walnut comet'))).toEqual({
      trusted: false,
      finding: 'no_logprobs',
    });
    expect(judgeProbe(CHAT, said(doubtful(48), false))).toEqual({
      trusted: false,
      finding: 'no_alternatives',
    });
  });

  test('who tells of part of the answer only', () => {
    const { tokens = [] } = said(doubtful(8));
    expect(judgeProbe(CHAT, replyOf(tokens.slice(0, 1), said(doubtful(8)).text))).toMatchObject({
      trusted: false,
    });
  });
});

describe('nobody can tell by', () => {
  test('an answer that never came to its text', () => {
    const thinking = { ...replyOf([], ''), reasoning: 'Well, twelve words, then' };
    expect(judgeProbe(CHAT, thinking)).toEqual({ trusted: undefined, finding: 'no_answer' });
  });

  test('a few words, or a short refusal that was no matter of doubt', () => {
    const finding = { trusted: undefined, finding: 'too_short' };
    expect(judgeProbe(CHAT, said(doubtful(3)))).toEqual(finding);
    expect(judgeProbe(CHAT, said(certain(9)))).toEqual(finding);
  });
});
