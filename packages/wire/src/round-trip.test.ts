import * as contracts from '@weir/contracts';
import type {
  AttemptSettled,
  ChatReply,
  InferenceEnd,
  LedgerEvent,
  LedgerQuery,
  LedgerRow,
  ModelCall,
} from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  inferenceEndFromWire,
  inferenceEndToWire,
  modelCallFromWire,
  modelCallToWire,
  servedEventFromWire,
  servedEventToWire,
} from './calls.ts';
import { chat, delta, reply, sent } from './chat.fixture.ts';
import {
  chatFromWire,
  chatToWire,
  deltaFromWire,
  deltaToWire,
  replyFromWire,
  replyToWire,
} from './chat.ts';
import {
  attempt,
  count,
  event,
  money,
  moneyOrNull,
  optional,
  tags,
  text,
  timeMs,
} from './events.fixture.ts';
import { decodeEvent, encodeEvent } from './events.ts';
import {
  entryFromWire,
  entryToWire,
  queryFromWire,
  queryToWire,
  rowFromWire,
  rowToWire,
} from './ledger.ts';
import { endpoint, verdict } from './scoring.fixture.ts';

test('a chat request means the same to the peer that it is sent to', () => {
  fc.assert(
    fc.property(chat, (request) => {
      const received = chatFromWire(sent(contracts.ChatRequest, chatToWire(request)));
      expect(received).toEqual(request);
    }),
    { numRuns: 300 },
  );
});

test('a reply means the same, tokens without a log-probability too', () => {
  fc.assert(
    fc.property(reply, (given) => {
      expect(replyFromWire(sent(contracts.ChatReply, replyToWire(given)))).toEqual(given);
    }),
    { numRuns: 300 },
  );
});

test('a log-probability that is no number arrives as none at all, never as certainty', () => {
  const given: ChatReply = {
    text: 'ab',
    toolCalls: [],
    finish: 'stop',
    tokens: [
      { token: 'a', logprob: Number.NaN, top: [] },
      { token: 'b', logprob: undefined, top: [{ token: 'c', logprob: -1 }] },
    ],
  };
  const received = replyFromWire(sent(contracts.ChatReply, replyToWire(given)));
  expect(received.tokens?.map(({ logprob }) => logprob)).toEqual([undefined, undefined]);
  expect(received.tokens?.[1]?.top).toEqual([{ token: 'c', logprob: -1 }]);
});

test('no log-probabilities and an empty list of them stay two different things', () => {
  const bare: ChatReply = { text: 'x', toolCalls: [], finish: 'stop' };
  const without = replyFromWire(sent(contracts.ChatReply, replyToWire(bare)));
  const empty = replyFromWire(sent(contracts.ChatReply, replyToWire({ ...bare, tokens: [] })));
  expect(without.tokens).toBeUndefined();
  expect(empty.tokens).toEqual([]);
});

test('a delta means the same, also as an event of a served stream', () => {
  fc.assert(
    fc.property(delta, (given) => {
      expect(deltaFromWire(sent(contracts.ChatDelta, deltaToWire(given)))).toEqual(given);
      const asEvent = sent(contracts.ServedEvent, servedEventToWire(given));
      expect(servedEventFromWire(asEvent)).toEqual(given);
    }),
  );
});

test('the end of a served stream carries every attempt that was paid for', () => {
  fc.assert(
    fc.property(
      fc.record({
        reply,
        tier: text,
        attempts: fc.array(attempt, { maxLength: 3 }),
        dropped: fc.array(text, { maxLength: 2 }),
        endpoint: optional(endpoint),
      }),
      (served) => {
        const end = { type: 'end' as const, served };
        const received = sent(contracts.ServedEvent, servedEventToWire(end));
        expect(servedEventFromWire(received)).toEqual(end);
      },
    ),
    { numRuns: 50 },
  );
});

test('a ledger event survives its bytes: money to the picodollar, and unknown as unknown', () => {
  fc.assert(
    fc.property(event, (given) => {
      expect(decodeEvent(encodeEvent(given))).toEqual(given);
    }),
    { numRuns: 300 },
  );
});

