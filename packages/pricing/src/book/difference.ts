import { nameOf } from './find-model.ts';
import { endOf, startOf } from './parse-book.ts';
import { rowAt } from './price-at.ts';
import type { Book, BookModel, PriceRow } from './schema.ts';

export interface BookChange {
  /** `provider/model`. */
  readonly model: string;
  readonly what: 'added' | 'removed' | 'changed';
  /** What differs, stretch of time by stretch; empty for a model that is new or gone. */
  readonly stretches: readonly Stretch[];
}

/** A time in which two prices of a model differ; an infinite end is "since ever" or "for good". */
export interface Stretch {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly differences: readonly Difference[];
}

export interface Difference {
  /** Where in the row: `contextTiers[0].inputUsdPerMTok`. */
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** An intended change, so that a pinned price cannot change by accident. */
export interface ExplainedChange {
  readonly model: string;
  /** The day it took effect. */
  readonly from: string;
  readonly why: string;
}

/** Every model whose price is not what it was. Sources and dates of checking are no prices. */
export function changesBetween(before: Book, after: Book): BookChange[] {
  const old = new Map(before.models.map((model) => [nameOf(model), model]));
  const present = new Map(after.models.map((model) => [nameOf(model), model]));
  const names = [...new Set([...old.keys(), ...present.keys()])].sort();
  return names.flatMap((name): BookChange[] => {
    const was = old.get(name);
    const is = present.get(name);
    if (!was) return [{ model: name, what: 'added', stretches: [] }];
    if (!is) return [{ model: name, what: 'removed', stretches: [] }];
    const stretches = stretchesBetween(was, is);
    return stretches.length === 0 ? [] : [{ model: name, what: 'changed', stretches }];
  });
}

/** Changes to pinned models that nobody has given a reason for. */
export function unexplainedChanges(
  changes: readonly BookChange[],
  pinned: readonly string[],
  explained: readonly ExplainedChange[],
): BookChange[] {
  return changes.filter(({ model, what, stretches }) => {
    if (!pinned.includes(model) || what === 'added') return false;
    if (what === 'removed') return true;
    const reasons = explained.filter((change) => change.model === model);
    return !stretches.every((stretch) => reasons.some((reason) => falls(reason, stretch)));
  });
}

const DAY_MS = 86_400_000;

/** The day of the change lies in the stretch: a reason for one change does not excuse an earlier or a later one. */
function falls({ from }: ExplainedChange, { fromMs, untilMs }: Stretch): boolean {
  const day = Date.parse(from);
  return day + DAY_MS > fromMs && day < untilMs;
}

/** When and in what two price lists of one model differ. */
export function stretchesBetween(before: BookModel, after: BookModel): Stretch[] {
  const edges = [...before.prices, ...after.prices].flatMap((row) => [startOf(row), endOf(row)]);
  const ordered = [...new Set([Number.NEGATIVE_INFINITY, ...edges, Number.POSITIVE_INFINITY])];
  ordered.sort((a, b) => a - b);
  const found: Stretch[] = [];
  for (const [index, fromMs] of ordered.slice(0, -1).entries()) {
    const untilMs = ordered[index + 1] ?? Number.POSITIVE_INFINITY;
    const inside = Number.isFinite(fromMs) ? fromMs : untilMs - 1;
    const differences = differencesBetween(rowIn(before, inside), rowIn(after, inside));
    if (differences.length > 0) found.push({ fromMs, untilMs, differences });
  }
  return found;
}

/** `rowAt`, also for the only row of a list without dates, whose edges are both infinite. */
function rowIn(model: BookModel, atMs: number): PriceRow | undefined {
  return rowAt(model, Number.isFinite(atMs) ? atMs : 0);
}

function differencesBetween(before?: PriceRow, after?: PriceRow): Difference[] {
  const was = new Map(flattened(before));
  const is = new Map(flattened(after));
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((path) => was.get(path) !== is.get(path))
    .sort()
    .map((path) => ({ path, before: was.get(path), after: is.get(path) }));
}

function flattened(row: PriceRow | undefined): [path: string, text: string][] {
  if (!row) return [];
  const { from, until, source, checkedOn, ...price } = row;
  return leaves(price, '');
}

function leaves(value: unknown, path: string): [string, string][] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => leaves(item, `${path}[${index}]`));
  }
  return Object.entries(value).flatMap(([name, field]) =>
    leaves(field, path ? `${path}.${name}` : name),
  );
}
