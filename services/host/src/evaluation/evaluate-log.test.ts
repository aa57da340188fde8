import { describe, expect, test } from 'vitest';
import { evaluateLog } from './evaluate-log.ts';
import type { Evaluation, Spread } from './evaluation.ts';
import { readLog } from './log-file.ts';
import type { LogOptions } from './log-options.ts';
import { aggregateRows, logFile, type MadeRow, madeRows } from './made-log.fixture.ts';

let made = 0;

async function evaluate(
  rows: readonly MadeRow[],
  more: Partial<LogOptions> = {},
): Promise<Evaluation> {
  const file = logFile(`evaluated-${made++}.jsonl`, rows);
  return evaluateLog(await readLog(file, () => {}), {
    file: 'log.jsonl',
    splits: 3,
    seed: 1,
    labels: undefined,
    target: { alpha: 0.05, delta: 0.1 },
    draftCost: 0.06,
    onSplit: () => {},
    ...more,
  });
}

/** Every number in it, by its path; null where there is none. */
function figuresIn(value: unknown, path = ''): [string, number | null][] {
  if (value === null || typeof value === 'number') return [[path, value]];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => figuresIn(inner, `${path}.${name}`));
}

function spreads(found: Evaluation): Spread[] {
  const { auroc, benefitAuroc, apgr, cpt50, cpt80, cost, transferred, ece, brier, certified } =
    found;
  const points = [transferred['99'], certified].flatMap((each) => [each.cost, each.quality]);
  return [auroc, benefitAuroc, apgr, cpt50, cpt80, ece, brier, ...Object.values(cost), ...points];
}

const whole = await evaluate(madeRows(600));

test('a log with log-probabilities has every figure, its mean and its deviation', () => {
  const found = whole;
  expect(found).toMatchObject({
    n: 600,
    splits: 3,
    seed: 1,
    labels: 300,
    remarks: expect.any(Array),
  });
  expect(found.weak).toBeGreaterThan(0.4);
  expect(found.strong).toBeGreaterThan(0.9);
  for (const { mean, sd } of spreads(found)) {
    expect(mean).not.toBeNull();
    expect(sd).not.toBeNull();
  }
  for (const [path, value] of figuresIn(found)) expect(value, path).not.toBeNaN();
  expect(found.auroc.mean).toBeGreaterThan(0.7);
  expect(found.auroc.low).toBeLessThan(found.auroc.mean ?? 0);
  expect(found.auroc.high).toBeGreaterThan(found.auroc.mean ?? 1);
  expect(found.transferred['99'].cost.mean).toBeLessThan(1.06);
  expect(found.baselines.map(({ signal }) => signal)).toContain('mean_logprob');
});

test('its curve goes from all drafts to all escalated, under the limit', () => {
  const { curve, draftCost } = whole;
  expect(curve).toHaveLength(101);
  expect(curve[0]?.cost).toBeCloseTo(draftCost, 9);
  expect(curve.at(-1)?.quality).toBeCloseTo(1, 9);
  for (const { quality, low, high, oracle, raw } of curve) {
    expect(low).toBeLessThanOrEqual(quality + 1e-9);
    expect(high).toBeGreaterThanOrEqual(quality - 1e-9);
    expect(oracle).toBeGreaterThanOrEqual(quality - 1e-9);
    expect(oracle).toBeGreaterThanOrEqual((raw ?? 0) - 1e-9);
  }
});

