import { expect, test } from 'vitest';
import { evaluateLog } from '../evaluate-log.ts';
import type { Evaluation } from '../evaluation.ts';
import { readLog } from '../log-file.ts';
import { logFile, type MadeRow, madeRows } from '../made-log.fixture.ts';
import { textReport } from '../text-report.ts';
import { curveFile } from './curve-chart.ts';
import { page } from './page.ts';

async function evaluate(name: string, rows: readonly MadeRow[]): Promise<Evaluation> {
  const log = await readLog(logFile(`${name}.jsonl`, rows), () => {});
  return evaluateLog(log, {
    file: `/logs/${name}.jsonl`,
    splits: 2,
    seed: 1,
    labels: undefined,
    target: { alpha: 0.05, delta: 0.1 },
    draftCost: 0.06,
    onSplit: () => {},
  });
}

const VOID = new Set(['meta', 'br', 'link']);

/** Tags that are opened and never closed, or closed and never opened. */
function unbalanced(markup: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const text = markup.replace(/<style>[^<]*<\/style>/g, '').replace(/<!doctype html>/, '');
  for (const [, slash, name = '', rest = ''] of text.matchAll(/<(\/?)([a-z0-9]+)([^<>]*)>/g)) {
    if (VOID.has(name) || rest.endsWith('/')) continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

const whole = await evaluate('whole', madeRows(300));
const little = await evaluate('little', madeRows(8));
const same = await evaluate(
  'same',
  madeRows(60).map((row) => ({ ...row, weak_correct: 1, strong_correct: 1 })),
);
const dear = await evaluate(
  'dear',
  madeRows(60).map((row) => ({ ...row, weak_cost: 1e12, strong_cost: 1e-12 })),
);
const never = await evaluate(
  'never',
  madeRows(60).map((row) => ({ ...row, strong_correct: 0 })),
);

test.each([
  ['a whole log', whole],
  ['too few rows', little],
  ['one kind of draft', same],
  ['drafts at any price', dear],
  ['a frontier that is never right', never],
])(
  'of %s the page is whole: balanced, without scripts, without what is no number',
  (_what, found) => {
    for (const markup of [page(found), curveFile(found)]) {
      expect(unbalanced(markup)).toEqual([]);
      expect(markup).not.toMatch(/NaN|undefined|Infinity|null|\[object/);
      expect(markup).not.toMatch(/<script|<link|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    }
    expect(textReport(found)).not.toMatch(/NaN|undefined|Infinity|null|\[object/);
  },
);

test('the page says first what the log came to, and draws it', () => {
  const markup = page(whole);
  const cost = Math.round((whole.transferred['99'].cost.mean ?? 0) * 100);
  expect(markup).toMatch(
    new RegExp(`<h1>[\\d.]+\\u00a0% of the frontier&#39;s quality at ${cost}\\u00a0%`),
  );
  expect(markup.match(/<svg/g)).toHaveLength(3);
  expect(markup.match(/role="img" aria-labelledby/g)).toHaveLength(3);
  for (const id of ['curve', 'curve-narrow', 'reliability']) {
    expect(markup).toContain(`<title id="${id}-title">`);
    expect(markup).toContain(`<desc id="${id}-desc">`);
  }
  expect(markup).toContain('prefers-color-scheme: dark');
  expect(markup).toContain('@media print');
});

test('no axis of shares goes above all of them', () => {
  expect(page(same)).not.toMatch(/text-anchor="end">10(0\.[1-9]|[1-9](\.\d)?)\u00a0%</);
});

test('the command for the same figures says what they depend on', async () => {
  const { n } = whole;
  const found = { ...whole, labels: n / 4, assumedDraftCost: 0.2 };
  expect(page(found)).toContain(
    `weir eval FILE --splits 2 --seed 1 --labels ${n / 4} --quality 0.95 --confidence 0.9 --draft-cost 0.2<`,
  );
});

test('tasks beyond those told are counted', async () => {
  const rows = madeRows(210).map((row, at) => ({ ...row, task: `task ${at % 70}` }));
  const found = await evaluate('tasks', rows);
  expect([found.tasks.length, found.taskCount]).toEqual([64, 70]);
  expect(found.remarks.join()).toContain('6 more tasks are in all other figures alone');
  expect(textReport(found)).toContain('and 50 more tasks');
});

test('the curve is a file of its own with its own style', () => {
  const markup = curveFile(whole);
  expect(markup.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
  expect(markup.match(/<svg/g)).toHaveLength(1);
  expect(markup).toContain('<style>');
});

test('what cannot be said is said to be so', () => {
  expect(page(little)).toContain('Nothing can be said from 8 rows');
  expect(textReport(little)).toContain('Nothing can be said from 8 rows');
  expect(page(little)).not.toContain('<svg');
});

test('names of tasks and files are text, whatever they are made of', async () => {
  const name = `</td><script>alert('a & "b"')</script>\u0007`;
  const rows = madeRows(100).map((row, at) => ({ ...row, task: at % 2 ? name : 'plain' }));
  const found = { ...(await evaluate('names', rows)), file: `/logs/<img src=x onerror='a'>.jsonl` };
  const markup = page(found);
  expect(unbalanced(markup)).toEqual([]);
  expect(markup).not.toMatch(/<script|<img/);
  expect(markup).not.toContain('\u0007');
  expect(markup).toContain('&lt;script&gt;alert(&#39;a &amp; &quot;b&quot;&#39;)');
  expect(textReport(found)).not.toContain('\u0007');
});

test('a remark is in the page and in the text', () => {
  for (const remark of whole.remarks) {
    expect(textReport(whole).replace(/\s+/g, ' ')).toContain(remark);
  }
  expect(page(whole)).toContain('A draft is assumed to cost');
});
