import * as contracts from '@weir/contracts';
import {
  type AttemptSettled,
  type ChatDelta,
  type ChatMessage,
  type ChatReply,
  type ChatRequest,
  type Content,
  type InferenceEnd,
  type Json,
  type LedgerEvent,
  type LedgerQuery,
  type LedgerRow,
  type ModelCall,
  REASONING_EFFORTS,
  type ScoreCall,
  SERVICE_TIERS,
  type TokenLogprob,
  type Verdict,
} from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  inferenceEndFromWire,
  inferenceEndToWire,
  modelCallFromWire,
  modelCallToWire,
  scoreCallFromWire,
  scoreCallToWire,
  servedEventFromWire,
  servedEventToWire,
  verdictFromWire,
  verdictToWire,
} from './calls.ts';
import {
  chatFromWire,
  chatToWire,
  deltaFromWire,
  deltaToWire,
  replyFromWire,
  replyToWire,
} from './chat.ts';
import { attempt, count, event, money, moneyOrNull, tags, text, timeMs } from './events.fixture.ts';
import { decodeEvent, encodeEvent } from './events.ts';
import {
  entryFromWire,
  entryToWire,
  queryFromWire,
  queryToWire,
  rowFromWire,
  rowToWire,
} from './ledger.ts';

/** A message of the contract, through its bytes and back: what a peer receives. */
function sent<T>(
  codec: { encode(message: T): { finish(): Uint8Array }; decode(bytes: Uint8Array): T },
  message: T,
): T {
  return codec.decode(codec.encode(message).finish());
}

function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

const double = fc.double({ noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });

const jsonObject = fc
  .dictionary(fc.string(), fc.jsonValue())
  .map((value) => JSON.parse(JSON.stringify(value)) as { [key: string]: Json });

const cache = optional(fc.constantFrom('5m' as const, '1h' as const));

const content: fc.Arbitrary<Content> = fc.oneof(
  text,
  fc.array(
    fc.oneof(
      fc.record({ type: fc.constant('text' as const), text, cache }),
      fc.record({
        type: fc.constant('image' as const),
        url: text,
        cache,
        detail: optional(fc.constantFrom('low', 'high')),
      }),
    ),
    { minLength: 1, maxLength: 3 },
  ),
);

const toolCall = fc.record({ id: text, name: text, arguments: text });

const message: fc.Arbitrary<ChatMessage> = fc.oneof(
  fc.record({
    role: fc.constantFrom('system' as const, 'developer' as const, 'user' as const),
    content,
    name: optional(text),
  }),
  fc.record({
    role: fc.constant('assistant' as const),
    content: fc.option(content, { nil: null }),
    name: optional(text),
    refusal: optional(text),
    toolCalls: optional(fc.array(toolCall, { minLength: 1, maxLength: 3 })),
    reasoning: optional(text),
    reasoningState: optional(text),
  }),
  fc.record({ role: fc.constant('tool' as const), content, toolCallId: text }),
);

const chat: fc.Arbitrary<ChatRequest> = fc.record({
  messages: fc.array(message, { maxLength: 4 }),
  maxOutputTokens: optional(count),
  temperature: optional(double),
  topP: optional(double),
  frequencyPenalty: optional(double),
  presencePenalty: optional(double),
  stop: optional(fc.array(text, { minLength: 1, maxLength: 3 })),
  seed: optional(fc.maxSafeInteger()),
  tools: optional(
    fc.array(
      fc.record({
        name: text,
        description: optional(text),
        parameters: optional(jsonObject),
        strict: optional(fc.boolean()),
        cache,
      }),
      { minLength: 1, maxLength: 2 },
    ),
  ),
  toolChoice: optional(
    fc.oneof(
      fc.constantFrom('none' as const, 'auto' as const, 'required' as const),
      fc.record({ name: text }),
    ),
  ),
  parallelToolCalls: optional(fc.boolean()),
  responseFormat: optional(
    fc.oneof(
      fc.record({ type: fc.constantFrom('text' as const, 'json_object' as const) }),
      fc.record({
        type: fc.constant('json_schema' as const),
        name: text,
        schema: jsonObject,
        strict: optional(fc.boolean()),
      }),
    ),
  ),
  topLogprobs: optional(fc.nat({ max: 20 })),
  reasoning: optional(
    fc.record({
      effort: optional(fc.constantFrom(...REASONING_EFFORTS)),
      maxTokens: optional(count),
    }),
  ),
  promptCache: optional(
    fc.record({
      key: optional(text),
      retention: optional(fc.constantFrom('in_memory' as const, '24h' as const)),
      ttl: cache,
    }),
  ),
  prediction: optional(text),
  serviceTier: optional(fc.constantFrom(...SERVICE_TIERS)),
  priority: optional(fc.integer({ min: -100, max: 100 })),
  passthrough: optional(jsonObject),
});

