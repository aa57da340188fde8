import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScorerFiles } from '@weir/scorer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { learnedFile } from './learned.fixture.ts';
import { listJson, listLines } from './version-list.ts';
import { versionsOf } from './versions.ts';

const FILE = learnedFile();

let folder = '';
let files: ScorerFiles;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-versions-'));
  files = new ScorerFiles(folder, 5);
});

afterEach(() => rmSync(folder, { recursive: true }));

const current = () => join(folder, 'support', 'current');
const lines = () => listLines('support', versionsOf(files, 'support')).join('\n');

test('a route that never had a version is no loss', () => {
  expect(lines()).toBe('support has no scorer model yet.');
  expect(versionsOf(files, 'support').noneInForce).toBeUndefined();
});

test.each([
  ['is gone', () => rmSync(current()), /None is in force: no version is named/],
  [
    'names none',
    () => writeFileSync(current(), '../../secret'),
    /None is in force: .*current names no version \(twelve hex digits\)/,
  ],
])('where what is in force %s, that is told with what restores it', (_how, lose, told) => {
  files.promote(FILE, 'first', 1);
  lose();
  expect(lines()).toMatch(told);
  expect(lines()).toContain(`--restore ${FILE.version}`);
  expect(lines()).not.toContain('secret');
  expect(listJson('support', versionsOf(files, 'support'))).toMatchObject({
    inForce: null,
    noneInForce: expect.stringContaining(FILE.version),
    versions: [{ version: FILE.version, inForce: false }],
  });
  files.restore('support', FILE.version, 2);
  expect(versionsOf(files, 'support')).toMatchObject({ inForce: FILE.version });
  expect(lines()).not.toContain('None is in force');
});
