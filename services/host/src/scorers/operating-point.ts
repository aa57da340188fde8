import { auroc, ece, LiveScorerModel, outcomeAt, ranked } from '@weir/cascade';
import { type LearningRow, type ScorerFile, SIGNAL_SET } from '@weir/scorer';

/** What a scorer model at its own price comes to on some rows. A figure that they cannot give is null. */
export interface OperatingPoint {
  readonly rows: number;
  /** Of requests. */
  readonly escalationShare: number;
  /** Of the frontier's bill, every draft paid. */
  readonly cost: number;
  /** Of requests: a wrong draft served where the frontier was right. */
  readonly loss: number;
  readonly auroc: number | null;
  readonly benefitAuroc: number | null;
  readonly ece: number | null;
}

/** Undefined where there are no rows, or the model reads other signals than these have. */
export function operatingPoint(
  file: ScorerFile,
  rows: readonly LearningRow[],
  draftCostShare: number,
): OperatingPoint | undefined {
  if (rows.length === 0 || file.signalSet !== SIGNAL_SET) return undefined;
  const judge = new LiveScorerModel(file.model);
  const opinions = rows.map((row) => judge.judge(row));
  const price = file.shadowPrice ?? Number.NEGATIVE_INFINITY;
  const confidences = opinions.map(({ confidence }) => confidence);
  const labels = rows.map(({ draftRight }) => draftRight);
  const gains = rows.map(gainOf);
  let lost = 0;
  for (const [at, { priority }] of opinions.entries()) {
    if (priority <= price) lost += gains[at] ?? 0;
  }
  const outcome = outcomeAt(
    rows.map((row, at) => ranked(row, opinions[at]?.priority ?? Number.NaN, draftCostShare)),
    price,
  );
  return {
    rows: rows.length,
    escalationShare: outcome.share,
    cost: outcome.cost,
    loss: lost / rows.length,
    auroc: known(auroc(confidences, labels)),
    benefitAuroc: known(
      auroc(
        opinions.map(({ benefit }) => benefit),
        gains,
      ),
    ),
    ece: known(ece(confidences, labels)),
  };
}

/** What escalating gains. */
function gainOf({ draftRight, frontierRight }: LearningRow): number {
  return Math.max(0, (frontierRight ?? draftRight) - draftRight);
}

function known(figure: number): number | null {
  return Number.isFinite(figure) ? figure : null;
}
