import type {
  AttemptOpened,
  AttemptSettled,
  DraftLabelled,
  LedgerEvent,
  RequestCompleted,
} from './events.ts';
import type { Metering } from './usage.ts';
import type { Certificate, Judgement } from './verdict.ts';

/**
 * Events as text, for the journal and the ledger's files: a JSON array with a letter in front, money as decimal text
 * since JSON has no bigint. By position rather than by name, because every request writes three of these: it halves
 * their size and costs a third. The order below is the format; new fields go to the end, and an unknown letter is an
 * error, never a guess.
 */

type Fields = readonly unknown[];

function openedFields(event: AttemptOpened): unknown[] {
  return [
    event.attemptId,
    event.requestId,
    event.tenant,
    event.keyId,
    event.route,
    event.role,
    event.tier,
    event.provider,
    event.model,
    event.openedAtMs,
    event.estimatedInputTokens,
    money(event.inputCostPicoUsd),
    event.priceBookHash,
    event.tags,
  ];
}

function openedFrom(fields: Fields): AttemptOpened {
  return {
    attemptId: fields[1],
    requestId: fields[2],
    tenant: fields[3],
    keyId: fields[4],
    route: fields[5],
    role: fields[6],
    tier: fields[7],
    provider: fields[8],
    model: fields[9],
    openedAtMs: fields[10],
    estimatedInputTokens: fields[11],
    inputCostPicoUsd: moneyFrom(fields[12]),
    priceBookHash: fields[13],
    tags: fields[14],
  } as AttemptOpened;
}

function settledFields(event: AttemptSettled): unknown[] {
  const { usage } = event;
  return [
    ...openedFields(event),
    event.settledAtMs,
    event.outcome,
    event.fault,
    event.servedModel,
    event.upstreamId,
    usage.inputTokens,
    usage.cacheReadTokens,
    usage.cacheWrite5mTokens,
    usage.cacheWrite1hTokens,
    usage.cacheWriteOtherTokens,
    usage.outputTokens,
    usage.reasoningTokens,
    event.provenance,
    money(event.costPicoUsd),
    event.firstTokenMs,
    meteringText(event.metering),
  ];
}

function settledFrom(fields: Fields): AttemptSettled {
  return {
    ...openedFrom(fields),
    type: 'attempt.settled',
    settledAtMs: fields[15],
    outcome: fields[16],
    fault: fields[17],
    servedModel: fields[18],
    upstreamId: fields[19],
    usage: {
      inputTokens: fields[20],
      cacheReadTokens: fields[21],
      cacheWrite5mTokens: fields[22],
      cacheWrite1hTokens: fields[23],
      cacheWriteOtherTokens: fields[24],
      outputTokens: fields[25],
      reasoningTokens: fields[26],
    },
    provenance: fields[27],
    costPicoUsd: moneyFrom(fields[28]),
    firstTokenMs: fields[29],
    metering: meteringFrom(fields[30]),
  } as AttemptSettled;
}

function completedFields(event: RequestCompleted): unknown[] {
  return [
    event.requestId,
    event.tenant,
    event.keyId,
    event.route,
    event.completedAtMs,
    event.durationMs,
    event.outcome,
    event.fault,
    event.decision,
    event.confidence,
    event.servedBy,
    event.attempts,
    money(event.counterfactualPicoUsd),
    event.tags,
    judgementFields(event.judgement),
  ];
}

function completedFrom(fields: Fields): RequestCompleted {
  return {
    type: 'request.completed',
    requestId: fields[1],
    tenant: fields[2],
    keyId: fields[3],
    route: fields[4],
    completedAtMs: fields[5],
    durationMs: fields[6],
    outcome: fields[7],
    fault: fields[8],
    decision: fields[9],
    confidence: fields[10],
    servedBy: fields[11],
    attempts: fields[12],
    counterfactualPicoUsd: moneyFrom(fields[13]),
    tags: fields[14],
    judgement: judgementFrom(fields[15]),
  } as RequestCompleted;
}

function judgementFields(judgement: Judgement | null): unknown[] | null {
  if (!judgement) return null;
  const { certificate, signals } = judgement;
  return [
    judgement.model,
    judgement.benefit,
    judgement.relativeCost,
    judgement.shadowPrice,
    certificate && [
      certificate.id,
      certificate.alpha,
      certificate.delta,
      certificate.rows,
      certificate.issuedAtMs,
    ],
    signals.set,
    signals.values,
    judgement.reasons,
  ];
}

/** Texts from before there was any have none. */
function judgementFrom(fields: unknown): Judgement | null {
  if (!Array.isArray(fields)) return null;
  return {
    model: fields[0],
    benefit: fields[1],
    relativeCost: fields[2],
    shadowPrice: fields[3],
    certificate: certificateFrom(fields[4]),
    signals: { set: fields[5], values: numbersFrom(fields[6]) },
    reasons: fields[7] ?? [],
  } as Judgement;
}

