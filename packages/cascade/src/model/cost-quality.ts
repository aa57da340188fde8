import type { LabelledDraft } from './labelled-draft.ts';

/** A row of a log of both models, with the order in which it would be escalated. */
export interface RankedRow {
  /** Higher escalates first. */
  readonly priority: number;
  readonly draftRight: number;
  readonly frontierRight: number;
  readonly draftCost: number;
  readonly frontierCost: number;
}

/** What a policy that escalates the first rows comes to. */
export interface CurvePoint {
  /** Rows escalated. */
  readonly escalated: number;
  readonly share: number;
  /** All drafts and the escalated rows' frontier calls, over the frontier alone. */
  readonly cost: number;
  /** Mean, in the labels' own unit. */
  readonly quality: number;
  /** The last row escalated has this; all with more were too. */
  readonly priority: number;
}

/** Every policy from "all drafts" to "all escalated", by falling priority; equal priorities keep their order. */
export class CostQualityCurve {
  readonly points: readonly CurvePoint[];
  readonly draftQuality: number;
  readonly frontierQuality: number;

  constructor(rows: readonly RankedRow[]) {
    const ranked = rows.toSorted((left, right) => right.priority - left.priority);
    let cost = 0;
    let frontierCost = 0;
    let right = 0;
    let frontierRight = 0;
    for (const row of rows) {
      cost += row.draftCost;
      frontierCost += row.frontierCost;
      right += row.draftRight;
      frontierRight += row.frontierRight;
    }
    const count = Math.max(1, rows.length);
    const points: CurvePoint[] = [];
    const push = (escalated: number, priority: number) =>
      points.push({
        escalated,
        share: escalated / count,
        cost: cost / frontierCost,
        quality: right / count,
        priority,
      });
    push(0, Number.POSITIVE_INFINITY);
    for (const [at, row] of ranked.entries()) {
      cost += row.frontierCost;
      right += row.frontierRight - row.draftRight;
      push(at + 1, row.priority);
    }
    this.points = points;
    this.draftQuality = points[0]?.quality ?? 0;
    this.frontierQuality = frontierRight / count;
  }

  /** The cheapest point with at least this share of the frontier's quality; undefined when there is none. */
  reaching(shareOfFrontier: number): CurvePoint | undefined {
    const wanted = shareOfFrontier * this.frontierQuality - 1e-12;
    return this.points.find(({ quality }) => quality >= wanted);
  }

  /** The shadow price that escalates the rows up to this point, and those that are like its last one: no price is between them. */
  priceOf({ escalated, priority: last }: CurvePoint): number {
    const next = this.points.slice(escalated + 1).find(({ priority }) => priority < last);
    return next ? next.priority : Number.NEGATIVE_INFINITY;
  }

  /**
   * Average performance gap recovered (RouteLLM): the mean over all shares of escalated rows of the part of the gap between
   * draft and frontier that is closed; 0.5 for escalating at random.
   */
  get apgr(): number {
    let area = 0;
    for (let at = 1; at < this.points.length; at++) {
      const before = this.points[at - 1];
      const point = this.points[at];
      if (before && point) {
        area += ((before.quality + point.quality) / 2) * (point.share - before.share);
      }
    }
    return (area - this.draftQuality) / (this.frontierQuality - this.draftQuality);
  }

  /** Call-performance threshold (RouteLLM): the share of rows to escalate that closes this part of the gap. */
  cpt(part: number): number {
    const { draftQuality, frontierQuality } = this;
    const wanted = draftQuality + part * (frontierQuality - draftQuality) - 1e-12;
    return this.points.find(({ quality }) => quality >= wanted)?.share ?? 1;
  }
}

/** What accepting every row whose priority is not above `shadowPrice` comes to. */
export function outcomeAt(
  rows: readonly RankedRow[],
  shadowPrice: number,
): { cost: number; quality: number; share: number } {
  let cost = 0;
  let frontierCost = 0;
  let right = 0;
  let frontierRight = 0;
  let escalated = 0;
  for (const row of rows) {
    // Written so that a priority that is no number escalates.
    const accept = row.priority <= shadowPrice;
    if (!accept) escalated++;
    cost += row.draftCost + (accept ? 0 : row.frontierCost);
    right += accept ? row.draftRight : row.frontierRight;
    frontierCost += row.frontierCost;
    frontierRight += row.frontierRight;
  }
  return {
    cost: cost / frontierCost,
    quality: right / frontierRight,
    share: escalated / Math.max(1, rows.length),
  };
}

/** `fallback` where costs are not known: what a draft costs of a frontier call. */
export function ranked(row: LabelledDraft, priority: number, fallback: number): RankedRow {
  const known = row.draftCost !== null && row.frontierCost !== null;
  return {
    priority,
    draftRight: row.draftRight,
    frontierRight: row.frontierRight ?? row.draftRight,
    draftCost: known ? (row.draftCost ?? 0) : fallback,
    frontierCost: known ? (row.frontierCost ?? 1) : 1,
  };
}

/** The shadow price at which the policy costs at most this share of the frontier's bill; null when not even drafts alone do. */
export function shadowPriceForCost(rows: readonly RankedRow[], share: number): number | null {
  const { points } = new CostQualityCurve(rows);
  const last = points.findLast(({ cost }) => cost <= share);
  if (!last) return null;
  const next = points[last.escalated + 1];
  return next ? next.priority : Number.NEGATIVE_INFINITY;
}
