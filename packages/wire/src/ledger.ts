import * as wire from '@weir/contracts';
import type { LedgerEntry, LedgerGroup, LedgerQuery, LedgerRow } from '@weir/core';
import { eventFromWire, eventToWire } from './events.ts';
import { Words } from './words.ts';

const groups = new Words<LedgerGroup>(
  {
    tenant: wire.LedgerGroup.TENANT,
    route: wire.LedgerGroup.ROUTE,
    model: wire.LedgerGroup.MODEL,
    day: wire.LedgerGroup.DAY,
  },
  'day',
);

export function queryToWire(query: LedgerQuery): wire.QueryRequest {
  return {
    tenant: query.tenant,
    route: query.route,
    tag: query.tag,
    fromMs: query.fromMs === undefined ? undefined : BigInt(query.fromMs),
    untilMs: query.untilMs === undefined ? undefined : BigInt(query.untilMs),
    groupBy: query.groupBy.map((group) => groups.toWire<wire.LedgerGroup>(group)),
  };
}

export function queryFromWire(query: wire.QueryRequest): LedgerQuery {
  return {
    tenant: query.tenant,
    route: query.route,
    tag: query.tag,
    fromMs: query.fromMs === undefined ? undefined : Number(query.fromMs),
    untilMs: query.untilMs === undefined ? undefined : Number(query.untilMs),
    groupBy: query.groupBy.map((group) => groups.fromWire(group)),
  };
}

const NO_TOTALS = wire.LedgerTotals.create();

export function rowToWire(row: LedgerRow): wire.LedgerRow {
  const { tenant, route, model, day } = row.group;
  return { tenant, route, model, day, totals: row.totals };
}

export function rowFromWire(row: wire.LedgerRow): LedgerRow {
  const { totals, ...heads } = row;
  const named = Object.entries(heads).filter(([, value]) => value !== undefined);
  return { group: Object.fromEntries(named), totals: totals ?? NO_TOTALS };
}

export function entryToWire(entry: LedgerEntry): wire.LedgerEntry {
  return { sequence: entry.sequence, event: eventToWire(entry.event) };
}

/** Undefined for an event of a kind that a newer peer invented. */
export function entryFromWire(entry: wire.LedgerEntry): LedgerEntry | undefined {
  const event = entry.event && eventFromWire(entry.event);
  return event && { sequence: entry.sequence, event };
}
