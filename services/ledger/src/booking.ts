import {
  eventIdOf,
  formatEvent,
  LABEL_TAG,
  type LedgerEvent,
  type LedgerTag,
  promptTokens,
} from '@weir/core';
import { tagText } from './tag-text.ts';

/** What one event adds to the totals, and under which heads. Both stores write exactly this. */
export interface Booking {
  readonly eventId: string;
  readonly requestId: string;
  readonly kind: LedgerEvent['type'];
  readonly tenant: string;
  readonly keyId: string;
  readonly route: string;
  /** Empty for requests and labels: they have no model of their own. */
  readonly model: string;
  /** UTC, "2026-11-22". */
  readonly day: string;
  readonly atMs: number;
  readonly costPicoUsd: bigint;
  /** What it adds to each total, in the order of `MEASURES`. */
  readonly measures: readonly (number | bigint)[];
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
    tags: tagsOf(event),
    text,
  };
  if (event.type === 'attempt.settled') {
    const { usage, provenance } = event;
    const exact = provenance === 'reported' || provenance === 'computed';
    const inexact = exact && event.costPicoUsd !== null ? 0 : 1;
    const costPicoUsd = event.costPicoUsd ?? 0n;
    return {
      ...common,
      model: `${event.provider}/${event.model}`,
      day: dayOf(event.settledAtMs),
      atMs: event.settledAtMs,
      costPicoUsd,
      measures: [0, 1, promptTokens(usage), usage.outputTokens, costPicoUsd, inexact, 0, 0],
      expectedAttempts: 0,
    };
  }
  if (event.type === 'draft.labelled') {
    return {
      ...common,
      model: '',
      day: dayOf(event.labelledAtMs),
      atMs: event.labelledAtMs,
      costPicoUsd: 0n,
      measures: MEASURES.map(() => 0),
      expectedAttempts: 0,
    };
  }
  const escalated = event.decision === 'escalate' ? 1 : 0;
  return {
    ...common,
    model: '',
    day: dayOf(event.completedAtMs),
    atMs: event.completedAtMs,
    costPicoUsd: 0n,
    measures: [1, 0, 0, 0, 0, 0, event.counterfactualPicoUsd ?? 0n, escalated],
    expectedAttempts: event.attempts,
  };
}

/** A label is found by its route, whatever its request was tagged with. */
function tagsOf(event: LedgerEvent): LedgerTag[] {
  const { type, route, tags } = event;
  const all = type === 'draft.labelled' ? { ...tags, [LABEL_TAG]: route } : tags;
  return Object.entries(all).map(([name, value]) => tagText({ name, value }));
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

/** What is summed: a column each in both stores. */
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
