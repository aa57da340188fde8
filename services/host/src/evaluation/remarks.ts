import { CERTIFICATION_SHARE, type LabelledDraft } from '@weir/cascade';
import { SIGNALS } from '@weir/scorer';
import { type Baseline, gainOf } from './baselines.ts';
import type { CostNotes } from './costs.ts';
import type { RecordedLog } from './log-file.ts';
import { LEAST_ROWS, type LogOptions } from './log-options.ts';
import type { SplitSummary } from './split-summary.ts';
import { finiteMean } from './spread.ts';

/** Rows below which every figure is a rough one. */
const FEW_ROWS = 200;
/** Bins of the calibration error. */
const ECE_BINS = 15;

/** What remarks are about. */
export interface Remarkable {
  readonly log: RecordedLog;
  /** Costed. */
  readonly drafts: readonly LabelledDraft[];
  readonly notes: CostNotes;
  readonly options: LogOptions;
  readonly raw: readonly Baseline[];
  readonly summaries: readonly SplitSummary[];
  readonly quality: { readonly weak: number; readonly strong: number };
  /** What the drafts cost of the frontier calls. */
  readonly base: number;
  /** Tasks that are not reported one by one. */
  readonly untoldTasks: number;
}

/** What a reader must know of the figures: what was assumed, what is missing and why, and what they cannot carry. */
export function remarksOn(about: Remarkable): string[] {
  return [
    ...onSize(about),
    ...onLabels(about),
    ...onEvidence(about),
    ...onCosts(about),
    ...onTasks(about),
    ...onSplits(about),
  ];
}

function onSize({ drafts, options, summaries }: Remarkable): string[] {
  const n = drafts.length;
  if (n < LEAST_ROWS) {
    return [
      `Too few rows: ${n}. Nothing is learned from fewer than ${LEAST_ROWS}, and it takes some hundreds to say anything.`,
    ];
  }
  const found: string[] = [];
  if (n < FEW_ROWS) found.push(`Only ${n} rows: every figure here is a rough one.`);
  const half = Math.floor(n / 2);
  if (options.labels !== undefined && options.labels > half) {
    found.push(`--labels ${options.labels} is more than a training half has: ${half} were used.`);
  }
  if (summaries.length === 1) found.push('One split has no deviation: ask for more with --splits.');
  return found;
}

function onLabels({ drafts, quality: { weak, strong } }: Remarkable): string[] {
  const found: string[] = [];
  if (weak === 1) found.push('Every draft is right: there is nothing to tell apart, and no AUROC.');
  if (weak === 0) found.push('Every draft is wrong: there is nothing to tell apart, and no AUROC.');
  if (strong === 0) {
    found.push(
      'The frontier is never right: there is no share of its quality, and no cost of one.',
    );
  } else if (drafts.every((draft) => gainOf(draft) === 0)) {
    found.push('The frontier is never better than the draft: escalating gains nothing.');
  }
  if (strong > 0 && strong <= weak) {
    found.push(
      'The frontier is no better than the draft on the whole: APGR and CPT, shares of the gap between them, have no meaning.',
    );
  }
  return found;
}

function onEvidence({ log, drafts, raw }: Remarkable): string[] {
  const found: string[] = [];
  const believed = countWith(drafts, 'mean_logprob');
  const confidences = countWith(drafts, 'confidence');
  const spoiled = log.withTokens - believed;
  const n = drafts.length;
  if (spoiled > 0) {
    found.push(
      `${spoiled} of ${n} rows have tokens whose log-probabilities cannot be believed (missing, zero-filled, or not of the answer's text): they count as rows without.`,
    );
  }
  if (believed === 0) found.push('No row has log-probabilities of its tokens that can be used.');
  else if (believed < n) {
    found.push(`${n - believed} of ${n} rows have no log-probabilities that can be used.`);
  }
  if (log.scale !== undefined) found.push(`weak_logconf is read as ${SCALES[log.scale]}.`);
  if (confidences > 0 && confidences < n) {
    found.push(`${n - confidences} of ${n} rows have no weak_logconf.`);
  }
  const turned = raw.find(({ auroc }) => auroc !== null && auroc < 0.45);
  if (turned) {
    found.push(
      `${turned.name} is higher where drafts are wrong (AUROC ${turned.auroc?.toFixed(3)}): higher must mean surer. If it is a distance or an entropy, write it with a minus.`,
    );
  }
  if (drafts.every(({ ngrams }) => ngrams.length === 0)) {
    found.push('No row has the text of its question or of its draft.');
  }
  return found;
}

