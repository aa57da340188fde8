import {
  type AttemptSettled,
  type DraftLabelled,
  type Example,
  FAULTS,
  type FaultKind,
  type Judgement,
  type LedgerEvent,
  type Metering,
  NO_USAGE,
  type RequestCompleted,
} from '@weir/core';
import fc from 'fast-check';

/** Any ledger event, for what must survive the wire. */

export function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

export const text = fc.string({ unit: 'grapheme' });
export const count = fc.nat({ max: 2 ** 32 - 1 });
export const timeMs = fc.nat({ max: 4_102_444_800_000 });
export const money = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
export const moneyOrNull = fc.option(money, { nil: null });
/** The gateway takes every name but this one, which the maps of generated code cannot hold. */
export const tags = fc.dictionary(
  text.filter((name) => name !== '__proto__'),
  text,
);
export const share = fc.double({ min: 0, max: 1, noNaN: true });
export const shareOrNull = fc.option(share, { nil: null });
/** Without -0, which generated code takes for the default. */
const figure = fc.double({ noNaN: true }).map((value) => value + 0);
const fault = fc.option(fc.constantFrom(...(Object.keys(FAULTS) as FaultKind[])), { nil: null });

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
      gpuTime: fc.record({ micros: fc.maxSafeNat(), beforeMicros: fc.maxSafeNat() }),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .filter((all) => Object.keys(all).length > 0);

export const attempt: fc.Arbitrary<AttemptSettled> = fc.record({
  type: fc.constant('attempt.settled' as const),
  attemptId: text,
  requestId: text,
  tenant: text,
  keyId: text,
  route: text,
  role: fc.constantFrom(
    ...(['draft', 'escalation', 'direct', 'second_draft', 'judge', 'shadow', 'probe'] as const),
  ),
  tier: text,
  provider: text,
  model: text,
  openedAtMs: timeMs,
  settledAtMs: timeMs,
  estimatedInputTokens: count,
  inputCostPicoUsd: moneyOrNull,
  priceBookHash: text,
  tags,
  outcome: fc.constantFrom('completed', 'failed', 'cancelled', 'timed_out', 'lost'),
  fault,
  servedModel: text,
  upstreamId: text,
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
  costPicoUsd: moneyOrNull,
  firstTokenMs: fc.option(count, { nil: null }),
  metering: fc.option(metering),
});

/** Any number may be among them: whoever reads them must not trust them. */
const signals = fc.record({ set: text, values: fc.array(fc.double(), { maxLength: 9 }) });

export const judgement: fc.Arbitrary<Judgement> = fc.record({
  reasons: fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 }),
  model: text,
  benefit: fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { nil: null }),
  relativeCost: figure,
  shadowPrice: fc.option(figure, { nil: null }),
  certificate: fc.option(
    fc.record({ id: text, alpha: share, delta: share, rows: count, issuedAtMs: timeMs }),
    { nil: null },
  ),
  signals,
});

export const example: fc.Arbitrary<Example> = fc.record({
  endpoint: text,
  signals,
  ngrams: fc.array(count, { maxLength: 9 }),
  relativeCost: fc.option(figure, { nil: null }),
});

const labelled: fc.Arbitrary<DraftLabelled> = fc.record({
  type: fc.constant('draft.labelled' as const),
  labelId: text,
  requestId: text,
  tenant: text,
  keyId: text,
  route: text,
  labelledAtMs: timeMs,
  source: fc.constantFrom('owner', 'shadow', 'escalation', 'judge', 'feedback'),
  draftRight: shareOrNull,
  frontierRight: shareOrNull,
  propensity: share,
  sampled: fc.boolean(),
  decision: fc.constantFrom('accept', 'escalate'),
  model: text,
  confidence: shareOrNull,
  example,
  tags,
});

const completed: fc.Arbitrary<RequestCompleted> = fc.record({
  type: fc.constant('request.completed' as const),
  requestId: text,
  tenant: text,
  keyId: text,
  route: text,
  completedAtMs: timeMs,
  durationMs: count,
  outcome: fc.constantFrom('served', 'degraded', 'failed', 'cancelled'),
  fault,
  decision: fc.constantFrom('accept', 'escalate', 'none'),
  confidence: shareOrNull,
  servedBy: text,
  attempts: count,
  counterfactualPicoUsd: moneyOrNull,
  tags,
  judgement: fc.option(judgement, { nil: null }),
});

export const event = fc.oneof<fc.Arbitrary<LedgerEvent>[]>(attempt, completed, labelled);
