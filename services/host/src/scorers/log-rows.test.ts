import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rowsOfLog } from './log-rows.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-log-rows-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** The rows of a log of these lines, each right or wrong as it says. */
function rowsOf(...lines: readonly object[]) {
  const file = join(folder, 'log.jsonl');
  const whole = lines.map((line) =>
    JSON.stringify({ weak_correct: 1, strong_correct: 1, ...line }),
  );
  writeFileSync(file, whole.join('\n'));
  return rowsOfLog(file, 'support', () => {});
}

test('rows that all say when they were are in the order of their times', async () => {
  const { rows, order } = await rowsOf(
    { at: '2026-11-22T12:00:00Z', weak_correct: 0.1 },
    { at: '2026-11-22T12:30:00+02:00', weak_correct: 0.2 },
    { at: Date.UTC(2026, 10, 22, 11), weak_correct: 0.3 },
  );
  expect(order).toBe('time');
  expect(rows.map(({ draftRight }) => draftRight)).toEqual([0.2, 0.3, 0.1]);
  expect(rows[0]?.atMs).toBe(Date.UTC(2026, 10, 22, 10, 30));
});

test('where one does not say it, the order is that of the file, long ago', async () => {
  const { rows, order } = await rowsOf(
    { at: '2026-11-22T12:00:00Z', weak_correct: 0.1 },
    { weak_correct: 0.2 },
  );
  expect(order).toBe('file');
  expect(rows.map(({ draftRight, atMs }) => [draftRight, atMs])).toEqual([
    [0.1, 0],
    [0.2, 1],
  ]);
});

test.each(['yesterday', '2026-11-22', '2026-11-22T12:00:00', '2026-13-01T00:00:00Z', -1, 1.5, {}])(
  'the time %j is none',
  async (at) => {
    await expect(rowsOf({ at })).rejects.toThrow(/log\.jsonl:1 "at" is no instant: write 2026-/);
  },
);

test('every row is of the route, drawn with certainty, and counts in full', async () => {
  const { rows } = await rowsOf({ task: 'maths', weak_text: 'Four.' });
  expect(rows[0]).toMatchObject({
    group: 'support',
    sampled: true,
    propensity: 1,
    weight: 1,
    frontierRight: 1,
  });
});
