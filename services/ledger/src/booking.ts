import { eventIdOf, formatEvent, type LedgerEvent, type LedgerTag, promptTokens } from '@weir/core';
import { tagText } from './tag-text.ts';

/** What one event adds to the totals, and under which heads. Both stores write exactly this. */
export interface Booking {
  readonly eventId: string;
  readonly requestId: string;
  readonly kind: LedgerEvent['type'];
  readonly tenant: string;
  readonly keyId: string;
  readonly route: string;
  /** Empty for requests: they have no model of their own. */
  readonly model: string;
  /** UTC, "2026-11-22". */
  readonly day: string;
  readonly atMs: number;
  readonly requests: number;
  readonly attempts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costPicoUsd: bigint;
  readonly inexactAttempts: number;
  readonly counterfactualPicoUsd: bigint;
  readonly escalated: number;
  /** Attempts that a completed request says it made; what its hold waits for. */
  readonly expectedAttempts: number;
  /** As they are indexed; the text has them as they came. */
  readonly tags: readonly LedgerTag[];
  readonly text: string;
}

/** `text` is the event's, where the caller has it already. */
export function bookingOf(event: LedgerEvent, text = formatEvent(event)): Booking {
  const common = {
    eventId: eventIdOf(event),
    requestId: event.requestId,
    kind: event.type,
    tenant: event.tenant,
    keyId: event.keyId,
    route: event.route,
    tags: Object.entries(event.tags).map(([name, value]) => tagText({ name, value })),
    text,
  };
  if (event.type === 'attempt.settled') {
    const exact = event.provenance === 'reported' || event.provenance === 'computed';
    return {
      ...common,
      model: `${event.provider}/${event.model}`,
      day: dayOf(event.settledAtMs),
      atMs: event.settledAtMs,
      requests: 0,
      attempts: 1,
      inputTokens: promptTokens(event.usage),
      outputTokens: event.usage.outputTokens,
      costPicoUsd: event.costPicoUsd ?? 0n,
      inexactAttempts: exact && event.costPicoUsd !== null ? 0 : 1,
      counterfactualPicoUsd: 0n,
      escalated: 0,
      expectedAttempts: 0,
    };
  }
  return {
    ...common,
    model: '',
    day: dayOf(event.completedAtMs),
    atMs: event.completedAtMs,
    requests: 1,
    attempts: 0,
    inputTokens: 0,
    outputTokens: 0,
    costPicoUsd: 0n,
    inexactAttempts: 0,
    counterfactualPicoUsd: event.counterfactualPicoUsd ?? 0n,
    escalated: event.decision === 'escalate' ? 1 : 0,
    expectedAttempts: event.attempts,
  };
}

const DAY_MS = 86_400_000;
let lastDay = { number: -1, text: '' };

/** The UTC day of a time. Events come in order, so the last day is nearly always the one. */
export function dayOf(atMs: number): string {
  const number = Math.floor(atMs / DAY_MS);
  if (number !== lastDay.number) {
    lastDay = { number, text: new Date(atMs).toISOString().slice(0, 10) };
  }
  return lastDay.text;
}

/** The measures of a booking in the order of the columns below. */
export const MEASURES = [
  'requests',
  'attempts',
  'input_tokens',
  'output_tokens',
  'cost_pico_usd',
  'inexact_attempts',
  'counterfactual_pico_usd',
  'escalated',
] as const;

export function measuresOf(booking: Booking): (number | bigint)[] {
  return [
    booking.requests,
    booking.attempts,
    booking.inputTokens,
    booking.outputTokens,
    booking.costPicoUsd,
    booking.inexactAttempts,
    booking.counterfactualPicoUsd,
    booking.escalated,
  ];
}
