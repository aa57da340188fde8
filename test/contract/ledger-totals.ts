import {
  type AttemptSettled,
  type LedgerEvent,
  type LedgerGroup,
  type LedgerQuery,
  type LedgerRow,
  type LedgerTotals,
  promptTokens,
  type RequestCompleted,
} from '@weir/core';

/** What is counted: a label is neither a request nor an attempt. */
type Counted = AttemptSettled | RequestCompleted;

/** What a ledger of exactly these events must answer, worked out the slow and obvious way. */
export function totalsOf(events: readonly LedgerEvent[], query: LedgerQuery): LedgerRow[] {
  const rows = new Map<string, { group: LedgerRow['group']; totals: LedgerTotals }>();
  if (query.groupBy.length === 0) rows.set('[]', { group: {}, totals: NOTHING });
  for (const event of events.filter((one) => one.type !== 'draft.labelled')) {
    if (!matches(event, query)) continue;
    const group = groupOf(event, query.groupBy);
    const key = JSON.stringify(Object.values(group));
    const totals = rows.get(key)?.totals ?? NOTHING;
    rows.set(key, { group, totals: sum(totals, measures(event)) });
  }
  return [...rows.values()];
}

const NOTHING: LedgerTotals = {
  requests: 0n,
  attempts: 0n,
  inputTokens: 0n,
  outputTokens: 0n,
  costPicoUsd: 0n,
  inexactAttempts: 0n,
  counterfactualPicoUsd: 0n,
  escalated: 0n,
};

const MEASURES = Object.keys(NOTHING) as (keyof LedgerTotals)[];

function sum(left: LedgerTotals, right: LedgerTotals): LedgerTotals {
  const added = MEASURES.map((measure) => [measure, left[measure] + right[measure]]);
  return Object.fromEntries(added) as unknown as LedgerTotals;
}

function measures(event: Counted): LedgerTotals {
  if (event.type === 'request.completed') {
    return {
      ...NOTHING,
      requests: 1n,
      counterfactualPicoUsd: event.counterfactualPicoUsd ?? 0n,
      escalated: event.decision === 'escalate' ? 1n : 0n,
    };
  }
  const exact = event.costPicoUsd !== null && ['reported', 'computed'].includes(event.provenance);
  return {
    ...NOTHING,
    attempts: 1n,
    inputTokens: BigInt(promptTokens(event.usage)),
    outputTokens: BigInt(event.usage.outputTokens),
    costPicoUsd: event.costPicoUsd ?? 0n,
    inexactAttempts: exact ? 0n : 1n,
  };
}

function timeOf(event: Counted): number {
  return event.type === 'attempt.settled' ? event.settledAtMs : event.completedAtMs;
}

function groupOf(event: Counted, groups: readonly LedgerGroup[]): LedgerRow['group'] {
  const model = event.type === 'attempt.settled' ? `${event.provider}/${event.model}` : '';
  const day = new Date(timeOf(event)).toISOString().slice(0, 10);
  const all = { tenant: event.tenant, route: event.route, model, day };
  return Object.fromEntries(groups.map((group) => [group, all[group]]));
}

function matches(event: Counted, query: LedgerQuery): boolean {
  const { tenant, route, tag, fromMs, untilMs } = query;
  return (
    (tenant === undefined || event.tenant === tenant) &&
    (route === undefined || event.route === route) &&
    (tag === undefined ||
      (Object.hasOwn(event.tags, tag.name) && event.tags[tag.name] === tag.value)) &&
    (fromMs === undefined || timeOf(event) >= fromMs) &&
    (untilMs === undefined || timeOf(event) < untilMs)
  );
}
