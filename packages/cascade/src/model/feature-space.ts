import type { DraftFeatures } from './labelled-draft.ts';

/** No standardised value is taken to be further out than this. */
const LIMIT = 4;
/** A signal that abstains or speaks less often than this is not told apart by it. */
const LEAST_ROWS = 5;
/** A group has its own level and slopes from this many rows on. */
const LEAST_GROUP_ROWS = 20;
const MAX_GROUPS = 64;

interface Column {
  /** Position in the signal set. */
  readonly signal: number;
  /** `value`: standardised, 0 where it abstains. `square`: the same squared. `absent`: 1 where it abstains. */
  readonly kind: 'value' | 'square' | 'absent';
  /** Of an `absent` one the share of rows that it is 1 for. */
  readonly mean: number;
  readonly deviation: number;
}

/** How signals become the dense features of a model. Plain data, stored with it. */
export interface FeatureSpace {
  readonly columns: readonly Column[];
  /** Groups with a level of their own, and slopes of their own on `slopes`: positions in `columns`. */
  readonly groups: readonly string[];
  readonly slopes: readonly number[];
}

/**
 * The features that these rows can carry: signals that vary, standardised; whether a signal abstained, where some do and
 * some do not; and per group a level and a slope on each of the `pooled` signals (partial pooling: the ridge draws them to
 * zero, which is the common coefficient). The pooled ones have a square too: the benefit of escalating is highest in
 * the middle, where the draft is unsure and the question not hopeless.
 */
export function featureSpace(
  rows: readonly DraftFeatures[],
  pooled: ReadonlySet<number>,
): FeatureSpace {
  const columns: Column[] = [];
  const slopes: number[] = [];
  const width = rows[0]?.signals.length ?? 0;
  for (let signal = 0; signal < width; signal++) {
    const values: number[] = [];
    for (const { signals } of rows) {
      const value = signals[signal] ?? Number.NaN;
      if (Number.isFinite(value)) values.push(value);
    }
    if (values.length < LEAST_ROWS) continue;
    const { mean, deviation } = spread(values);
    const absent = rows.length - values.length;
    if (absent >= LEAST_ROWS) {
      columns.push({ signal, kind: 'absent', mean: absent / rows.length, deviation: 1 });
    }
    if (deviation < 1e-9) continue;
    if (pooled.has(signal)) {
      slopes.push(columns.length);
      columns.push({ signal, kind: 'value', mean, deviation });
      columns.push({ signal, kind: 'square', mean, deviation });
    } else columns.push({ signal, kind: 'value', mean, deviation });
  }
  return { columns, groups: groupsOf(rows), slopes };
}

/** None where all rows are of one. */
function groupsOf(rows: readonly DraftFeatures[]): string[] {
  const counts = new Map<string, number>();
  for (const { group } of rows) counts.set(group, (counts.get(group) ?? 0) + 1);
  if (counts.size < 2) return [];
  return [...counts]
    .filter(([, count]) => count >= LEAST_GROUP_ROWS)
    .sort(([, left], [, right]) => right - left)
    .slice(0, MAX_GROUPS)
    .map(([group]) => group);
}

function spread(values: readonly number[]): { mean: number; deviation: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / values.length) };
}

/** How many dense features there are. */
export function widthOf({ columns, groups, slopes }: FeatureSpace): number {
  return columns.length + groups.length * (1 + slopes.length);
}

/** The dense features of one draft, by position. A group that the model does not know has the common coefficients alone. */
export function denseFeatures(space: FeatureSpace, draft: DraftFeatures): Float64Array {
  const { columns, groups, slopes } = space;
  const features = new Float64Array(widthOf(space));
  for (let at = 0; at < columns.length; at++) {
    const column = columns[at];
    if (column) features[at] = featureOf(column, draft.signals[column.signal] ?? Number.NaN);
  }
  const group = groups.length === 0 ? -1 : groups.indexOf(draft.group);
  if (group < 0) return features;
  const base = columns.length + group * (1 + slopes.length);
  features[base] = 1;
  for (let at = 0; at < slopes.length; at++) {
    features[base + 1 + at] = features[slopes[at] ?? 0] ?? 0;
  }
  return features;
}

function featureOf({ kind, mean, deviation }: Column, value: number): number {
  if (kind === 'absent') return Number.isFinite(value) ? 0 : 1;
  if (!Number.isFinite(value)) return 0;
  const standard = Math.min(LIMIT, Math.max(-LIMIT, (value - mean) / deviation));
  return kind === 'value' ? standard : standard * standard - 1;
}

/** Of a feature by its position: the signal's position, or the group that it belongs to. */
export function originOf(space: FeatureSpace, at: number): { signal: number } | { group: string } {
  const column = space.columns[at];
  if (column) return { signal: column.signal };
  const each = 1 + space.slopes.length;
  const offset = at - space.columns.length;
  const slope = space.slopes[(offset % each) - 1];
  const sloped = slope === undefined ? undefined : space.columns[slope];
  if (sloped) return { signal: sloped.signal };
  return { group: space.groups[Math.floor(offset / each)] ?? '' };
}
