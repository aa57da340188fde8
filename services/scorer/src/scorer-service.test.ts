import type { ChatReply, Expectations, ScoreCall } from '@weir/core';
import { expect, test } from 'vitest';
import { ScorerService } from './scorer-service.ts';

const TOP = [{ token: 'x', logprob: -3 }];

function sure(text: string): ChatReply {
  return {
    text,
    toolCalls: [],
    finish: 'stop',
    tokens: [{ token: text, logprob: -0.01, top: TOP }],
  };
}

function scorerWith(owner: Expectations): ScorerService {
  const policy = { signal: 'mean', threshold: 0.9, withoutEvidence: 'escalate' } as const;
  return new ScorerService(new Map([['support', { policy, expect: owner }]]));
}

function callOf(reply: ChatReply, rest: Partial<ScoreCall> = {}): ScoreCall {
  const chat = { messages: [], topLogprobs: 1 };
  return { requestId: 'r', route: 'support', chat, reply, ...rest };
}

test('a sure and sound draft is accepted', async () => {
  const verdict = await scorerWith({}).score(callOf(sure('Paris.')));
  expect(verdict).toMatchObject({ decision: 'accept', evidence: 'logprobs' });
});

test('what the route expects and what the caller expects are both vetoes, however sure the draft', async () => {
  const scorer = scorerWith({ keywords: ['Lyon'] });
  const verdict = await scorer.score(callOf(sure('Paris.'), { expect: { minCharacters: 100 } }));
  expect(verdict.decision).toBe('escalate');
  expect(verdict.reasons).toEqual(['veto:missing_keyword', 'veto:too_short']);
});

test('a caller who expects less than the route does not lower the bar', async () => {
  const scorer = scorerWith({ minCharacters: 100 });
  const verdict = await scorer.score(callOf(sure('Paris.'), { expect: { minCharacters: 1 } }));
  expect(verdict.reasons).toEqual(['veto:too_short']);
});

test('a route that the scorer does not have is no reason to accept', async () => {
  await expect(scorerWith({}).score(callOf(sure('x'), { route: 'other' }))).rejects.toMatchObject({
    kind: 'model_not_found',
  });
});
