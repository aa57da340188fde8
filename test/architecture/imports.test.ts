import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { breachesIn, MAY_IMPORT } from './boundaries.ts';
import { ROOT, sourcesIn } from './source.ts';

function breach(path: string, text: string): string[] {
  return breachesIn([{ path, text }]);
}

test('nobody imports whom they may not, or reaches the world past those who may', () => {
  const sources = sourcesIn(['packages', 'services'], ['.ts']).filter(({ path }) =>
    path.includes('/src/'),
  );
  expect(sources.length).toBeGreaterThan(100);
  expect(breachesIn(sources)).toEqual([]);
});

test('who may import whom has no cycle', () => {
  const names = Object.keys(MAY_IMPORT) as (keyof typeof MAY_IMPORT)[];
  const settled = new Set<string>();
  const rest = new Set(names.filter((name) => name !== 'testkit' && name !== 'host'));
  while (rest.size > 0) {
    const next = [...rest].filter((name) => MAY_IMPORT[name].every((used) => settled.has(used)));
    expect(next, `a cycle among ${[...rest].join(', ')}`).not.toEqual([]);
    for (const name of next) {
      settled.add(name);
      rest.delete(name);
    }
  }
});

test.each(Object.keys(MAY_IMPORT))(
  '%s declares no workspace package that it may not import',
  (name) => {
    const folder = ['packages', 'services'].find((place) => existsSync(join(ROOT, place, name)));
    const text = readFileSync(join(ROOT, folder ?? '', name, 'package.json'), 'utf8');
    const { dependencies = {} } = JSON.parse(text) as { dependencies?: Record<string, string> };
    const declared = Object.keys(dependencies).filter((dependency) =>
      dependency.startsWith('@weir/'),
    );
    const may = MAY_IMPORT[name as keyof typeof MAY_IMPORT].map((used) => `@weir/${used}`);
    expect(declared.filter((dependency) => !may.includes(dependency))).toEqual([]);
  },
);

describe('a breach is found and named', () => {
  test.each([
    [
      'packages/core/src/x.ts',
      "import { z } from '@weir/wire';",
      'imports @weir/wire, which core may not',
    ],
    [
      'services/gateway/src/x.ts',
      "import type { D } from '@weir/draft';",
      'imports @weir/draft, which gateway may not',
    ],
    [
      'services/gateway/src/x.ts',
      "export * from '@weir/rpc';",
      'imports @weir/rpc, which gateway may not',
    ],
    [
      'services/ledger/src/x.ts',
      "const c = await import('@weir/config');",
      'imports @weir/config, which ledger may not',
    ],
    [
      'packages/cascade/src/x.ts',
      "let x: import('@weir/pricing').Price;",
      'imports @weir/pricing, which cascade may not',
    ],
    [
      'services/host/src/x.ts',
      "import { c } from '@weir/testkit';",
      'imports @weir/testkit, which host may not',
    ],
    [
      'packages/bus/src/x.ts',
      "import { y } from '@weir/core/src/money.ts';",
      'imports @weir/core/src/money.ts, past the front door',
    ],
    [
      'packages/bus/src/x.ts',
      "import { y } from '../../core/src/money.ts';",
      'imports ../../core/src/money.ts, which leaves its package',
    ],
    [
      'packages/bus/src/a/x.ts',
      "import { y } from '../../package.json';",
      'imports ../../package.json, which leaves its package',
    ],
    [
      'packages/pricing/src/x.ts',
      "import fs from 'node:fs';",
      'imports node:fs, but pricing is pure',
    ],
    [
      'packages/providers/src/x.ts',
      "import { setTimeout } from 'node:timers/promises';",
      'imports node:timers/promises, but providers is pure',
    ],
    [
      'packages/core/src/x.ts',
      "import { test } from 'vitest';",
      'imports vitest, which is for tests',
    ],
    [
      'packages/core/src/x.ts',
      "import { m } from './m.fixture.ts';",
      'imports ./m.fixture.ts, which is for tests',
    ],
    ['packages/wire/src/x.ts', 'const t = Date.now();', 'uses Date.now, which wire may not'],
    ['packages/wire/src/x.ts', 'const t = new Date();', 'uses new Date, which wire may not'],
    [
      'services/draft/src/x.ts',
      'const t = performance.now();',
      'uses performance.now, which draft may not',
    ],
    [
      'packages/upstream/src/x.ts',
      'const jitter = Math.random();',
      'uses Math.random, which upstream may not',
    ],
    [
      'packages/upstream/src/x.ts',
      "const f = Math['random'];",
      'uses Math.random, which upstream may not',
    ],
    [
      'services/host/src/x.ts',
      "const home = process.env['HOME'];",
      'uses process.env, which host may not',
    ],
    [
      'services/scorer/src/x.ts',
      'const { HOME } = process.env;',
      'uses process.env, which scorer may not',
    ],
    ['services/scorer/src/x.ts', "console.log('hm');", 'uses console, which scorer may not'],
    [
      'packages/upstream/src/x.ts',
      "await fetch('http://x');",
      'calls fetch, which upstream may not',
    ],
    [
      'services/gateway/src/x.ts',
      "globalThis.fetch('http://x');",
      'calls fetch, which gateway may not',
    ],
    ['packages/misplaced/src/x.ts', '', 'belongs to no package'],
  ])('%s: %s', (path, text, found) => {
    expect(breach(path, text)).toEqual([`${path} ${found}`]);
  });

  test('among many files, the one that has it', () => {
    const good = { path: 'packages/bus/src/good.ts', text: "import '@weir/core';" };
    const bad = { path: 'packages/core/src/bad.ts', text: "import '@weir/bus';" };
    expect(breachesIn([good, bad, good])).toEqual([
      `${bad.path} imports @weir/bus, which core may not`,
    ]);
  });
});

describe('what is no breach is let through', () => {
  test.each([
    ['packages/wire/src/x.ts', "import type { Fault } from '@weir/core';"],
    ['packages/bus/src/a/x.ts', "import { y } from '../subjects.ts';"],
    ['packages/core/src/x.ts', "import assert from 'node:assert/strict';"],
    ['packages/runtime/src/x.ts', 'const t = [Date.now(), performance.now(), Math.random()];'],
    ['packages/config/src/x.ts', 'const e = process.env;'],
    [
      'packages/core/src/x.ts',
      '// import "@weir/bus"; Date.now()\nconst text = "process.env console.log(1)";',
    ],
    ['packages/wire/src/x.ts', 'const t = new Date(0);'],
    [
      'packages/wire/src/x.test.ts',
      "import { test } from 'vitest';\nimport '@weir/wire';\nDate.now();",
    ],
    ['packages/providers/src/x.test.ts', "import { readFileSync } from 'node:fs';"],
    ['packages/testkit/src/x.ts', "import '@weir/host';\nimport 'vitest';"],
    ['services/draft/src/x.ts', 'setTimeout(() => {}, 5);\nthis.fetch();\nservice.fetch();'],
  ])('%s: %s', (path, text) => {
    expect(breach(path, text)).toEqual([]);
  });
});
