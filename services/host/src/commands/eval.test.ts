import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { runCommand } from '../command.ts';
import { besideLogs, logFile, madeRows } from '../evaluation/made-log.fixture.ts';
import { evaluate } from './eval.ts';

afterEach(() => vi.restoreAllMocks());

/** What the command prints, and what it says beside. */
async function run(...args: string[]): Promise<{ status: number; out: string; beside: string }> {
  let out = '';
  let beside = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    beside += String(text);
    return true;
  });
  const status = await runCommand(evaluate, args);
  return { status, out, beside };
}

const log = logFile('command.jsonl', madeRows(240));

test('it prints one object with every figure that scripts read', async () => {
  const { status, out, beside } = await run(log, '--json', '--splits', '2', '--quality', '0.95');
  expect(status).toBe(0);
  const found: unknown = JSON.parse(out);
  const spread = { mean: expect.any(Number), sd: expect.any(Number) };
  expect(found).toMatchObject({
    n: 240,
    weak: expect.any(Number),
    strong: expect.any(Number),
    splits: 2,
    seed: 1,
    labels: 120,
    auroc: { ...spread, low: expect.any(Number), high: expect.any(Number) },
    benefitAuroc: spread,
    apgr: spread,
    cpt50: spread,
    cpt80: spread,
    cost: { 95: spread, 99: spread, 100: spread },
    transferred: { 99: { cost: spread, quality: spread } },
    ece: spread,
    brier: spread,
    certified: { alpha: 0.05, delta: 0.1, cost: spread, quality: spread },
    baselines: expect.any(Array),
    remarks: expect.any(Array),
  });
  expect(out.trimEnd()).not.toContain('\n');
  expect(beside).toContain('splits 2/2');
});

test('people get the figures in words, and a page', async () => {
  const report = besideLogs('report.html');
  const { out, beside } = await run(log, '--splits', '2', '--report', report);
  expect(out).toMatch(/^[\d.]+ % of the frontier's quality at \d+ % of its bill\n240 questions/);
  expect(out).toContain('AUROC escalating helps');
  expect(out).toContain('mean log-prob');
  expect(out).toContain('ferries');
  expect(beside).toContain(`wrote ${report}`);
  expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>/);
});

test('the curve alone is written where the report is an SVG', async () => {
  const report = besideLogs('curve.svg');
  await run(log, '--splits', '2', '--report', report);
  expect(readFileSync(report, 'utf8')).toMatch(/^<svg /);
});

test('the same seed writes the same page', async () => {
  const pages = ['one.html', 'two.html'].map(besideLogs);
  for (const report of pages) await run(log, '--splits', '2', '--seed', '9', '--report', report);
  const [one, two] = pages.map((report) => readFileSync(report, 'utf8'));
  expect(two).toBe(one);
});

test.each([
  ['no file', [], 'which file'],
  ['two files', [log, 'other.jsonl'], 'takes one file'],
  ['no splits', [log, '--splits', '0'], '--splits takes a whole number from 1 to 1000'],
  ['half a seed', [log, '--seed', '1.5'], '--seed takes a whole number'],
  ['hardly any labels', [log, '--labels', '2'], '--labels takes a whole number from 10 on'],
  ['perfection', [log, '--quality', '1'], '--quality takes a number between 0 and 1'],
  ['certainty', [log, '--confidence', '1'], '--confidence takes a number between 0 and 1'],
  ['a draft for less than nothing', [log, '--draft-cost=-1'], '--draft-cost takes'],
  ['a report of another kind', [log, '--report', 'x.pdf'], '.html or .svg'],
  ['a report nowhere', [log, '--report', '/nowhere/at/all/x.html'], 'there is no folder'],
])('%s is refused before any work', async (_what, args, problem) => {
  await expect(run(...args)).rejects.toThrow(problem);
});
