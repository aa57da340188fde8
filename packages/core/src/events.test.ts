import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FAULTS, type FaultKind } from './fault.ts';
import {
  type AttemptOpened,
  type AttemptSettled,
  eventIdOf,
  eventsOf,
  eventText,
  formatEvent,
  formatOpened,
  type LedgerEvent,
  type Metering,
  NO_USAGE,
  parseEvent,
  parseOpened,
  type RequestCompleted,
  settleLost,
} from './index.ts';

const money = fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { nil: null });
const count = fc.nat({ max: 2 ** 31 });
const timeMs = fc.nat({ max: 4_102_444_800_000 });
const fault = fc.option(fc.constantFrom(...(Object.keys(FAULTS) as FaultKind[])), { nil: null });
/** Callers name their tags; some of the names are ours too. */
const tags = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom('costPicoUsd', 'counterfactualPicoUsd', 'toString')),
  fc.string(),
);

const openedFields = {
  attemptId: fc.string(),
  requestId: fc.string(),
  tenant: fc.string(),
  keyId: fc.string(),
  route: fc.string(),
  role: fc.constantFrom('draft', 'escalation', 'direct'),
  tier: fc.string(),
  provider: fc.string(),
  model: fc.string(),
  openedAtMs: timeMs,
  estimatedInputTokens: count,
  inputCostPicoUsd: money,
  priceBookHash: fc.string(),
  tags,
} as const;

const opened: fc.Arbitrary<AttemptOpened> = fc.record(openedFields);

/** Every field may be there or not; none is there and empty. */
const metering: fc.Arbitrary<Metering> = fc
  .record(
    {
      slices: fc.constantFrom(
        { inputAudioTokens: 7 },
        { outputImageTokens: 0, inputImageTokens: 3 },
      ),
      parts: fc.array(
        fc.record(
          { model: fc.constant('wise'), usage: fc.constant(NO_USAGE) },
          { requiredKeys: ['usage'] },
        ),
        { minLength: 1, maxLength: 3 },
      ),
      fees: fc.constantFrom({ web_search: 2 }, { request: 1, file_search: 4 }),
      serviceTier: fc.constantFrom('flex', 'priority'),
      conditions: fc.constant({ speed: 'fast' }),
      reportedPicoUsd: fc.bigInt({ min: 0n, max: 2n ** 62n }),
      incomplete: fc.constant(['outputTokens' as const]),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .filter((all) => Object.keys(all).length > 0);

const settled: fc.Arbitrary<AttemptSettled> = fc.record({
  ...openedFields,
  type: fc.constant('attempt.settled'),
  settledAtMs: timeMs,
  outcome: fc.constantFrom('completed', 'failed', 'cancelled', 'timed_out', 'lost'),
  fault,
  servedModel: fc.string(),
  upstreamId: fc.string(),
  usage: fc.record({
    inputTokens: count,
    cacheReadTokens: count,
    cacheWrite5mTokens: count,
    cacheWrite1hTokens: count,
    cacheWriteOtherTokens: count,
    outputTokens: count,
    reasoningTokens: count,
  }),
  provenance: fc.constantFrom('reported', 'computed', 'estimated', 'lower_bound', 'unknown'),
  costPicoUsd: money,
  firstTokenMs: fc.option(count, { nil: null }),
  metering: fc.option(metering),
});

const completed: fc.Arbitrary<RequestCompleted> = fc.record({
  type: fc.constant('request.completed'),
  requestId: fc.string(),
  tenant: fc.string(),
  keyId: fc.string(),
  route: fc.string(),
  completedAtMs: timeMs,
  durationMs: count,
  outcome: fc.constantFrom('served', 'degraded', 'failed', 'cancelled'),
  fault,
  decision: fc.constantFrom('accept', 'escalate', 'none'),
  confidence: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }).map(noMinusZero),
  servedBy: fc.string(),
  attempts: count,
  counterfactualPicoUsd: money,
  tags,
});

/** JSON has no negative zero. */
function noMinusZero(value: number | null): number | null {
  return value === 0 ? 0 : value;
}

test('an event survives the journal: what is parsed is what was formatted', () => {
  fc.assert(
    fc.property(fc.oneof<fc.Arbitrary<LedgerEvent>[]>(settled, completed), (event) => {
      expect(parseEvent(formatEvent(event))).toEqual(event);
    }),
  );
});

test('events go through a batch of text in their order, all of them', () => {
  const events = fc.array(fc.oneof<fc.Arbitrary<LedgerEvent>[]>(settled, completed));
  fc.assert(
    fc.property(events, (batch) => {
      const text = eventText(batch);
      expect(text).toHaveLength(batch.length);
      expect(eventsOf(text)).toEqual(batch);
      expect(eventText(text)).toBe(text);
    }),
  );
});

test('an opened attempt survives the journal', () => {
  fc.assert(
    fc.property(opened, (attempt) => {
      expect(parseOpened(formatOpened(attempt))).toEqual(attempt);
    }),
  );
});

test('a tag that is called like a field of money stays the text that it is', () => {
  const [event] = fc.sample(settled, 1) as [AttemptSettled];
  const tagged = { ...event, tags: { costPicoUsd: 'not a number', inputCostPicoUsd: '12' } };
  expect(parseEvent(formatEvent(tagged)).tags).toEqual(tagged.tags);
});

test('a lost attempt is never free: its cost is the prompt as a lower bound, or not known', () => {
  fc.assert(
    fc.property(opened, timeMs, (attempt, nowMs) => {
      const lost = settleLost(attempt, nowMs);
      expect(lost).toMatchObject({ ...attempt, outcome: 'lost', settledAtMs: nowMs });
      expect(lost.costPicoUsd).toBe(attempt.inputCostPicoUsd);
      expect(lost.provenance).toBe(attempt.inputCostPicoUsd === null ? 'unknown' : 'lower_bound');
      expect(lost.usage.inputTokens).toBe(attempt.estimatedInputTokens);
    }),
  );
});

test('a lost attempt keeps the id under which it was opened, so that settling it twice is settling it once', () => {
  fc.assert(
    fc.property(opened, timeMs, timeMs, (attempt, first, second) => {
      expect(eventIdOf(settleLost(attempt, first))).toBe(attempt.attemptId);
      expect(eventIdOf(settleLost(attempt, second))).toBe(attempt.attemptId);
    }),
  );
});
