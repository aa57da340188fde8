import type { Evaluation, SignalFigures } from './evaluation.ts';
import {
  count,
  counted,
  decimal,
  FAMILY_NAMES,
  figureGroups,
  figureTexts,
  headline,
  NONE,
  percent,
  setting,
} from './wording.ts';

const MAX_TASKS = 20;
const MAX_SIGNALS = 10;
const MAX_TASK_CHARACTERS = 32;
/** As wide as a terminal mostly is, and as remarks are easy to read. */
const LINE_CHARACTERS = 110;

/** The evaluation for people at a terminal. */
export function textReport(evaluation: Evaluation): string {
  return [
    headline(evaluation),
    ...wrapped(setting(evaluation)),
    '',
    ...figureLines(evaluation),
    ...baselineLines(evaluation),
    ...taskLines(evaluation),
    ...signalLines(evaluation),
    ...evaluation.remarks.flatMap((remark) => wrapped(remark, '- ')),
  ]
    .join('\n')
    .trimEnd();
}

function figureLines(evaluation: Evaluation): string[] {
  return figureGroups(evaluation).flatMap(({ title, lines }) => [
    title,
    ...lines.map((line) => {
      const { value, deviation } = figureTexts(line);
      const { low, high } = line.interval ?? {};
      const interval =
        low === undefined || low === null ? '' : ` [${decimal(low)}, ${decimal(high ?? null)}]`;
      return `  ${line.name.padEnd(23)} ${value.padStart(8)} ${deviation.padEnd(8)} ${line.meaning}${interval}`;
    }),
    '',
  ]);
}

function baselineLines({ baselines }: Evaluation): string[] {
  if (baselines.length === 0) return [];
  const rows = baselines.map(({ name, auroc, benefitAuroc, apgr, cost }) => [
    name,
    decimal(auroc),
    decimal(benefitAuroc),
    decimal(apgr),
    percent(cost['95']),
    percent(cost['99']),
    percent(cost['100']),
  ]);
  const names = ['', 'AUROC right', 'AUROC helps', 'APGR', 'bill 95 %', 'bill 99 %', 'bill 100 %'];
  return ['Raw signals over all rows, nothing learned', ...columns([names, ...rows]), ''];
}

function taskLines({ tasks, taskCount }: Evaluation): string[] {
  if (tasks.length === 0) return [];
  const rows = tasks
    .slice(0, MAX_TASKS)
    .map(({ task, n, weak, strong, escalated, quality }) => [
      plain(task),
      count(n),
      percent(weak),
      percent(strong),
      percent(escalated.mean),
      percent(quality.mean),
    ]);
  const names = ['', 'rows', 'draft right', 'frontier right', 'escalated', 'quality'];
  const untold = taskCount - rows.length;
  const more = untold > 0 ? [`  and ${counted(untold, 'more task')}`] : [];
  return ['By task, at the threshold for 99 %', ...columns([names, ...rows]), ...more, ''];
}

function signalLines({ signals }: Evaluation): string[] {
  if (signals.length === 0) return [];
  const row = (name: string, { auroc, benefitAuroc }: SignalFigures) => [
    name,
    loss(auroc.mean),
    loss(benefitAuroc.mean),
  ];
  const families = signals.filter(({ signal }) => signal === '');
  const single = signals.filter(({ signal }) => signal !== '').slice(0, MAX_SIGNALS);
  return [
    "What matters: how much AUROC is lost when this is another row's",
    ...columns([
      ['', 'right', 'helps'],
      ...families.map((each) => row(FAMILY_NAMES[each.family], each)),
      ...single.map((each) => row(`  ${each.signal}`, each)),
    ]),
    '',
  ];
}

/** Less than nothing is nothing that counts. */
function loss(value: number | null): string {
  return value === null ? NONE : Math.max(0, value).toFixed(3);
}

/** The first column to the left, figures to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `  ${cells.join('   ')}`.trimEnd();
  });
}

/** What a log calls its tasks goes to a terminal: no control characters, and an end. */
function plain(task: string): string {
  const text = task.replace(/\p{C}/gu, ' ');
  if (text === '') return '(none)';
  return text.length > MAX_TASK_CHARACTERS ? `${text.slice(0, MAX_TASK_CHARACTERS - 1)}…` : text;
}

function wrapped(text: string, first = ''): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(' ')) {
    if (line.length + word.length > LINE_CHARACTERS && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = ' '.repeat(first.length);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
