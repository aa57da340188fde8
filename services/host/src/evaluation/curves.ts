import { CostQualityCurve, type CurvePoint, type LabelledDraft, ranked } from '@weir/cascade';
import { rawCurve } from './baselines.ts';
import type { CurveStep } from './evaluation.ts';
import { quantile, spreadOf } from './spread.ts';

/** Shares of the frontier's quality at each of some costs, on the test half of one split. */
export interface SplitCurves {
  readonly own: Float64Array;
  /** Of the best raw signal; absent where the log has none. */
  readonly raw: Float64Array | undefined;
  /** Of who knows both answers. */
  readonly oracle: Float64Array;
}

/** What each budget buys on these rows, by three orders of escalating. */
export function splitCurves(
  own: CostQualityCurve,
  held: readonly LabelledDraft[],
  rawSignal: string | undefined,
  costs: readonly number[],
): SplitCurves {
  const at = (curve: CostQualityCurve) => curveAt(curve, costs);
  const oracle = at(oracleCurve(held));
  let most = 0;
  return {
    own: at(own),
    raw: rawSignal === undefined ? undefined : at(rawCurve(held, rawSignal)),
    // Who knows both answers stops escalating where it would do harm.
    oracle: oracle.map((quality) => {
      most = Math.max(most, quality);
      return most;
    }),
  };
}

/** The best order there is: what escalating gains for its cost, both answers known. */
function oracleCurve(drafts: readonly LabelledDraft[]): CostQualityCurve {
  return new CostQualityCurve(
    drafts.map((draft) => {
      const row = ranked(draft, 0, 0);
      return { ...row, priority: (row.frontierRight - row.draftRight) / row.frontierCost };
    }),
  );
}

/** The share of the frontier's quality that each budget buys: that of the last point that it pays for. */
function curveAt(
  {
    points,
    frontierQuality,
  }: { readonly points: readonly CurvePoint[]; readonly frontierQuality: number },
  costs: readonly number[],
): Float64Array {
  let at = 0;
  return Float64Array.from(costs, (cost) => {
    while ((points[at + 1]?.cost ?? Number.POSITIVE_INFINITY) <= cost + 1e-9) at++;
    return (points[at]?.quality ?? Number.NaN) / frontierQuality;
  });
}

/** The curves of all splits as one; none where no test half has a frontier that is ever right. */
export function curveOver(splits: readonly SplitCurves[], costs: readonly number[]): CurveStep[] {
  const steps = costs.map((cost, step) => {
    const meanOf = (of: (curves: SplitCurves) => Float64Array | undefined) =>
      spreadOf(splits.map((curves) => of(curves)?.[step] ?? Number.NaN)).mean;
    const qualities = splits
      .map(({ own }) => own[step] ?? Number.NaN)
      .filter(Number.isFinite)
      .sort((left, right) => left - right);
    return {
      cost,
      quality: meanOf(({ own }) => own) ?? Number.NaN,
      low: quantile(qualities, 0.1),
      high: quantile(qualities, 0.9),
      raw: meanOf(({ raw }) => raw),
      oracle: meanOf(({ oracle }) => oracle) ?? Number.NaN,
    };
  });
  const isDrawn = steps.every(({ cost, quality, low, high, raw, oracle }) =>
    [cost, quality, low, high, raw ?? 0, oracle].every(Number.isFinite),
  );
  return isDrawn ? steps : [];
}
