import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readLog } from './log-file.ts';
import { aggregateRows, besideLogs, logFile, madeRows } from './made-log.fixture.ts';

const silent = () => {};

test('a log of tokens is read with its signals, its labels and its tasks', async () => {
  const { drafts, scale, withTokens } = await readLog(logFile('a.jsonl', madeRows(6)), silent);
  expect(drafts).toHaveLength(6);
  expect(withTokens).toBe(6);
  expect(scale).toBeUndefined();
  expect(new Set(drafts.map(({ group }) => group))).toEqual(new Set(['trains', 'ferries']));
  for (const { signals, frontierRight, draftCost } of drafts) {
    expect(signals.some(Number.isFinite)).toBe(true);
    expect(frontierRight).not.toBeNull();
    expect(draftCost).toBeNull();
  }
});

test('gzipped it is the same', async () => {
  const plain = logFile('b.jsonl', madeRows(30));
  const packed = besideLogs('b.jsonl.gz');
  writeFileSync(packed, gzipSync(readFileSync(plain)));
  expect(await readLog(packed, silent)).toEqual(await readLog(plain, silent));
});

test.each([
  ['log-probabilities', (logprob: number) => logprob, 'logprob'],
  ['probabilities', (logprob: number) => Math.exp(logprob), 'probability'],
  ['scores of any kind', (logprob: number) => 10 + logprob, 'score'],
])('%s are known by all of them', async (_what, of, scale) => {
  const found = await readLog(logFile(`${scale}.jsonl`, aggregateRows(40, of)), silent);
  expect(found.scale).toBe(scale);
});

test('every bad line is told by file, line and field, and nothing is half read', async () => {
  const file = logFile('bad.jsonl', [
    ...madeRows(2),
    '',
    'nope',
    { weak_correct: 2, strong_correct: 1 },
  ]);
  await expect(readLog(file, silent)).rejects.toThrow(
    `${file}:4 is not JSON: write one complete object a line\n${file}:5 "weak_correct" is 2`,
  );
});

test('of many bad lines the first five are told, and that the rest was not looked at', async () => {
  const file = logFile('worse.jsonl', Array<string>(50).fill('{}'));
  const problem = await readLog(file, silent).catch((error: Error) => error.message);
  const told = String(problem).split('\n');
  expect(told).toHaveLength(6);
  expect(told[5]).toBe('Reading stopped there: what follows line 5 was not looked at.');
});

test('a folder is no log', async () => {
  await expect(readLog(besideLogs('.'), silent)).rejects.toThrow(/is a folder: name a file$/);
});

test.each([
  ['an empty file', 'empty.jsonl', Buffer.from('\n\n'), /has no rows/],
  ['what only calls itself gzip', 'fake.jsonl.gz', Buffer.from('hello'), /no whole gzip file/],
  [
    'a gzip file that is cut short',
    'cut.jsonl.gz',
    gzipSync(JSON.stringify(madeRows(99))).subarray(0, 900),
    /no whole gzip file/,
  ],
])('%s is said to be one', async (_what, name, bytes, problem) => {
  const file = besideLogs(name);
  writeFileSync(file, bytes);
  await expect(readLog(file, silent)).rejects.toThrow(problem);
});

test('a file that is not there is named', async () => {
  const file = besideLogs('nowhere.jsonl');
  await expect(readLog(file, silent)).rejects.toThrow(`there is no file "${file}"`);
});
