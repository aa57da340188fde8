import type { DraftEndpoint, ScoreCall, Verdict } from '@weir/core';
import fc from 'fast-check';
import { chat, expectation, reply } from './chat.fixture.ts';
import { judgement, optional, share, shareOrNull, text } from './events.fixture.ts';

/** Anything that is said to a scorer and by it, for what must survive the wire. */

const purchase = fc.constantFrom('second_draft' as const, 'judge' as const);

export const verdict: fc.Arbitrary<Verdict> = fc.record({
  decision: fc.constantFrom('accept', 'escalate'),
  confidence: shareOrNull,
  threshold: shareOrNull,
  evidence: fc.constantFrom('logprobs', 'validators', 'none'),
  reasons: fc.array(text),
  judgement: optional(judgement),
  buy: optional(fc.record({ kind: purchase, chat })),
  shadowChance: optional(share),
});

export const endpoint: fc.Arbitrary<DraftEndpoint> = fc.record({
  fingerprint: text,
  logprobsTrusted: optional(fc.boolean()),
});

export const scoreCall: fc.Arbitrary<ScoreCall> = fc.record({
  requestId: text,
  route: text,
  chat,
  reply,
  expect: optional(expectation),
  endpoint: optional(endpoint),
  bought: optional(fc.record({ kind: purchase, reply: fc.option(reply, { nil: null }) })),
});
