import { learnThenTest } from '../certificate/index.ts';
import type { LabelledDraft } from './labelled-draft.ts';
import type { LiveScorerModel, Opinion } from './scorer-model.ts';

/** Points of operation that are tried, from accepting the surest hundredth to accepting all. */
const GRID_POINTS = 100;

/** A promise to be tested: at most `alpha` wrong drafts served where the frontier was right, wrong at most `delta` of the time. */
export interface QualityTarget {
  readonly alpha: number;
  readonly delta: number;
}

/** The shadow prices to test, from strict to lax: quantiles of what was said of the rows that the model was fitted to. */
export function shadowPriceGrid(unseen: readonly Opinion[]): number[] {
  const sorted = unseen.map(({ priority }) => priority).sort((left, right) => left - right);
  if (sorted.length === 0) return [];
  const grid: number[] = [];
  for (let at = 1; at <= GRID_POINTS; at++) {
    const place = Math.min(sorted.length - 1, Math.ceil((at / GRID_POINTS) * sorted.length) - 1);
    const price = sorted[place] ?? 0;
    if (price > (grid.at(-1) ?? Number.NEGATIVE_INFINITY)) grid.push(price);
  }
  return grid;
}

/** Requests so near to the price that evidence is bought for them before they are decided. */
export interface GreyZone {
  isGrey(priority: number, shadowPrice: number): boolean;
  /** The row as it was before anything was bought. */
  unbought(row: LabelledDraft): LabelledDraft;
  hasBought(row: LabelledDraft): boolean;
}

/**
 * The highest shadow price at which the whole policy keeps the target, tested on rows that neither the model nor the grid
 * has seen and that were drawn uniformly from all requests; null when none passes, and then nothing may be accepted.
 * A row whose frontier is unknown says nothing and must not be among them.
 *
 * What is tested is the policy as it will run, purchases and all: a row in the grey zone of a price is decided with what
 * was bought for it, and where nothing was, since another model found it clear, it counts as accepted, which is the worst.
 */
export function certifiedShadowPrice(
  judge: LiveScorerModel,
  grid: readonly number[],
  rows: readonly LabelledDraft[],
  { alpha, delta }: QualityTarget,
  zone?: GreyZone,
): number | null {
  const judged = rows.map((row) => ({
    first: judge.judge(zone ? zone.unbought(row) : row).priority,
    again: zone?.hasBought(row) ? judge.judge(row).priority : Number.NEGATIVE_INFINITY,
    loss: Math.max(0, (row.frontierRight ?? 1) - row.draftRight),
  }));
  const graded = judged.some(({ loss }) => loss > 0 && loss < 1);
  const { passed } = learnThenTest({
    rows: judged,
    grid,
    alpha,
    delta,
    loss: ({ first, again, loss }, price) => {
      const last = zone?.isGrey(first, price) ? again : first;
      return last <= price ? loss : 0;
    },
    largestLoss: graded ? 1 : undefined,
  });
  return passed === null ? null : (grid[passed] ?? null);
}
