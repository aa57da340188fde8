import { type LabelledDraft, type QualityTarget, reliability, wilsonInterval } from '@weir/cascade';
import type { IntervalSpread, ReliabilityStep, SignalFigures, TaskFigures } from './evaluation.ts';
import type { Figure, SplitSummary } from './split-summary.ts';
import { finiteMean, meanOver, spreadOf } from './spread.ts';

/** Points of the reliability diagram; the calibration error is over 15 bins, as papers report it. */
const RELIABILITY_BINS = 10;
/** As `Evaluation.confidences` says. */
const CONFIDENCE_STEPS = 20;

/** The figures of all splits together. */
export function figuresOver(summaries: readonly SplitSummary[], { alpha, delta }: QualityTarget) {
  const over = (figure: Figure) => spreadOf(summaries.map(({ figures }) => figures[figure]));
  const interval = (
    figure: Figure,
    of: 'aurocInterval' | 'benefitAurocInterval',
  ): IntervalSpread => ({
    ...over(figure),
    low: finiteMean(summaries.map((summary) => summary[of].low)),
    high: finiteMean(summaries.map((summary) => summary[of].high)),
  });
  return {
    auroc: interval('auroc', 'aurocInterval'),
    benefitAuroc: interval('benefitAuroc', 'benefitAurocInterval'),
    apgr: over('apgr'),
    cpt50: over('cpt50'),
    cpt80: over('cpt80'),
    cost: { 95: over('cost95'), 99: over('cost99'), 100: over('cost100') },
    transferred: { 99: { cost: over('transferredCost'), quality: over('transferredQuality') } },
    ece: over('ece'),
    brier: over('brier'),
    certified: {
      alpha,
      delta,
      passed: over('certifiedPassed').mean,
      cost: over('certifiedCost'),
      quality: over('certifiedQuality'),
      loss: over('certifiedLoss'),
    },
  };
}

/**
 * Over the test halves of all splits. A row is in every second one, so a bin's rows are counted once for its interval,
 * which would otherwise be as narrow as if they were that many.
 */
export function reliabilityOver(summaries: readonly SplitSummary[]): ReliabilityStep[] {
  const confidences = summaries.flatMap((summary) => Array.from(summary.confidences));
  const labels = summaries.flatMap((summary) => Array.from(summary.labels));
  const seen = 2 * (1 - 0.5 ** summaries.length);
  return reliability(confidences, labels, { bins: RELIABILITY_BINS }).map(
    ({ count, meanPredicted, meanObserved }) => {
      const once = Math.max(1, Math.round((count / summaries.length) * seen));
      return {
        predicted: meanPredicted,
        observed: meanObserved,
        count: once,
        ...wilsonInterval(meanObserved, once),
      };
    },
  );
}

/** How often which confidence is given, over the test halves of all splits. */
export function confidencesOver(summaries: readonly SplitSummary[]): number[] {
  const counts = new Array<number>(CONFIDENCE_STEPS).fill(0);
  let total = 0;
  for (const { confidences } of summaries) {
    for (const confidence of confidences) {
      const step = Math.min(CONFIDENCE_STEPS - 1, Math.floor(confidence * CONFIDENCE_STEPS));
      counts[step] = (counts[step] ?? 0) + 1;
      total++;
    }
  }
  return total === 0 ? [] : counts.map((each) => each / total);
}

/** By task, at the threshold for 99 % that each training half gave. */
export function taskFigures(
  drafts: readonly LabelledDraft[],
  tasks: readonly string[],
  summaries: readonly SplitSummary[],
): TaskFigures[] {
  return tasks.map((task, at) => {
    const rows = drafts.filter(({ group }) => group === task);
    const sums = summaries.flatMap((summary) => summary.tasks[at] ?? []);
    return {
      task,
      n: rows.length,
      weak: meanOver(rows, ({ draftRight }) => draftRight),
      strong: meanOver(rows, ({ frontierRight }) => frontierRight ?? 0),
      escalated: spreadOf(sums.map(({ escalated, rows: count }) => escalated / count)),
      quality: spreadOf(sums.map(({ right, frontierRight }) => right / frontierRight)),
    };
  });
}

/** Families first, then signals, those first without which most is lost. */
export function signalFigures(summaries: readonly SplitSummary[]): SignalFigures[] {
  const found = new Map<string, { first: SplitSummary['worths'][number]; both: number[][] }>();
  for (const worth of summaries.flatMap(({ worths }) => worths)) {
    const key = `${worth.family} ${worth.signal}`;
    const into = found.get(key) ?? { first: worth, both: [[], []] };
    found.set(key, into);
    into.both[0]?.push(worth.auroc);
    into.both[1]?.push(worth.benefitAuroc);
  }
  const worthOf = ({ auroc, benefitAuroc }: SignalFigures) =>
    (auroc.mean ?? 0) + (benefitAuroc.mean ?? 0);
  return [...found.values()]
    .map(({ first: { signal, family }, both: [own = [], benefit = []] }) => ({
      signal,
      family,
      auroc: spreadOf(own),
      benefitAuroc: spreadOf(benefit),
    }))
    .sort((left, right) => {
      if ((left.signal === '') !== (right.signal === '')) return left.signal === '' ? -1 : 1;
      return worthOf(right) - worthOf(left);
    });
}
