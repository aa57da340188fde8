import type { AttemptOpened, AttemptSettled, LedgerEvent, RequestCompleted } from './events.ts';
import type { Metering } from './usage.ts';

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
  } as RequestCompleted;
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
  return event.type === 'attempt.settled'
    ? JSON.stringify(['s', ...settledFields(event)])
    : JSON.stringify(['c', ...completedFields(event)]);
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

/** The fields of a text that begins with this letter. */
function fieldsOf(text: string, letters: string): Fields {
  const fields: unknown = JSON.parse(text);
  if (Array.isArray(fields) && letters.includes(String(fields[0]))) return fields;
  throw new TypeError('the text is no event that this version knows');
}

export function parseOpened(text: string): AttemptOpened {
  return openedFrom(fieldsOf(text, 'o'));
}

export function parseEvent(text: string): LedgerEvent {
  const fields = fieldsOf(text, 'sc');
  return fields[0] === 's' ? settledFrom(fields) : completedFrom(fields);
}
