import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@weir/testkit';
import { expect, test } from 'vitest';
import { fitScorer } from './fit.ts';
import { fitCall, makeRows } from './learning-rows.fixture.ts';
import { type ScorerFile, ScorerFileError } from './scorer-file.ts';
import { ScorerFiles } from './scorer-files.ts';

const fitted = fitScorer(fitCall({ rows: makeRows(300) })) as ScorerFile;

/** Versions that differ in no more than when they were made. */
function versions(count: number): ScorerFile[] {
  return Array.from({ length: count }, (_, at) => {
    return fitScorer(fitCall({ rows: makeRows(200), nowMs: 1000 + at })) as ScorerFile;
  });
}

async function place(keep = 5) {
  const directory = await temporaryDirectory();
  const files = new ScorerFiles(directory.path, keep);
  const path = (name: string) => join(directory.path, 'support', name);
  return { files, path, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

test('a route without files has no version, no history and no alarm', async () => {
  await using at = await place();
  expect(at.files.current('support')).toBeUndefined();
  expect(at.files.history('support')).toEqual([]);
  expect(at.files.safeMode('support')).toBeUndefined();
  expect(at.files.lastAlarm('support')).toBeUndefined();
});

test('what is promoted is in force, also for another process, and nothing half written is left', async () => {
  await using at = await place();
  at.files.promote(fitted, 'first', 77);
  expect(at.files.current('support')).toEqual(fitted);
  expect(at.files.history('support')).toEqual([
    { version: fitted.version, atMs: 77, reason: 'first' },
  ]);
  expect(readdirSync(at.path('.')).sort()).toEqual(
    [`${fitted.version}.json`, 'current', 'history.jsonl'].sort(),
  );
});

test('an earlier version is put in force again, one that is not kept is not', async () => {
  await using at = await place();
  const [first, second] = versions(2) as [ScorerFile, ScorerFile];
  at.files.promote(first, 'first', 1);
  at.files.promote(second, 'challenger', 2);
  expect(at.files.restore('support', first.version, 3)).toBe(true);
  expect(at.files.current('support')?.version).toBe(first.version);
  expect(at.files.history('support').map(({ reason }) => reason)).toEqual([
    'first',
    'challenger',
    'restored',
  ]);
  expect(at.files.restore('support', '0123456789ab', 4)).toBe(false);
});

test('only the newest versions are kept, and the one in force in any case', async () => {
  await using at = await place(3);
  const all = versions(6);
  for (const [atMs, file] of all.entries()) at.files.promote(file, 'challenger', atMs);
  const kept = () => readdirSync(at.path('.')).filter((name) => /^[0-9a-f]{12}\.json$/.test(name));
  const newest = all.slice(-3).map(({ version }) => `${version}.json`);
  expect(kept().sort()).toEqual(newest.sort());
  const oldest = all[3] as ScorerFile;
  at.files.restore('support', oldest.version, 10);
  for (const [atMs, file] of versions(2).entries()) at.files.promote(file, 'again', 11 + atMs);
  at.files.restore('support', oldest.version, 20);
  expect(kept()).toHaveLength(3);
});

test('a damaged version, or one that is gone, is said to be so', async () => {
  await using at = await place();
  at.files.promote(fitted, 'first', 1);
  const path = at.path(`${fitted.version}.json`);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.slice(0, -20));
  expect(() => at.files.current('support')).toThrow(ScorerFileError);
  rmSync(path);
  expect(() => at.files.current('support')).toThrow(
    'is in force, and gone: calibrate the route again',
  );
});

test.each(['../../../../etc/passwd', '0123', 'ABCDEF012345', ''])(
  '"%s" in place of a version is told, with what to do, and never a path',
  async (text) => {
    await using at = await place();
    at.files.promote(fitted, 'first', 1);
    writeFileSync(at.path('current'), `${text}\n`);
    const before = at.files.mark('support');
    for (const look of ['current', 'currentVersion'] as const) {
      expect(() => at.files[look]('support')).toThrow(ScorerFileError);
      expect(() => at.files[look]('support')).toThrow(
        `names no version (twelve hex digits): restore another version (--restore ${fitted.version}), or calibrate`,
      );
    }
    expect(at.files.read('support', text)).toBeUndefined();
    expect(at.files.restore('support', text, 2)).toBe(false);
    expect(at.files.restore('support', fitted.version, 3)).toBe(true);
    expect(at.files.current('support')).toEqual(fitted);
    expect(at.files.mark('support')).not.toBe(before);
  },
);

test('what was last in force is known of those that are left', async () => {
  await using at = await place();
  const [first, second] = versions(2) as [ScorerFile, ScorerFile];
  expect(at.files.lastInForce('support')).toBeUndefined();
  at.files.promote(first, 'first', 1);
  at.files.promote(second, 'challenger', 2);
  rmSync(at.path('current'));
  expect(at.files.current('support')).toBeUndefined();
  expect(at.files.lastInForce('support')).toBe(second.version);
  expect(at.files.lastInForce('support', second.version)).toBe(first.version);
  rmSync(at.path(`${second.version}.json`));
  expect(at.files.lastInForce('support')).toBe(first.version);
});

test('safe mode outlives the process, and is over once it is left', async () => {
  await using at = await place();
  at.files.promote(fitted, 'first', 1);
  const safeMode = { alarm: 'overconfident', sinceMs: 500, version: fitted.version };
  at.files.enterSafeMode('support', safeMode);
  expect(at.files.safeMode('support')).toEqual(safeMode);
  at.files.promote(fitted, 'after_alarm', 900);
  at.files.leaveSafeMode('support');
  expect(at.files.safeMode('support')).toBeUndefined();
  expect(at.files.lastAlarm('support')).toEqual({ ...safeMode, leftAtMs: 900 });
  at.files.leaveSafeMode('support');
  expect(at.files.lastAlarm('support')).toEqual({ ...safeMode, leftAtMs: 900 });
});

test('an alarm that cannot be read is an alarm', async () => {
  await using at = await place();
  at.files.promote(fitted, 'first', 1);
  for (const text of ['', '{"alarm":', '[]', '{"alarm":"overconfident"}']) {
    writeFileSync(at.path('safe-mode.json'), text);
    expect(at.files.safeMode('support')).toMatchObject({ alarm: 'unreadable' });
  }
});

test('a line of the past that cannot be read is passed over', async () => {
  await using at = await place();
  at.files.promote(fitted, 'first', 1);
  appendFileSync(at.path('history.jsonl'), '{"version":\n7\n');
  at.files.promote(fitted, 'again', 2);
  expect(at.files.history('support').map(({ reason }) => reason)).toEqual(['first', 'again']);
});

test('the mark changes with whatever comes into force, and with nothing else', async () => {
  await using at = await place();
  const [first, second] = versions(2) as [ScorerFile, ScorerFile];
  const marks = [at.files.mark('support')];
  at.files.promote(first, 'first', 1);
  marks.push(at.files.mark('support'));
  at.files.promote(second, 'challenger', 2);
  marks.push(at.files.mark('support'));
  at.files.enterSafeMode('support', { alarm: 'overconfident', sinceMs: 1, version: 'x' });
  marks.push(at.files.mark('support'));
  expect(new Set(marks).size).toBe(4);
  expect(at.files.mark('support')).toBe(marks[3]);
  at.files.leaveSafeMode('support');
  expect(at.files.mark('support')).toBe(marks[2]);
});
