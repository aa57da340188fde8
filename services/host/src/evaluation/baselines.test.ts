import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { auroc } from '@weir/cascade';
import { expect, test } from 'vitest';
import { type Baseline, baselines, bestBaseline, gainOf } from './baselines.ts';
import { costed } from './costs.ts';
import { readLog } from './log-file.ts';
import { aggregateRows, logFile, type MadeRow, madeRows } from './made-log.fixture.ts';

const RECORDED = fileURLToPath(new URL('../../../../../shared/data/cascade/', import.meta.url));

async function baselinesOf(file: string): Promise<Map<string, Baseline>> {
  const { drafts } = await readLog(file, () => {});
  return new Map(baselines(costed(drafts, 0.06).drafts).map((each) => [each.name, each]));
}

function figuresOf(raw: Baseline | undefined): (number | null | undefined)[] {
  const { auroc: right, benefitAuroc, apgr, cost } = raw ?? {};
  return [right, benefitAuroc, apgr, cost?.['95'], cost?.['99'], cost?.['100']];
}

/** To the last digit that was published; an area summed by another rule is off by half a row's part of it. */
function expectFigures(raw: Baseline | undefined, published: readonly number[]): void {
  for (const [at, figure] of figuresOf(raw).entries()) {
    expect(Math.abs((figure ?? Number.NaN) - (published[at] ?? 0))).toBeLessThanOrEqual(0.000_7);
  }
}

/** As published for these logs, with another implementation. */
test.skipIf(!existsSync(RECORDED))(
  'the raw signals of the recorded logs come to what others found for them',
  async () => {
    const weak = await baselinesOf(`${RECORDED}tiny_dev.jsonl`);
    expectFigures(weak.get('mean log-prob'), [0.904, 0.894, 0.742, 0.479, 0.564, 0.756]);
    expectFigures(weak.get('least log-prob'), [0.899, 0.893, 0.77, 0.479, 0.587, 0.814]);
    expectFigures(weak.get('mean margin'), [0.885, 0.877, 0.728, 0.5, 0.572, 0.764]);
    const good = await baselinesOf(`${RECORDED}tiny_good_dev.jsonl`);
    expectFigures(good.get('sum of log-probs'), [0.947, 0.93, 0.909, 0.062, 0.159, 0.739]);
    expectFigures(good.get('least log-prob'), [0.941, 0.922, 0.902, 0.063, 0.223, 0.717]);
  },
);

/** The same figures, written out plainly over rows and one score. */
function plainly(rows: readonly MadeRow[], score: (row: MadeRow) => number) {
  const of = (row: MadeRow, name: string) => Number(row[name]);
  const gains = rows.map((row) => Math.max(0, of(row, 'strong_correct') - of(row, 'weak_correct')));
  const order = rows.toSorted((left, right) => score(left) - score(right));
  let quality = rows.reduce((sum, row) => sum + of(row, 'weak_correct'), 0);
  const strong = rows.reduce((sum, row) => sum + of(row, 'strong_correct'), 0);
  let cost = 0.06 * rows.length;
  for (const row of order) {
    if (quality >= 0.99 * strong) break;
    quality += of(row, 'strong_correct') - of(row, 'weak_correct');
    cost++;
  }
  return {
    auroc: auroc(
      rows.map(score),
      rows.map((row) => of(row, 'weak_correct')),
    ),
    benefitAuroc: auroc(
      rows.map((row) => -score(row)),
      gains,
    ),
    cost99: cost / rows.length,
  };
}

test('the mean log-prob comes to what it does when it is written out', async () => {
  const rows = madeRows(500);
  const mean = (row: MadeRow) => {
    const tokens = row['weak_tokens'] as { l: number }[];
    return tokens.slice(0, 3).reduce((sum, { l }) => sum + l, 0) / 3;
  };
  const found = (await baselinesOf(logFile('raw.jsonl', rows))).get('mean log-prob');
  const wanted = plainly(rows, mean);
  expect(found?.rows).toBe(500);
  expect(found?.auroc).toBeCloseTo(wanted.auroc, 9);
  expect(found?.benefitAuroc).toBeCloseTo(wanted.benefitAuroc, 9);
  expect(found?.cost['99']).toBeCloseTo(wanted.cost99, 9);
});

test('a score comes to the same however it is stretched', async () => {
  const figures = await Promise.all(
    [
      (l: number) => l,
      (l: number) => Math.exp(l),
      (l: number) => 50 + 3 * l,
      // As low as the sum over a long answer is.
      (l: number) => 400 * l,
    ].map(async (of, at) => {
      const found = await baselinesOf(logFile(`same-${at}.jsonl`, aggregateRows(300, of)));
      expect([...found.keys()]).toEqual(['weak_logconf']);
      return figuresOf(found.get('weak_logconf'));
    }),
  );
  expect(figures[0]?.every((figure) => typeof figure === 'number')).toBe(true);
  expect(figures[1]).toEqual(figures[0]);
  expect(figures[2]).toEqual(figures[0]);
  expect(figures[3]).toEqual(figures[0]);
});

test('rows on which a signal says nothing escalate first', async () => {
  const rows = aggregateRows(100, (logprob) => logprob).map((row, at) =>
    at < 40 ? { ...row, weak_logconf: null, weak_correct: 0, strong_correct: 1 } : row,
  );
  const found = (await baselinesOf(logFile('gaps.jsonl', rows))).get('weak_logconf');
  expect(found?.rows).toBe(60);
  expect(found?.cost['95']).toBeGreaterThan(0.06 + 0.3);
  expect(found?.apgr).toBeGreaterThan(0.5);
});

test('the best is the one with the smallest bill at 99 %, if there is any', () => {
  const raw = (name: string, cost: number | null) =>
    ({ name, cost: { 95: 0, 99: cost, 100: 1 } }) as Baseline;
  expect(bestBaseline([raw('a', null), raw('b', 0.5), raw('c', 0.4)])?.name).toBe('c');
  expect(bestBaseline([])).toBeUndefined();
});

test('what escalating gains is never less than nothing', () => {
  const row = { draftRight: 0.25, frontierRight: 1 } as Parameters<typeof gainOf>[0];
  expect(gainOf(row)).toBe(0.75);
  expect(gainOf({ ...row, frontierRight: 0 })).toBe(0);
  expect(gainOf({ ...row, frontierRight: null })).toBe(0);
});