const SCALES = {
  logprob: 'a log-probability, because none is above 0',
  probability: 'a probability, because all are in [0, 1]',
  score: 'a score of any kind, the higher the surer',
} as const;

function countWith(drafts: readonly LabelledDraft[], signal: string): number {
  const at = SIGNALS.findIndex(({ name }) => name === signal);
  return drafts.filter(({ signals }) => Number.isFinite(signals[at])).length;
}

function onTasks({ untoldTasks }: Remarkable): string[] {
  if (untoldTasks === 0) return [];
  const found = `${untoldTasks} more ${untoldTasks === 1 ? 'task is' : 'tasks are'}`;
  return [`Only the largest tasks are told one by one: ${found} in all other figures alone.`];
}

function onCosts({ drafts, notes, options, base }: Remarkable): string[] {
  const found: string[] = [];
  const n = drafts.length;
  const { assumedDraft, meanFrontier, ignoredDraft } = notes;
  const share = `${round(options.draftCost * 100)} % of a frontier call`;
  if (assumedDraft === n) found.push(`A draft is assumed to cost ${share} (--draft-cost).`);
  else if (assumedDraft > 0) {
    found.push(`${assumedDraft} of ${n} rows have no weak_cost: their drafts count as ${share}.`);
  }
  if (meanFrontier > 0) {
    found.push(`${meanFrontier} of ${n} rows have no strong_cost: they count at the others' mean.`);
  }
  if (base >= 1) {
    found.push(
      `The drafts cost ${round(base)} times what the frontier calls do: asking the frontier always is cheaper than any cascade.`,
    );
  }
  if (ignoredDraft > 0) {
    found.push(
      'No row has a strong_cost, so weak_cost cannot be compared with it and is not used.',
    );
  }
  return found;
}

function onSplits({ drafts, options, summaries }: Remarkable): string[] {
  if (summaries.length === 0) return [];
  const found: string[] = [];
  const splits = summaries.length;
  const without = summaries.filter(({ figures }) => !Number.isFinite(figures.auroc)).length;
  if (without > 0 && without < splits) {
    found.push(`${without} of ${splits} test halves have drafts of one kind only, and no AUROC.`);
  }
  const half = Math.floor(drafts.length / 2);
  const failed = summaries.filter(({ figures }) => figures.certifiedPassed === 0).length;
  if (failed > 0) {
    const { alpha, delta } = options.target;
    const least = Math.ceil(Math.log(delta) / Math.log(1 - alpha));
    const tested = Math.floor(Math.min(half, options.labels ?? half) * CERTIFICATION_SHARE);
    found.push(
      `In ${failed} of ${splits} splits nothing could be certified, and everything escalates there. A certificate of ${round(alpha * 100)} % takes at least ${least} rows without a fault; each split tests it on ${tested}.`,
    );
  }
  const brier = finiteMean(summaries.map(({ figures }) => figures.brier)) ?? 0;
  const tests = drafts.length - half;
  // What counting alone brings: the mean of |normal|, with the Brier score for the mean variance of a row.
  const noise = Math.sqrt((2 * brier * ECE_BINS) / (Math.PI * tests));
  if (noise > 0.005) {
    found.push(
      `Each ECE is over ${tests} rows: of so many, confidences that are true would still show about ${noise.toFixed(3)}.`,
    );
  }
  return found;
}

/** Without the tail that binary fractions leave. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}
