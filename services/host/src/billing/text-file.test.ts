import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { linesOfFile, textOfFile } from './text-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-text-file-'));

function fileOf(text: string): string {
  const file = join(folder, 'text');
  writeFileSync(file, text);
  return file;
}

async function linesOf(text: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOfFile(fileOf(text))) lines.push(line);
  return lines;
}

test.each([
  ['nothing', '', []],
  ['one line without an end', 'a', ['a']],
  ['lines of every kind of file', 'a\nb\r\nc\rd', ['a', 'b', 'c', 'd']],
  ['empty lines', 'a\n\n\r\nb\n', ['a', '', '', 'b']],
  ['the mark at the start of a file', '\uFEFFa\n\uFEFFb', ['a', '\uFEFFb']],
  ['separators that JSON may have in its text', '"a\u2028b\u2029c"\nd', ['"a\u2028b\u2029c"', 'd']],
])('%s', async (_what, text, lines) => {
  expect(await linesOf(text)).toEqual(lines);
});

test('lines are whole wherever the file is cut while it is read', async () => {
  for (const length of [65_534, 65_535, 65_536, 65_537, 200_000]) {
    const line = 'é'.repeat(length / 2);
    expect(await linesOf(`${line}\r\n${line}\r\n`)).toEqual([line, line]);
  }
});

test('a gzipped file has the same lines, and a broken one an error', async () => {
  const file = join(folder, 'text.gz');
  const packed = gzipSync('\uFEFFa\r\né\n');
  writeFileSync(file, packed);
  const lines: string[] = [];
  for await (const line of linesOfFile(file)) lines.push(line);
  expect(lines).toEqual(['a', 'é']);
  writeFileSync(file, packed.subarray(0, packed.length - 4));
  const reading = async () => {
    for await (const line of linesOfFile(file)) lines.push(line);
  };
  await expect(reading()).rejects.toThrow(/end of file/);
});

test('a whole file has no mark either', () => {
  expect(textOfFile(fileOf('\uFEFF{}'))).toBe('{}');
});
