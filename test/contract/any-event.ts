import {
  type AttemptSettled,
  type DraftLabelled,
  type Judgement,
  type LedgerEvent,
  type Metering,
  NO_USAGE,
  type RequestCompleted,
  type Usage,
} from '@weir/core';
import fc from 'fast-check';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 20);

/** Few names, so that events meet under the same heads. */
const tenant = fc.constantFrom('acme', 'globex');
const route = fc.constantFrom('support', 'search');
const keyId = fc.constantFrom('key-1', 'key-2');
const atMs = fc.integer({ min: START_MS, max: START_MS + 3 * DAY_MS });
const tokens = fc.integer({ min: 0, max: 200_000 });
const money = fc.option(fc.bigInt({ min: 0n, max: 10n ** 15n }));
const tags = fc.dictionary(
  fc.constantFrom('team', 'feature', 'constructor', 'naïve ☂'),
  fc.constantFrom('a', 'b', ''),
  { noNullPrototype: false, maxKeys: 3 },
);

const usage: fc.Arbitrary<Usage> = fc.record({
  inputTokens: tokens,
  cacheReadTokens: tokens,
  cacheWrite5mTokens: tokens,
  cacheWrite1hTokens: tokens,
  cacheWriteOtherTokens: tokens,
  outputTokens: tokens,
  reasoningTokens: tokens,
});

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

const attempt: fc.Arbitrary<Omit<AttemptSettled, 'attemptId' | 'requestId'>> = fc.record({
  type: fc.constant('attempt.settled' as const),
  tenant,
  keyId,
  route,
  role: fc.constantFrom(
    'draft',
    'escalation',
    'direct',
    'second_draft',
    'judge',
    'shadow',
    'probe',
  ),
  tier: fc.constantFrom('draft', 'large'),
  provider: fc.constantFrom('local', 'cloud'),
  model: fc.constantFrom('small-1', 'large/1'),
  openedAtMs: atMs,
  estimatedInputTokens: tokens,
  inputCostPicoUsd: money,
  priceBookHash: fc.constant('book-1'),
  tags,
  settledAtMs: atMs,
  outcome: fc.constantFrom('completed', 'failed', 'cancelled', 'timed_out', 'lost'),
  fault: fc.constantFrom(null, 'upstream_unavailable', 'cancelled'),
  servedModel: fc.constantFrom('', 'small-1-2026'),
  upstreamId: fc.string(),
  usage,
  provenance: fc.constantFrom('reported', 'computed', 'estimated', 'lower_bound', 'unknown'),
  costPicoUsd: money,
  firstTokenMs: fc.option(fc.nat(60_000)),
  metering: fc.option(metering),
});

const share = fc.double({ min: 0, max: 1, noNaN: true });
/** Signals abstain. */
const signals = fc.record({
  set: fc.constantFrom('set-1', 'set-2'),
  values: fc.array(fc.oneof(share, fc.constant(Number.NaN)), { maxLength: 4 }),
});

const judgement: fc.Arbitrary<Judgement> = fc.record({
  reasons: fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 }),
  model: fc.constantFrom('support-6', 'support-7'),
  benefit: fc.option(share),
  relativeCost: share,
  shadowPrice: fc.option(share),
  certificate: fc.option(
    fc.record({
      id: fc.constant('certificate-1'),
      alpha: share,
      delta: share,
      rows: fc.nat(5000),
      issuedAtMs: atMs,
    }),
  ),
  signals,
});

const label: fc.Arbitrary<Omit<DraftLabelled, 'labelId' | 'requestId'>> = fc.record({
  type: fc.constant('draft.labelled' as const),
  tenant,
  keyId,
  route,
  labelledAtMs: atMs,
  source: fc.constantFrom('owner', 'shadow', 'escalation', 'judge', 'feedback'),
  draftRight: fc.option(share),
  frontierRight: fc.option(share),
  propensity: share,
  sampled: fc.boolean(),
  decision: fc.constantFrom('accept', 'escalate'),
  model: fc.constantFrom('', 'support-7'),
  confidence: fc.option(share),
  example: fc.record({
    endpoint: fc.constantFrom('endpoint-1', 'endpoint-2'),
    signals,
    ngrams: fc.array(fc.nat(2 ** 32 - 1), { maxLength: 4 }),
    relativeCost: fc.option(share),
  }),
  tags,
});

const request: fc.Arbitrary<Omit<RequestCompleted, 'requestId'>> = fc.record({
  type: fc.constant('request.completed' as const),
  tenant,
  keyId,
  route,
  completedAtMs: atMs,
  durationMs: fc.nat(600_000),
  outcome: fc.constantFrom('served', 'degraded', 'failed', 'cancelled'),
  fault: fc.constantFrom(null, 'deadline_exceeded'),
  decision: fc.constantFrom('accept', 'escalate', 'none'),
  confidence: fc.option(share),
  servedBy: fc.constantFrom('', 'draft', 'large'),
  attempts: fc.nat(5),
  counterfactualPicoUsd: money,
  tags,
  judgement: fc.option(judgement),
});

/** Events of many requests, each with an id of its own. */
export function anyEvents(options: { readonly maxLength: number }): fc.Arbitrary<LedgerEvent[]> {
  return fc
    .array(fc.oneof(attempt, request, label), options)
    .map((events) => events.map((event, index) => identified(event, `req_${index}`)));
}

type Nameless =
  | Omit<AttemptSettled, 'attemptId' | 'requestId'>
  | Omit<RequestCompleted, 'requestId'>
  | Omit<DraftLabelled, 'labelId' | 'requestId'>;

/** The same event as one of this request, under the id that it then has. */
export function identified(event: Nameless, requestId: string): LedgerEvent {
  switch (event.type) {
    case 'attempt.settled':
      return { ...event, requestId, attemptId: `${requestId}.${event.role}.1` };
    case 'request.completed':
      return { ...event, requestId };
    case 'draft.labelled':
      return { ...event, requestId, labelId: `${requestId}.label.${event.source}` };
  }
}
