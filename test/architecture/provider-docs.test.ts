import { readFileSync } from 'node:fs';
import { DIALECTS } from '@weir/providers';
import { expect, test } from 'vitest';

test('the page of providers lists every dialect, and no other', () => {
  const page = readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8');
  const [table = ''] = page.split('## What a request may say');
  const listed = [...table.matchAll(/^\| `([\w.-]+)`/gm)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual(Object.keys(DIALECTS).toSorted());
});
