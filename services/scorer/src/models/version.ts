import {
  auroc,
  brier,
  certifiedShadowPrice,
  ece,
  type Head,
  LiveHead,
  leastRows,
  PopulationStability,
  ranked,
  shadowPriceForCost,
  sigmoid,
} from '@weir/cascade';
import type { Certificate } from '@weir/core';
import { SIGNAL_SET, SIGNALS } from '../signals/index.ts';
import { NGRAM_BUCKETS, questionNgrams } from '../signals/ngrams.ts';
import type { Candidate, Judged } from './candidate.ts';
import { isWaste, planHead } from './draft-plan.ts';
import type { FitCall } from './fit-call.ts';
import { greyZone } from './grey-zone.ts';
import type { LearningRow } from './learning-row.ts';
import {
  type Figures,
  hashOf,
  type Reference,
  type ScorerFile,
  scorerFile,
} from './scorer-file.ts';

/** Rows below which those that were fitted to are looked at as well, for what needs no certainty. */
const LEAST_HELD = 100;

/** What is in a version, told from call, model and the rows that the model has not seen. */
type VersionCall = Omit<FitCall, 'rows' | 'certifyFromMs' | 'random'>;

/** A model with its price, its certificate and what it is watched against. */
export function versionOf(
  call: VersionCall,
  candidate: Candidate,
  certifying: readonly LearningRow[],
): ScorerFile {
  const held = certifying.map((row) => ({ row, opinion: candidate.judge.judge(row) }));
  const unseen = [...candidate.unseen, ...held];
  const representative = held.length < LEAST_HELD ? unseen : held;
  const tested = testOf(call, certifying);
  const shadowPrice = priceFor(call, candidate, representative, certifying, tested);
  const escalates = ({ opinion }: Judged) =>
    shadowPrice === null || !(opinion.priority <= shadowPrice);
  const all = [...candidate.sample, ...held];
  const plan = planHead(
    all.map(({ row }) => row.ngrams),
    all.map(escalates),
  );
  const content = {
    route: call.route,
    endpoint: call.endpoint,
    fittedAtMs: call.nowMs,
    learnedUntilMs: candidate.learnedUntilMs,
    signalSet: SIGNAL_SET,
    signals: SIGNALS.map(({ name }) => name),
    ngramBuckets: NGRAM_BUCKETS,
    model: candidate.model,
    plan,
    shadowPrice,
    tests: tested.tests,
    reference: {
      priorities: candidate.priorities,
      confidenceError: candidate.confidenceError,
      ...referenceOf(drafted(representative, plan, call.draftCostShare), escalates),
    },
    figures: {
      fittedRows: candidate.fittedRows,
      certifiedRows: certifying.length,
      ...figuresOf(unseen),
      escalationShare: known(share(representative, escalates)),
    },
  };
  return scorerFile({ ...content, certificate: certificateOf(call, content, certifying.length) });
}

/** One of the tests of an endpoint, and what of the owner's delta it may use. */
interface Test {
  /** Tests with this one; without it where there are too few rows for any to pass. */
  readonly tests: number;
  readonly delta: number;
}

/**
 * What the k-th test of an endpoint may use of the owner's delta: delta / (k (k + 1)), which add up to delta. Tests are repeated
 * while labels come in, and a pass is kept longer than a failure: each alone at delta, some would pass by luck and then rule.
 * So, with the owner's confidence, all certificates that an endpoint ever had were right.
 */
export function deltaOfTest(delta: number, test: number): number {
  return delta / (test * (test + 1));
}

function testOf({ target, testsBefore = 0 }: VersionCall, rows: readonly LearningRow[]): Test {
  if (target.kind === 'budget') return { tests: 0, delta: 1 };
  const tests = testsBefore + 1;
  const delta = deltaOfTest(target.delta, tests);
  return { tests: rows.length < leastRows(target.alpha, delta) ? testsBefore : tests, delta };
}

/**
 * With a quality to keep, the highest price that is certified; with a budget, the one that costs it on rows that stand for
 * all traffic.
 */
function priceFor(
  { target, draftCostShare, greyShare = 0 }: VersionCall,
  { judge, priorities }: Candidate,
  representative: readonly Judged[],
  certifying: readonly LearningRow[],
  { delta }: Test,
): number | null {
  if (target.kind === 'quality') {
    // The lowest quantile is the surest row alone.
    const grid = [...new Set(priorities.slice(1))];
    const zone = greyZone(priorities, greyShare);
    return certifiedShadowPrice(judge, grid, certifying, { alpha: target.alpha, delta }, zone);
  }
  const curve = representative.map(({ row, opinion }) =>
    ranked(row, opinion.priority, draftCostShare),
  );
  return curve.length === 0 ? null : shadowPriceForCost(curve, target.share);
}

/** Only what was tested is certified: a budget promises money and not quality. */
function certificateOf(
  { target, nowMs }: VersionCall,
  content: { readonly shadowPrice: number | null },
  rows: number,
): Certificate | null {
  if (target.kind === 'budget' || content.shadowPrice === null) return null;
  const { alpha, delta } = target;
  const said = { alpha, delta, rows, issuedAtMs: nowMs };
  return { id: hashOf({ ...said, content }), ...said };
}

/** Those for which a draft is made: the others are not seen at work either. */
function drafted(rows: readonly Judged[], plan: Head | null, draftCostShare: number): Judged[] {
  const head = plan && new LiveHead(plan);
  const none = new Float64Array();
  return rows.filter(({ row }) => {
    if (!head) return true;
    return !isWaste(sigmoid(head.logit(none, questionNgrams(row.ngrams))), draftCostShare);
  });
}

function referenceOf(
  rows: readonly Judged[],
  escalates: (judged: Judged) => boolean,
): Omit<Reference, 'priorities' | 'confidenceError'> {
  return {
    rows: rows.length,
    escalationShare: rows.length === 0 ? 1 : share(rows, escalates),
    confidence: PopulationStability.against(rows.map(({ opinion }) => opinion.confidence)),
  };
}

function figuresOf(
  unseen: readonly Judged[],
): Pick<Figures, 'auroc' | 'benefitAuroc' | 'ece' | 'brier'> {
  const confidences = unseen.map(({ opinion }) => opinion.confidence);
  const labels = unseen.map(({ row }) => row.draftRight);
  const benefits = unseen.map(({ opinion }) => opinion.benefit);
  const gains = unseen.map(({ row: { draftRight, frontierRight } }) =>
    frontierRight === null ? Number.NaN : Math.max(0, frontierRight - draftRight),
  );
  return {
    auroc: known(auroc(confidences, labels)),
    benefitAuroc: known(auroc(benefits, gains)),
    ece: known(ece(confidences, labels)),
    brier: known(brier(confidences, labels)),
  };
}

function known(figure: number): number | null {
  return Number.isFinite(figure) ? figure : null;
}

function share<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.filter(holds).length / items.length;
}