test('one event has one encoding, so that a store can tell a duplicate from a contradiction', () => {
  fc.assert(
    fc.property(event, (given) => {
      const again = decodeEvent(encodeEvent(given)) as LedgerEvent;
      expect(encodeEvent(again)).toEqual(encodeEvent(given));
    }),
  );
});

test('a cost of nothing is not an unknown cost', () => {
  const [given] = fc.sample(attempt, 1) as [AttemptSettled];
  const free = decodeEvent(encodeEvent({ ...given, costPicoUsd: 0n }));
  const unknown = decodeEvent(encodeEvent({ ...given, costPicoUsd: null }));
  expect(free).toHaveProperty('costPicoUsd', 0n);
  expect(unknown).toHaveProperty('costPicoUsd', null);
});

test('a call to a model carries the time that is left, not a clock that the peer does not share', () => {
  const call: fc.Arbitrary<Omit<ModelCall['context'], 'deadlineAtMs'>> = fc.record({
    tenant: text,
    keyId: text,
    requestId: text,
    route: text,
    attemptsLeft: count,
    tags,
    traceparent: optional(text),
    role: optional(fc.constantFrom('second_draft' as const, 'judge' as const, 'shadow' as const)),
  });
  const leftMs = fc.double({ min: 0, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(call, leftMs, fc.nat(), (context, remainingMs, nowMs) => {
      const given = { context: { ...context, deadlineAtMs: 123 }, chat: { messages: [] } };
      const wire = sent(contracts.ModelCall, modelCallToWire(given, remainingMs));
      const received = modelCallFromWire(wire, nowMs);
      const deadlineAtMs = nowMs + Math.floor(remainingMs);
      expect(received).toEqual({ context: { ...context, deadlineAtMs }, chat: { messages: [] } });
    }),
  );
});

test('the end of a request carries its cost, its counterfactual and its verdict', () => {
  const end: fc.Arbitrary<InferenceEnd> = fc.record({
    requestId: text,
    route: text,
    reply,
    outcome: fc.constantFrom('served', 'degraded', 'failed', 'cancelled'),
    servedBy: text,
    verdict: fc.option(verdict, { nil: null }),
    attempts: fc.array(attempt, { maxLength: 2 }),
    costPicoUsd: money,
    costIsLowerBound: fc.boolean(),
    counterfactualPicoUsd: moneyOrNull,
    dropped: fc.array(text, { maxLength: 2 }),
  });
  fc.assert(
    fc.property(end, (given) => {
      const received = sent(contracts.InferenceEnd, inferenceEndToWire(given));
      expect(inferenceEndFromWire(received)).toEqual(given);
    }),
    { numRuns: 50 },
  );
});

test('a question to the ledger and each row of its answer mean the same', () => {
  const group = fc.constantFrom(
    'tenant' as const,
    'route' as const,
    'model' as const,
    'day' as const,
  );
  const query: fc.Arbitrary<LedgerQuery> = fc.record({
    tenant: optional(text),
    route: optional(text),
    tag: optional(fc.record({ name: text, value: text })),
    fromMs: optional(timeMs),
    untilMs: optional(timeMs),
    groupBy: fc.uniqueArray(group),
  });
  const total = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  const row: fc.Arbitrary<LedgerRow> = fc.record({
    group: fc.dictionary(group, text),
    totals: fc.record({
      requests: total,
      attempts: total,
      inputTokens: total,
      outputTokens: total,
      costPicoUsd: money,
      inexactAttempts: total,
      counterfactualPicoUsd: money,
      escalated: total,
    }),
  });
  fc.assert(
    fc.property(query, row, (asked, answered) => {
      expect(queryFromWire(sent(contracts.QueryRequest, queryToWire(asked)))).toEqual(asked);
      expect(rowFromWire(sent(contracts.LedgerRow, rowToWire(answered)))).toEqual(answered);
    }),
  );
});

test('an entry of the ledger keeps its place', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), event, (sequence, given) => {
      const entry = { sequence, event: given };
      expect(entryFromWire(sent(contracts.LedgerEntry, entryToWire(entry)))).toEqual(entry);
    }),
    { numRuns: 50 },
  );
});