const token: fc.Arbitrary<TokenLogprob> = fc.record({
  token: text,
  logprob: optional(double),
  top: fc.array(fc.record({ token: text, logprob: double }), { maxLength: 3 }),
});
const tokens = optional(fc.array(token, { maxLength: 6 }));

const reply: fc.Arbitrary<ChatReply> = fc.record({
  text,
  refusal: optional(text),
  reasoning: optional(text),
  reasoningState: optional(text),
  toolCalls: fc.array(toolCall, { maxLength: 3 }),
  finish: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter'),
  tokens,
});

const delta: fc.Arbitrary<ChatDelta> = fc.oneof(
  fc.record({ type: fc.constant('text-delta' as const), text, tokens }),
  fc.record({ type: fc.constant('refusal-delta' as const), text }),
  fc.record({ type: fc.constant('reasoning-delta' as const), text, state: optional(text) }),
  fc.record({
    type: fc.constant('tool-delta' as const),
    index: fc.nat({ max: 127 }),
    id: optional(text),
    name: optional(text),
    arguments: text,
  }),
);

const verdict: fc.Arbitrary<Verdict> = fc.record({
  decision: fc.constantFrom('accept', 'escalate'),
  confidence: fc.option(share, { nil: null }),
  threshold: share,
  evidence: fc.constantFrom('logprobs', 'validators', 'none'),
  reasons: fc.array(text),
});

const expectation = fc.record({
  keywords: fc.array(text),
  pattern: optional(text),
  minCharacters: optional(count),
  maxCharacters: optional(count),
});

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
    fc.property(reply, text, fc.array(attempt, { maxLength: 3 }), (given, tier, attempts) => {
      const end = {
        type: 'end' as const,
        served: { reply: given, tier, attempts, dropped: [tier, 'seed'] },
      };
      expect(servedEventFromWire(sent(contracts.ServedEvent, servedEventToWire(end)))).toEqual(end);
    }),
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

test('a verdict means the same', () => {
  fc.assert(
    fc.property(verdict, (given) => {
      expect(verdictFromWire(sent(contracts.Verdict, verdictToWire(given)))).toEqual(given);
    }),
  );
});

test.each([1.5, -0.1, Number.NaN, Number.POSITIVE_INFINITY])(
  'a verdict with the confidence %d does not accept, whatever it says',
  (confidence) => {
    const given: Verdict = {
      decision: 'accept',
      confidence: 1,
      threshold: 0.5,
      evidence: 'logprobs',
      reasons: [],
    };
    const received = verdictFromWire({ ...verdictToWire(given), confidence });
    expect(received).toMatchObject({ decision: 'escalate', confidence: null });
  },
);

test('a verdict whose decision is not known here does not accept', () => {
  const wire = contracts.Verdict.create({ decision: 99 as contracts.Decision, threshold: 0.5 });
  expect(verdictFromWire(sent(contracts.Verdict, wire)).decision).toBe('escalate');
});

test('a call to score means the same', () => {
  const call: fc.Arbitrary<ScoreCall> = fc.record({
    requestId: text,
    route: text,
    chat,
    reply,
    expect: optional(expectation),
  });
  fc.assert(
    fc.property(call, (given) => {
      const received = scoreCallFromWire(sent(contracts.ScoreRequest, scoreCallToWire(given)));
      expect(received).toEqual(given);
    }),
    { numRuns: 50 },
  );
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
      expect(entryFromWire(sent(contracts.WatchResponse, entryToWire(entry)))).toEqual(entry);
    }),
    { numRuns: 50 },
  );
});