function certificateFrom(fields: unknown): Certificate | null {
  if (!Array.isArray(fields)) return null;
  const [id, alpha, delta, rows, issuedAtMs] = fields;
  return { id, alpha, delta, rows, issuedAtMs } as Certificate;
}

function labelledFields(event: DraftLabelled): unknown[] {
  const { endpoint, signals, ngrams, relativeCost } = event.example;
  return [
    event.labelId,
    event.requestId,
    event.tenant,
    event.keyId,
    event.route,
    event.labelledAtMs,
    event.source,
    event.draftRight,
    event.frontierRight,
    event.propensity,
    event.decision,
    event.model,
    event.confidence,
    endpoint,
    signals.set,
    signals.values,
    ngrams,
    relativeCost,
    event.tags,
    event.sampled,
  ];
}

function labelledFrom(fields: Fields): DraftLabelled {
  return {
    type: 'draft.labelled',
    labelId: fields[1],
    requestId: fields[2],
    tenant: fields[3],
    keyId: fields[4],
    route: fields[5],
    labelledAtMs: fields[6],
    source: fields[7],
    draftRight: fields[8],
    frontierRight: fields[9],
    propensity: fields[10],
    decision: fields[11],
    model: fields[12],
    confidence: fields[13],
    example: {
      endpoint: fields[14],
      signals: { set: fields[15], values: numbersFrom(fields[16]) },
      ngrams: fields[17],
      relativeCost: fields[18],
    },
    tags: fields[19],
    sampled: fields[20],
  } as DraftLabelled;
}

/** JSON has no NaN and writes null for it. */
function numbersFrom(field: unknown): number[] {
  return (field as (number | null)[]).map((value) => value ?? Number.NaN);
}

function money(picoUsd: bigint | null): string | null {
  return picoUsd === null ? null : picoUsd.toString();
}

function meteringText(metering: Metering | null): object | null {
  if (metering?.reportedPicoUsd === undefined) return metering;
  return { ...metering, reportedPicoUsd: metering.reportedPicoUsd.toString() };
}

/** Texts from before there was any have none. */
function meteringFrom(field: unknown): Metering | null {
  if (typeof field !== 'object' || field === null) return null;
  const metering = field as Metering;
  if (metering.reportedPicoUsd === undefined) return metering;
  return { ...metering, reportedPicoUsd: BigInt(metering.reportedPicoUsd) };
}

function moneyFrom(text: unknown): bigint | null {
  return typeof text === 'string' ? BigInt(text) : null;
}

export function formatOpened(event: AttemptOpened): string {
  return JSON.stringify(['o', ...openedFields(event)]);
}

export function formatEvent(event: LedgerEvent): string {
  switch (event.type) {
    case 'attempt.settled':
      return JSON.stringify(['s', ...settledFields(event)]);
    case 'request.completed':
      return JSON.stringify(['c', ...completedFields(event)]);
    case 'draft.labelled':
      return JSON.stringify(['l', ...labelledFields(event)]);
  }
}

/**
 * Events as the journal wrote them: their texts in UTF-8, each ended by a line break (JSON writes none inside a value).
 * Who only passes them on reads nothing, makes nothing, and keeps one buffer instead of some dozen objects each.
 */
export class EventText {
  readonly bytes: Uint8Array;
  /** How many events. */
  readonly length: number;

  constructor(bytes: Uint8Array, length: number) {
    this.bytes = bytes;
    this.length = length;
  }

  /** Throws when one of them is not known to this version. */
  events(): LedgerEvent[] {
    return linesOf(this.bytes).map(parseEvent);
  }
}

/** Events on their way to the ledger, as whoever had them last had them. */
export type EventBatch = readonly LedgerEvent[] | EventText;

export function eventsOf(batch: EventBatch): readonly LedgerEvent[] {
  return batch instanceof EventText ? batch.events() : batch;
}

export function eventText(batch: EventBatch): EventText {
  if (batch instanceof EventText) return batch;
  const lines = batch.map((event) => `${formatEvent(event)}\n`);
  return new EventText(new TextEncoder().encode(lines.join('')), batch.length);
}

/** The texts in the bytes of an `EventText`. */
export function linesOf(bytes: Uint8Array): string[] {
  if (bytes.length === 0) return [];
  return new TextDecoder().decode(bytes.subarray(0, -1)).split('\n');
}

function fieldsOf(text: string): Fields {
  const fields: unknown = JSON.parse(text);
  if (Array.isArray(fields)) return fields;
  throw notKnown();
}

export function parseOpened(text: string): AttemptOpened {
  const fields = fieldsOf(text);
  if (fields[0] === 'o') return openedFrom(fields);
  throw notKnown();
}

export function parseEvent(text: string): LedgerEvent {
  const fields = fieldsOf(text);
  switch (fields[0]) {
    case 's':
      return settledFrom(fields);
    case 'c':
      return completedFrom(fields);
    case 'l':
      return labelledFrom(fields);
    default:
      throw notKnown();
  }
}

function notKnown(): TypeError {
  return new TypeError('the text is no event that this version knows');
}
