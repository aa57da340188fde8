import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FAULTS, type FaultKind } from './fault.ts';
import {
  type AttemptOpened,
  type AttemptSettled,
  type DraftLabelled,
  eventIdOf,
  eventsOf,
  eventText,
  formatEvent,
  formatOpened,
  type Judgement,
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
  role: fc.constantFrom(
    'draft',
    'escalation',
    'direct',
    'second_draft',
    'judge',
    'shadow',
    'probe',
  ),
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

/** JSON has neither a negative zero nor an infinity. */
const figure = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const figureOrNull = fc.option(figure, { nil: null });
const signals = fc.record({
  set: fc.string(),
  values: fc.array(fc.oneof(figure, fc.constant(Number.NaN))),
});

const judgement: fc.Arbitrary<Judgement> = fc.record({
  reasons: fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 }),
  model: fc.string(),
  benefit: figureOrNull,
  relativeCost: figure,
  shadowPrice: figureOrNull,
  certificate: fc.option(
    fc.record({ id: fc.string(), alpha: figure, delta: figure, rows: count, issuedAtMs: timeMs }),
    { nil: null },
  ),
  signals,
});

const labelled: fc.Arbitrary<DraftLabelled> = fc.record({
  type: fc.constant('draft.labelled'),
  labelId: fc.string(),
  requestId: fc.string(),
  tenant: fc.string(),
  keyId: fc.string(),
  route: fc.string(),
  labelledAtMs: timeMs,
  source: fc.constantFrom('owner', 'shadow', 'escalation', 'judge', 'feedback'),
  draftRight: figureOrNull,
  frontierRight: figureOrNull,
  propensity: figure,
  sampled: fc.boolean(),
  decision: fc.constantFrom('accept', 'escalate'),
  model: fc.string(),
  confidence: figureOrNull,
  example: fc.record({
    endpoint: fc.string(),
    signals,
    ngrams: fc.array(count),
    relativeCost: figureOrNull,
  }),
  tags,
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
  confidence: figureOrNull,
  servedBy: fc.string(),
  attempts: count,
  counterfactualPicoUsd: money,
  tags,
  judgement: fc.option(judgement, { nil: null }),
});

const anyEvent = fc.oneof<fc.Arbitrary<LedgerEvent>[]>(settled, completed, labelled);

test('an event survives the journal: what is parsed is what was formatted', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      expect(parseEvent(formatEvent(event))).toEqual(event);
    }),
  );
});

test('events go through a batch of text in their order, all of them', () => {
  fc.assert(
    fc.property(fc.array(anyEvent), (batch) => {
      const text = eventText(batch);
      expect(text).toHaveLength(batch.length);
      expect(eventsOf(text)).toEqual(batch);
      expect(eventText(text)).toBe(text);
    }),
  );
});

test('a request that was completed before there were scorer models is read as judged by none', () => {
  fc.assert(
    fc.property(completed, (event) => {
      const fields = JSON.parse(formatEvent({ ...event, judgement: null })) as unknown[];
      expect(parseEvent(JSON.stringify(fields.slice(0, 15)))).toEqual({
        ...event,
        judgement: null,
      });
    }),
  );
});

test('a signal that abstained is still no number after the journal, and never a zero', () => {
  const [event] = fc.sample(labelled, 1) as [DraftLabelled];
  const values = [0, Number.NaN, -1.5, Number.POSITIVE_INFINITY];
  const example = { ...event.example, signals: { set: 's', values } };
  const parsed = parseEvent(formatEvent({ ...event, example })) as DraftLabelled;
  expect(parsed.example.signals.values).toEqual([0, Number.NaN, -1.5, Number.NaN]);
});

test.each(['[]', '[""]', '["sc","a"]', '["o","a"]', '["x","a"]', '{}', '"s"', 'null'])(
  'a text like %s is an error and never a guess',
  (text) => {
    expect(() => parseEvent(text)).toThrow(TypeError);
  },
);

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
