import type { LedgerGroup, LedgerQuery, LedgerRow } from '@weir/core';
import { MEASURES } from './booking.ts';
import { tagText } from './tag-text.ts';

/** A query as SQL of both stores. Values are parameters; only words of this file become part of the text. */
export interface QueryText {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

const GROUPS: readonly LedgerGroup[] = ['tenant', 'route', 'model', 'day'];

/**
 * Sums from the materialised totals where they can answer, from the entries where a tag or a time of day is asked for.
 * A group of labels alone has no row: nothing was asked and nothing spent there.
 * `parameter` writes the n-th placeholder (from 1), `sum` the store's exact sum of a column.
 */
export function queryText(
  query: LedgerQuery,
  parameter: (n: number) => string,
  sum: (column: string) => string,
): QueryText {
  const values: (string | number)[] = [];
  const where: string[] = [];
  const compare = (left: string, value: string | number) => {
    values.push(value);
    where.push(`${left} ${parameter(values.length)}`);
  };
  if (query.tenant !== undefined) compare('tenant =', query.tenant);
  if (query.route !== undefined) compare('route =', query.route);
  if (query.fromMs !== undefined) compare('at_ms >=', query.fromMs);
  if (query.untilMs !== undefined) compare('at_ms <', query.untilMs);
  if (query.tag !== undefined) {
    const tag = tagText(query.tag);
    values.push(tag.name, tag.value);
    const [name, value] = [parameter(values.length - 1), parameter(values.length)];
    where.push(
      `sequence IN (SELECT sequence FROM entry_tag WHERE name = ${name} AND value = ${value})`,
    );
  }
  const entries =
    query.tag !== undefined || query.fromMs !== undefined || query.untilMs !== undefined;
  const groups = GROUPS.filter((group) => query.groupBy.includes(group));
  const heads = groups.join(', ');
  const sql = [
    'SELECT',
    [...groups, ...MEASURES.map((column) => `${sum(column)} AS ${column}`)].join(', '),
    `FROM ${entries ? 'entry' : 'total'}`,
    where.length > 0 ? `WHERE ${where.join(' AND ')}` : '',
    heads && `GROUP BY ${heads} HAVING sum(requests) + sum(attempts) > 0 ORDER BY ${heads}`,
  ].join(' ');
  return { sql, values };
}

/** A result row of either store; sums may come as bigint or as decimal text. */
export function rowFrom(query: LedgerQuery, columns: Readonly<Record<string, unknown>>): LedgerRow {
  const measure = (name: (typeof MEASURES)[number]) => BigInt(String(columns[name] ?? 0));
  const group: Partial<Record<LedgerGroup, string>> = {};
  for (const name of GROUPS) {
    if (query.groupBy.includes(name)) group[name] = String(columns[name] ?? '');
  }
  return {
    group,
    totals: {
      requests: measure('requests'),
      attempts: measure('attempts'),
      inputTokens: measure('input_tokens'),
      outputTokens: measure('output_tokens'),
      costPicoUsd: measure('cost_pico_usd'),
      inexactAttempts: measure('inexact_attempts'),
      counterfactualPicoUsd: measure('counterfactual_pico_usd'),
      escalated: measure('escalated'),
    },
  };
}
