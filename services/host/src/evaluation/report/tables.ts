import type { Evaluation, SignalFigures } from '../evaluation.ts';
import {
  count,
  decimal,
  FAMILY_NAMES,
  type FigureLine,
  figureGroups,
  figureTexts,
  NONE,
  percent,
} from '../wording.ts';
import { escaped } from './svg.ts';

/** Signals that are shown one by one. */
const MAX_SIGNALS = 12;
const MAX_TASK_CHARACTERS = 60;

/** Every figure with its deviation, and what it means: a table for each question. */
export function figureTables(evaluation: Evaluation): string {
  const tables = figureGroups(evaluation).map(
    ({ title, lines }) =>
      `<div><h3>${escaped(title)}</h3>\n${table(title, [], lines.map(figureRow))}</div>`,
  );
  return `<div class="figures">\n${tables.join('\n')}\n</div>`;
}

function figureRow(line: FigureLine): string {
  const { value, deviation } = figureTexts(line);
  const { low, high } = line.interval ?? {};
  const interval =
    low === undefined || low === null
      ? ''
      : `<small>${decimal(low)} to ${decimal(high ?? null)}</small>`;
  return `<tr><th scope="row" class="name">${escaped(line.name)}<small>${escaped(line.meaning)}</small></th><td><b>${value}</b> <span class="soft">${deviation}</span>${interval}</td></tr>`;
}

/** The raw signals that the log has, and the learned scorer beside them. */
export function baselineTable({ baselines, auroc, benefitAuroc, apgr, cost }: Evaluation): string {
  if (baselines.length === 0) return '';
  const cells = (values: readonly string[]) => values.map((value) => `<td>${value}</td>`).join('');
  const rows = baselines.map(
    (raw) =>
      `<tr><th scope="row" class="name">${escaped(raw.name)}</th>${cells([
        decimal(raw.auroc),
        decimal(raw.benefitAuroc),
        decimal(raw.apgr),
        percent(raw.cost['95']),
        percent(raw.cost['99']),
        percent(raw.cost['100']),
      ])}</tr>`,
  );
  const own = `<tr><th scope="row" class="name"><b>this scorer</b><small>on halves not seen</small></th>${cells(
    [
      decimal(auroc.mean),
      decimal(benefitAuroc.mean),
      decimal(apgr.mean),
      percent(cost['95'].mean),
      percent(cost['99'].mean),
      percent(cost['100'].mean),
    ],
  )}</tr>`;
  const heads = [
    '',
    'AUROC<br>draft right',
    'AUROC<br>escalating helps',
    'APGR',
    'bill at<br>95 %',
    'bill at<br>99 %',
    'bill at<br>100 %',
  ];
  return table('Raw signals and the learned scorer', heads, [...rows, own]);
}

/** Empty for a log of one task. */
export function taskTable({ tasks }: Evaluation): string {
  if (tasks.length === 0) return '';
  const rows = tasks.map(
    ({ task, n, weak, strong, escalated, quality }) =>
      `<tr><th scope="row" class="name">${escaped(shortened(task))}</th><td>${count(n)}</td><td>${percent(weak)}</td><td>${percent(strong)}</td><td>${percent(escalated.mean)}${meter(escalated.mean, 1)}</td><td>${percent(quality.mean)}</td></tr>`,
  );
  const heads = [
    'task',
    'rows',
    'draft<br>right',
    'frontier<br>right',
    'escalated',
    "quality, of<br>the frontier's",
  ];
  return table('By task', heads, rows);
}

/** Families, and under them the signals without which most is lost. */
export function signalTable({ signals }: Evaluation): string {
  if (signals.length === 0) return '';
  const families = signals.filter(({ signal }) => signal === '');
  const single = signals.filter(({ signal }) => signal !== '');
  const most = Math.max(
    0.001,
    ...signals.map(({ auroc, benefitAuroc }) => Math.max(auroc.mean ?? 0, benefitAuroc.mean ?? 0)),
  );
  const row = (as: string, name: string, { auroc, benefitAuroc }: SignalFigures) =>
    `<tr${as}><th scope="row" class="name">${escaped(name)}</th>${lossCell(auroc.mean, most)}${lossCell(benefitAuroc.mean, most)}</tr>`;
  return table(
    'What matters',
    ['', 'AUROC lost,<br>draft right', 'AUROC lost,<br>escalating helps'],
    [
      '<tr class="group"><th colspan="3" scope="rowgroup">all signals of a kind together</th></tr>',
      ...families.map((each) => row('', FAMILY_NAMES[each.family], each)),
      '<tr class="group"><th colspan="3" scope="rowgroup">single signals</th></tr>',
      ...single.slice(0, MAX_SIGNALS).map((each) => row(' class="member"', each.signal, each)),
    ],
  );
}

/** Less than nothing is nothing that counts. */
function lossCell(value: number | null, most: number): string {
  if (value === null) return `<td>${NONE}</td>`;
  const loss = Math.max(0, value);
  return `<td>${loss.toFixed(3)}${meter(loss, most)}</td>`;
}

function meter(value: number | null, most: number): string {
  if (value === null) return '';
  const width = Math.round(Math.min(1, value / most) * 100);
  return `<span class="meter" aria-hidden="true"><i style="width:${width}%"></i></span>`;
}

/** The curve and the reliability diagram in figures, for those who cannot or would not see them. */
export function curveTable({ curve }: Evaluation): string {
  const rows = curve
    .filter((_, step) => step % 10 === 0)
    .map(
      ({ cost, quality, low, high, raw, oracle }) =>
        `<tr><th scope="row">${percent(cost)}</th><td>${percent(quality)}</td><td>${percent(low)} to ${percent(high)}</td><td>${percent(raw)}</td><td>${percent(oracle)}</td></tr>`,
    );
  const heads = ['bill', 'quality', 'four of five splits', 'best raw signal', 'limit'];
  return table('What each budget buys', heads, rows);
}

export function reliabilityTable({ reliability }: Evaluation): string {
  const rows = reliability.map(
    ({ predicted, observed, low, high, count: drafts }) =>
      `<tr><th scope="row">${decimal(predicted)}</th><td>${decimal(observed)}</td><td>${decimal(low)} to ${decimal(high)}</td><td>${count(drafts)}</td></tr>`,
  );
  return table('Confidence', ['confidence given', 'right', '95 % between', 'drafts'], rows);
}

/** `heads` is markup. A table that is wider than a phone scrolls by itself, by keyboard too. */
function table(label: string, heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((text) => (text === '' ? '<td></td>' : `<th scope="col">${text}</th>`));
  const top = heads.length === 0 ? '' : `<thead><tr>${head.join('')}</tr></thead>`;
  return `<div class="scroll" role="region" aria-label="${escaped(label)}" tabindex="0"><table>${top}<tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
}

function shortened(task: string): string {
  if (task === '') return '(none)';
  return task.length > MAX_TASK_CHARACTERS ? `${task.slice(0, MAX_TASK_CHARACTERS - 1)}…` : task;
}
