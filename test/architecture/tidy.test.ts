import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isTest, ROOT, sourcesIn } from './source.ts';
import { testTitlesIn, untidinessIn } from './tidy.ts';

const SOURCES = sourcesIn(['packages', 'services', 'test', 'scripts'], ['.ts', '.mjs', '.js']);

function untidy(path: string, text: string): string[] {
  return untidinessIn({ path, text });
}

test('every file has a name that says what it is, types that are known, and a length that can be read', () => {
  expect(SOURCES.length).toBeGreaterThan(100);
  expect(SOURCES.flatMap(untidinessIn)).toEqual([]);
});

test('every test has a title that is a sentence', () => {
  const tests = SOURCES.filter(({ path }) => path.endsWith('.test.ts'));
  const faulty = tests.flatMap((source) =>
    testTitlesIn(source)
      .filter((title) => !/^(%|[\p{L}\p{N}"$])/u.test(title) || /^(should|test) /i.test(title))
      .map((title) => `${source.path}: ${title}`),
  );
  expect(faulty).toEqual([]);
});

describe('what is untidy is found and named', () => {
  const path = 'packages/core/src/x.ts';
  test.each([
    ['a name that says nothing', 'packages/core/src/utils.ts', '', 'has a name that says nothing'],
    ['another', 'packages/core/src/types.ts', '', 'has a name that says nothing'],
    ['any as a type', path, 'export const x: any = 1;', 'says any at line 1'],
    ['any as a way out', path, 'const a = 1;\nexport const x = a as any;', 'says any at line 2'],
    ['any in a list', path, 'let x: Array<any>;', 'says any at line 1'],
    ['a long file', path, 'x();\n'.repeat(501), 'has 501 lines'],
    [
      'a long function',
      path,
      `function f() {\n${'x();\n'.repeat(69)}}`,
      'has a function of 71 lines at line 1',
    ],
    [
      'a long method',
      path,
      `class A {\n  m() {\n${'x();\n'.repeat(69)}  }\n}`,
      'has a function of 71 lines at line 2',
    ],
    ['a note to oneself', path, `// ${'TO'}DO: later`, `notes ${'TO'}DO at line 1`],
    [
      'a test that runs alone',
      'a.test.ts',
      "test.only('x', () => {});",
      'has a test held back by only at line 1',
    ],
    [
      'a test that does not run',
      'a.test.ts',
      "\ndescribe.skip('x', f);",
      'has a test held back by skip at line 2',
    ],
  ])('%s', (_what, at, text, found) => {
    expect(untidy(at, text)).toEqual([`${at} ${found}`]);
  });

  test.each([
    ['a word in a text', path, "const x = 'any';\n// many types"],
    ['a function of seventy lines', path, `function f() {\n${'x();\n'.repeat(68)}}`],
    ['a long group of tests', 'a.test.ts', `describe('x', () => {\n${'x();\n'.repeat(90)}});`],
    ['a test for some machines', 'a.test.ts', "test.skipIf(windows)('x', f);"],
    ['a method that is called skip', path, 'stream.skip(3);'],
  ])('and %s is not untidy', (_what, at, text) => {
    expect(untidy(at, text)).toEqual([]);
  });
});

describe.each(['packages', 'services'])('in %s', (place) => {
  const names = readdirSync(join(ROOT, place));
  test.each(names)('%s has one front door', (name) => {
    const folder = join(ROOT, place, name);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      name: string;
      type: string;
      exports: Record<string, string>;
    };
    expect(manifest).toMatchObject({ name: `@weir/${name}`, type: 'module', private: true });
    expect(manifest.exports).toEqual({ '.': './src/index.ts' });
    expect(existsSync(join(folder, 'src/index.ts'))).toBe(true);
  });
});

test('no test lies in a folder where no suite looks for it', () => {
  const lost = SOURCES.filter(({ path }) => path.endsWith('.test.ts')).filter(
    ({ path }) => !/^((packages|services)\/[^/]+\/src\/|test\/[^/]+\/[^/]+$)/.test(path),
  );
  expect(lost.map(({ path }) => path)).toEqual([]);
  expect(SOURCES.some(({ path }) => isTest(path))).toBe(true);
});
