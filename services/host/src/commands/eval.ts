import { existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { evaluateLog } from '../evaluation/evaluate-log.ts';
import { readLog } from '../evaluation/log-file.ts';
import { LEAST_ROWS, type LogOptions } from '../evaluation/log-options.ts';
import { curveFile } from '../evaluation/report/curve-chart.ts';
import { page } from '../evaluation/report/page.ts';
import { textReport } from '../evaluation/text-report.ts';
import { Progress } from '../progress.ts';

const MAX_SPLITS = 1_000;

export const evaluate: Command = {
  name: 'eval',
  summary: 'how good a cascade would have been on a recorded log of both models',
  usage: 'FILE',
  details: [
    'FILE has one JSON object a line (may end in .gz): what a draft said, whether it was right (weak_correct) and whether',
    'the frontier was (strong_correct), with log-probabilities, one confidence, or texts alone: docs/evaluation.md.',
    'The scorer learns from one random half and is judged on the other, many times over: what 99 % of the',
    "frontier's quality costs, how well drafts are told apart, what can be certified, and what matters for it.",
  ].join('\n'),
  options: {
    splits: { type: 'string', value: 'N', help: 'random halves to average over (default 20)' },
    seed: { type: 'string', value: 'N', help: 'the same seed gives the same figures (default 1)' },
    labels: {
      type: 'string',
      value: 'N',
      help: 'learn from N rows of each training half only (default all)',
    },
    quality: {
      type: 'string',
      value: 'SHARE',
      help: 'what is to be certified: at most 1 - SHARE of requests worse off (default 0.99)',
    },
    confidence: {
      type: 'string',
      value: 'SHARE',
      help: 'how sure the certificate must be (default 0.9)',
    },
    'draft-cost': {
      type: 'string',
      value: 'SHARE',
      help: 'what a draft costs of a frontier call, for rows without costs (default 0.06)',
    },
    report: {
      type: 'string',
      value: 'FILE',
      help: 'write a report to look at: FILE.html, or FILE.svg for the curve alone',
    },
  },
  async run(context) {
    const [file, ...more] = context.words;
    if (file === undefined) throw new UsageError('which file of recorded answers?');
    if (more.length > 0) throw new UsageError(`takes one file, not also "${more.join('" "')}"`);
    const report = reportFile(context);
    const options = optionsOf(context, file);
    const log = await readLog(file, context.note);
    if (log.drafts.length < LEAST_ROWS) context.note('too few rows to learn from');
    const progress = new Progress('splits', options.splits);
    const evaluation = await evaluateLog(log, { ...options, onSplit: () => progress.step() });
    if (report !== undefined) {
      writeFileSync(report, report.endsWith('.svg') ? curveFile(evaluation) : page(evaluation));
      context.note(`wrote ${report}`);
    }
    context.print(context.json ? JSON.stringify(evaluation) : textReport(evaluation));
    return 0;
  },
};

function optionsOf(context: CommandContext, file: string): Omit<LogOptions, 'onSplit'> {
  const labels = context.text('labels');
  return {
    file,
    splits: whole(context, 'splits', 20, MAX_SPLITS),
    seed: whole(context, 'seed', 1, 0xffff_ffff, 0),
    labels:
      labels === undefined
        ? undefined
        : whole(context, 'labels', 0, Number.MAX_SAFE_INTEGER, LEAST_ROWS / 2),
    target: {
      // Without the tail that binary fractions leave: 1 - 0.99 is 0.01 to those who read it.
      alpha: Number((1 - share(context, 'quality', 0.99)).toFixed(12)),
      delta: Number((1 - share(context, 'confidence', 0.9)).toFixed(12)),
    },
    draftCost: draftCost(context),
  };
}

/** Said before the work, not after it. */
function reportFile({ text }: CommandContext): string | undefined {
  const report = text('report');
  if (report === undefined) return undefined;
  if (!/\.(html|svg)$/.test(report)) {
    throw new UsageError(`--report takes a file that ends in .html or .svg, not "${report}"`);
  }
  if (!existsSync(dirname(report))) {
    throw new UsageError(`--report: there is no folder "${dirname(report)}"`);
  }
  return report;
}

function whole(
  { text }: CommandContext,
  option: string,
  byDefault: number,
  most: number,
  least = 1,
): number {
  const given = text(option);
  if (given === undefined) return byDefault;
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  throw new UsageError(`--${option} takes a whole number ${range}, not "${given}"`);
}

function share({ text }: CommandContext, option: string, byDefault: number): number {
  const given = text(option);
  if (given === undefined) return byDefault;
  const value = Number(given);
  if (given.trim() !== '' && value > 0 && value < 1) return value;
  throw new UsageError(`--${option} takes a number between 0 and 1, such as 0.99, not "${given}"`);
}

function draftCost({ text }: CommandContext): number {
  const given = text('draft-cost');
  if (given === undefined) return 0.06;
  const value = Number(given);
  if (given.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new UsageError(
    `--draft-cost takes what a draft costs of a frontier call, such as 0.06, not "${given}"`,
  );
}
