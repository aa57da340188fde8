import { auroc, CostQualityCurve, type LabelledDraft, ranked } from '@weir/cascade';
import { SIGNALS } from '@weir/scorer';

/** What one raw signal comes to, nothing learnt: the drafts that it trusts least escalate first. Null: no figure. */
export interface Baseline {
  readonly signal: string;
  readonly name: string;
  /** Rows on which it says something; the others escalate first. */
  readonly rows: number;
  readonly auroc: number | null;
  readonly benefitAuroc: number | null;
  readonly apgr: number | null;
  readonly cost: Readonly<Record<'95' | '99' | '100', number | null>>;
}

/** Signals that others use as they are, the higher the surer, with the name that they go by. */
const RAW: readonly (readonly [string, string])[] = [
  ['mean_logprob', 'mean log-prob'],
  ['least_logprob', 'least log-prob'],
  ['sum_logprob', 'sum of log-probs'],
  ['margin', 'mean margin'],
  ['confidence', 'weak_logconf'],
];

/** Figures of the raw signals that a log has, over all of its rows, which are costed. */
export function baselines(drafts: readonly LabelledDraft[]): Baseline[] {
  return RAW.flatMap(([signal, name]) => {
    const at = positionOf(signal);
    const said = drafts.filter(({ signals }) => Number.isFinite(signals[at])).length;
    return said === 0 ? [] : [baseline(drafts, signal, name, said)];
  });
}

function baseline(
  drafts: readonly LabelledDraft[],
  signal: string,
  name: string,
  rows: number,
): Baseline {
  const at = positionOf(signal);
  const values = drafts.map(({ signals }) => signals[at] ?? Number.NaN);
  const curve = rawCurve(drafts, signal);
  const gap = curve.frontierQuality - curve.draftQuality;
  const costOf = (share: number) =>
    curve.frontierQuality > 0 ? figure(curve.reaching(share)?.cost) : null;
  return {
    signal,
    name,
    rows,
    auroc: figure(
      auroc(
        values,
        drafts.map(({ draftRight }) => draftRight),
      ),
    ),
    benefitAuroc: figure(
      auroc(
        values.map((value) => -value),
        drafts.map(gainOf),
      ),
    ),
    apgr: gap > 0 ? figure(curve.apgr) : null,
    cost: { 95: costOf(0.95), 99: costOf(0.99), 100: costOf(1) },
  };
}

/** The raw signal that keeps 99 % at the smallest bill: what learning has to beat. */
export function bestBaseline(raw: readonly Baseline[]): Baseline | undefined {
  const costOf = ({ cost }: Baseline) => cost[99] ?? Number.POSITIVE_INFINITY;
  return raw.toSorted((left, right) => costOf(left) - costOf(right))[0];
}

/** The curve of a raw signal over all rows. */
export function rawCurve(drafts: readonly LabelledDraft[], signal: string): CostQualityCurve {
  const at = positionOf(signal);
  return new CostQualityCurve(
    drafts.map((draft) => {
      const value = draft.signals[at] ?? Number.NaN;
      return ranked(draft, Number.isFinite(value) ? -value : Number.POSITIVE_INFINITY, 0);
    }),
  );
}

/** How much better the frontier's answer was; what escalating gains. */
export function gainOf({ draftRight, frontierRight }: LabelledDraft): number {
  return Math.max(0, (frontierRight ?? draftRight) - draftRight);
}

function positionOf(signal: string): number {
  return SIGNALS.findIndex(({ name }) => name === signal);
}

function figure(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
