import type { Evaluation, Spread } from './evaluation.ts';
import type { Family } from './signal-worth.ts';

/** What is written where a figure is missing. */
export const NONE = '–';

/** A share as percent. */
export function percent(share: number | null, digits = 1): string {
  if (share === null || !Number.isFinite(share)) return NONE;
  return `${(share * 100).toFixed(digits)} %`;
}

/** A figure between 0 and 1 as statistics write it. */
export function decimal(value: number | null, digits = 3): string {
  if (value === null || !Number.isFinite(value)) return NONE;
  return value.toFixed(digits);
}

/** 4000 as 4,000. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 1 row, 2 rows. */
export function counted(value: number, one: string): string {
  return `${count(value)} ${one}${value === 1 ? '' : 's'}`;
}

/** What the evaluation comes to, in one sentence. */
export function headline({ transferred, n }: Evaluation): string {
  const { cost, quality } = transferred['99'];
  if (cost.mean === null || quality.mean === null)
    return `Nothing can be said from ${counted(n, 'row')}`;
  if (cost.mean >= 1) {
    return `Nothing to save: keeping 99 % of the frontier's quality costs ${percent(cost.mean, 0)} of its bill`;
  }
  return `${qualityText(quality.mean)} of the frontier's quality at ${percent(cost.mean, 0)} of its bill`;
}

/** 99.43 % is not 99 %, and 98.6 % is not either. */
function qualityText(quality: number): string {
  return percent(quality, 1).replace('.0 %', ' %');
}

/** What the headline is about. */
export function setting({ n, splits, labels, weak, strong, draftCost }: Evaluation): string {
  return (
    `${counted(n, 'question')}; the draft is right on ${percent(weak)}, the frontier on ${percent(strong)}; ` +
    `a draft costs ${percent(draftCost)} of a frontier call. ` +
    `Learned from ${counted(labels, 'row')} and judged on the other half, over ${counted(splits, 'random split')}.`
  );
}

/** One figure, what it is called and what it means. */
export interface FigureLine {
  readonly name: string;
  readonly spread: Spread;
  readonly unit: 'percent' | 'decimal';
  readonly meaning: string;
  /** 95 % bootstrap interval. */
  readonly interval?: { readonly low: number | null; readonly high: number | null };
}

/** All figures, in the groups that questions about a cascade come in. */
export function figureGroups(evaluation: Evaluation): { title: string; lines: FigureLine[] }[] {
  return [
    { title: 'Threshold taken from the training half', lines: transferredLines(evaluation) },
    { title: 'Cheapest point on the test half itself', lines: cheapestLines(evaluation) },
    { title: 'Certified on rows kept apart', lines: certifiedLines(evaluation) },
    { title: 'How well drafts are told apart', lines: rankingLines(evaluation) },
    { title: 'How true the confidence is', lines: calibrationLines(evaluation) },
  ];
}

function transferredLines({ transferred: { 99: point } }: Evaluation): FigureLine[] {
  return [
    {
      name: 'bill at 99 %',
      spread: point.cost,
      unit: 'percent',
      meaning: 'of asking the frontier always; every draft is paid',
    },
    {
      name: 'quality',
      spread: point.quality,
      unit: 'percent',
      meaning: "of the frontier's, delivered on rows not seen",
    },
  ];
}

function cheapestLines({ cost }: Evaluation): FigureLine[] {
  return (['95', '99', '100'] as const).map((share) => ({
    name: `bill at ${share} %`,
    spread: cost[share],
    unit: 'percent',
    meaning: `the least that buys ${share} % of the frontier's quality, known afterwards`,
  }));
}

function certifiedLines({ certified }: Evaluation): FigureLine[] {
  const { alpha, delta } = certified;
  return [
    {
      name: 'bill',
      spread: certified.cost,
      unit: 'percent',
      meaning: `so that at most ${percentOf(alpha)} are worse off than with the frontier, ${percentOf(1 - delta)} sure`,
    },
    {
      name: 'quality',
      spread: certified.quality,
      unit: 'percent',
      meaning: "of the frontier's, delivered on rows not seen",
    },
    {
      name: 'worse off',
      spread: certified.loss,
      unit: 'percent',
      meaning: 'of requests: a wrong draft where the frontier was right',
    },
    {
      name: 'splits with one',
      spread: { mean: certified.passed, sd: null },
      unit: 'percent',
      meaning: 'where nothing can be certified, everything escalates',
    },
  ];
}

function rankingLines({ auroc, benefitAuroc, apgr, cpt50, cpt80 }: Evaluation): FigureLine[] {
  return [
    {
      name: 'AUROC draft right',
      spread: auroc,
      unit: 'decimal',
      meaning: 'chance that a right draft is trusted more than a wrong one',
      interval: auroc,
    },
    {
      name: 'AUROC escalating helps',
      spread: benefitAuroc,
      unit: 'decimal',
      meaning: 'the same for "frontier right, draft wrong"',
      interval: benefitAuroc,
    },
    {
      name: 'APGR',
      spread: apgr,
      unit: 'decimal',
      meaning: 'of the gap between the two, recovered on average; at random .5',
    },
    {
      name: 'CPT 50 %',
      spread: cpt50,
      unit: 'percent',
      meaning: 'of requests escalated recover half of the gap',
    },
    {
      name: 'CPT 80 %',
      spread: cpt80,
      unit: 'percent',
      meaning: 'of requests escalated recover four fifths of it',
    },
  ];
}

function calibrationLines({ ece, brier }: Evaluation): FigureLine[] {
  return [
    {
      name: 'ECE',
      spread: ece,
      unit: 'decimal',
      meaning: 'mean distance of the confidence from what came true',
    },
    {
      name: 'Brier',
      spread: brier,
      unit: 'decimal',
      meaning: 'mean squared error of the confidence',
    },
  ];
}

/** A figure and how far it is from split to split, as two texts. */
export function figureTexts({ spread, unit }: FigureLine): { value: string; deviation: string } {
  const value = unit === 'percent' ? percent(spread.mean) : decimal(spread.mean);
  if (spread.mean === null || spread.sd === null) return { value, deviation: '' };
  const deviation = unit === 'percent' ? (spread.sd * 100).toFixed(1) : spread.sd.toFixed(3);
  return { value, deviation: `± ${deviation}` };
}

export const FAMILY_NAMES: Readonly<Record<Family, string>> = {
  'log-probs': 'token log-probabilities',
  text: 'text of the draft',
  question: 'draft against its question',
  bought: 'bought evidence',
  recorded: 'recorded confidence and cost',
  words: 'words of question and draft',
  task: 'the task',
};

/** Without trailing zeros. */
function percentOf(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