test('tasks, signals and confidences add up to the log', () => {
  const found = whole;
  expect(found.tasks.map(({ task, n }) => [task, n])).toEqual([
    ['ferries', 400],
    ['trains', 200],
  ]);
  expect(found.confidences.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  const families = found.signals.filter(({ signal }) => signal === '');
  expect(families[0]?.family).toBe('log-probs');
  expect(families[0]?.auroc.mean).toBeGreaterThan(0.1);
  const counted = found.reliability.reduce((sum, { count }) => sum + count, 0);
  // Each of the rows that were in some test half, once.
  expect(counted).toBeGreaterThan(480);
  expect(counted).toBeLessThan(560);
});

test('the same seed gives the same to the last digit, and another seed another', async () => {
  const rows = madeRows(200);
  let done = 0;
  const once = await evaluate(rows, { onSplit: () => done++ });
  expect(done).toBe(3);
  expect(await evaluate(rows)).toEqual(once);
  expect((await evaluate(rows, { seed: 2 })).ece).not.toEqual(once.ece);
});

test('one split has figures without a deviation', async () => {
  const { ece, remarks } = await evaluate(madeRows(200), { splits: 1 });
  expect(ece.mean).not.toBeNull();
  expect(ece.sd).toBeNull();
  expect(remarks).toContain('One split has no deviation: ask for more with --splits.');
});

test('fewer labels are learned from when so many are asked for, and the report says how many', async () => {
  const rows = madeRows(200);
  expect((await evaluate(rows, { labels: 50 })).labels).toBe(50);
  const all = await evaluate(rows, { labels: 5000 });
  expect(all.labels).toBe(100);
  expect(all.remarks.join(' ')).toContain('--labels 5000 is more than a training half has');
});

describe('what a log cannot tell is null, with a remark and without a NaN', () => {
  const base = aggregateRows(100, (logprob) => logprob);
  test.each([
    ['too few rows', base.slice(0, 12), 'Too few rows: 12', ['auroc', 'ece', 'certified']],
    [
      'drafts that are all right',
      base.map((row) => ({ ...row, weak_correct: 1, strong_correct: 1 })),
      'Every draft is right',
      ['auroc', 'benefitAuroc', 'apgr', 'cpt50'],
    ],
    [
      'drafts that are all wrong',
      base.map((row) => ({ ...row, weak_correct: 0 })),
      'Every draft is wrong',
      ['auroc'],
    ],
    [
      'a frontier that is never right',
      base.map((row) => ({ ...row, strong_correct: 0 })),
      'The frontier is never right',
      ['apgr', 'transferred'],
    ],
    [
      'a frontier that is no better',
      base.map((row) => ({ ...row, strong_correct: Number(row['weak_correct']) / 2 })),
      'The frontier is no better than the draft',
      ['apgr', 'cpt80', 'benefitAuroc'],
    ],
  ])('%s', async (_what, rows, remark, missing) => {
    const found = await evaluate(rows);
    expect(found.remarks.join('\n')).toContain(remark);
    for (const [path, value] of figuresIn(found)) {
      expect(value === null || Number.isFinite(value), path).toBe(true);
      if (missing.some((name) => path === `.${name}.mean` || path === `.${name}.99.cost.mean`)) {
        expect(value, path).toBeNull();
      }
    }
    expect(JSON.stringify(found)).not.toMatch(/NaN|Infinity/);
  });
});

test('labels alone tell drafts apart no better than chance', async () => {
  const rows = madeRows(200).map(({ weak_correct, strong_correct }) => ({
    weak_correct,
    strong_correct,
  }));
  const found = await evaluate(rows);
  expect(found.auroc.mean).toBe(0.5);
  expect(found.baselines).toEqual([]);
  expect(found.signals).toEqual([]);
  expect(found.tasks).toEqual([]);
  expect(found.remarks.join('\n')).toContain('No row has the text of its question or of its draft');
});

test('what was assumed is said', async () => {
  const spoiled = madeRows(200).map((row, at) =>
    at < 20 ? { ...row, weak_tokens: [{ t: 'By', l: 0, top: [] }] } : row,
  );
  const said = (await evaluate(spoiled)).remarks.join('\n');
  expect(said).toContain('20 of 200 rows have tokens whose log-probabilities cannot be believed');
  expect(said).toContain('A draft is assumed to cost 6 % of a frontier call');
  const turned = await evaluate(aggregateRows(200, (logprob) => -logprob));
  expect(turned.remarks.join('\n')).toContain('weak_logconf is higher where drafts are wrong');
  const priced = await evaluate(
    madeRows(200).map((row, at) => ({ ...row, ...(at % 2 && { weak_cost: 1, strong_cost: 10 }) })),
  );
  expect(priced.draftCost).toBeCloseTo((100 * 1 + 100 * 0.6) / 2000, 9);
  expect(priced.remarks.join('\n')).toContain('100 of 200 rows have no strong_cost');
});

test('what cannot be certified escalates, and the report says what it would take', async () => {
  const found = await evaluate(madeRows(200), { target: { alpha: 0.01, delta: 0.1 } });
  expect(found.certified).toMatchObject({ alpha: 0.01, delta: 0.1, passed: 0 });
  expect(found.certified.cost.mean).toBeCloseTo(1.06, 9);
  expect(found.certified.quality.mean).toBe(1);
  expect(found.remarks.join('\n')).toContain('takes at least 230 rows');
});
