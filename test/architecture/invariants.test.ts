import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './source.ts';
import { testTitlesIn } from './tidy.ts';

interface Invariant {
  readonly name: string;
  readonly holders: readonly { readonly path: string; readonly title: string }[];
}

/** A numbered promise, and below it the tests that hold it. */
function invariantsIn(text: string): Invariant[] {
  const [, ...sections] = text.split(/^- \*\*(?=I\d+\*\*)/m);
  return sections.map((section) => ({
    name: section.slice(0, section.indexOf('**')),
    holders: [...section.matchAll(/^ {2}Held by: `(\S+)` — "(.+)"$/gm)].map((match) => ({
      path: match[1] ?? '',
      title: match[2] ?? '',
    })),
  }));
}

const INVARIANTS = invariantsIn(readFileSync(join(ROOT, 'docs/invariants.md'), 'utf8'));

test('there are thirteen invariants, in order', () => {
  const names = Array.from({ length: 13 }, (_value, index) => `I${index + 1}`);
  expect(INVARIANTS.map(({ name }) => name)).toEqual(names);
});

describe.each(INVARIANTS)('$name', ({ holders }) => {
  test('is held by a test', () => {
    expect(holders).not.toEqual([]);
  });

  test.each(holders)('is held by a test that there is: $title', ({ path, title }) => {
    expect(existsSync(join(ROOT, path)), path).toBe(true);
    const text = readFileSync(join(ROOT, path), 'utf8');
    expect(testTitlesIn({ path, text })).toContain(title);
  });
});

test('a promise that names no test, or one that is not there, is seen', () => {
  const text = '# x\n\n- **I1** one\n  Held by: `a.test.ts` — "it holds"\n- **I2** two\n';
  expect(invariantsIn(text)).toEqual([
    { name: 'I1', holders: [{ path: 'a.test.ts', title: 'it holds' }] },
    { name: 'I2', holders: [] },
  ]);
  const source = {
    path: 'a.test.ts',
    text: "test('it holds', f);\ntest.each(rows)('so does %s', f);",
  };
  expect(testTitlesIn(source)).toEqual(['it holds', 'so does %s']);
});
